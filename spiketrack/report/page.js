for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const wasUp = head.getAttribute("aria-sort") === "ascending";
    const wasDown = head.getAttribute("aria-sort") === "descending";
    const down = head.classList.contains("n") ? !wasDown : wasUp;
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
    const totals = [...body.rows].filter((row) => row.classList.contains("total"));
    const key = (row) => row.cells[column];
    rows.sort((a, b) => {
      const x = key(a).dataset.v, y = key(b).dataset.v;
      const order = x !== undefined && y !== undefined
        ? Number(x) - Number(y)
        : key(a).textContent.localeCompare(key(b).textContent);
      return down ? -order : order;
    });
    body.append(...rows, ...totals);
  });
}

const note = document.getElementById("note");
for (const picture of document.querySelectorAll(".picture")) {
  picture.addEventListener("pointermove", (event) => {
    const spot = event.target.closest("i");
    note.hidden = !spot;
    if (!spot) return;
    note.replaceChildren();
    const name = document.createElement("b");
    name.textContent = spot.dataset.name;
    note.append(name, document.createTextNode(spot.dataset.note));
    // Why the pointer decides the side: a note beside the right edge would leave the window.
    const right = event.clientX > window.innerWidth / 2;
    note.style.left = right ? "" : `${event.clientX + 14}px`;
    note.style.right = right ? `${window.innerWidth - event.clientX + 14}px` : "";
    note.style.top = `${Math.min(event.clientY + 14, window.innerHeight - note.offsetHeight - 8)}px`;
  });
  picture.addEventListener("pointerleave", () => { note.hidden = true; });
}

// Why in parts: charts leave out the middle of a long name, and a reader types what a chart shows.
function holds(text, parts) {
  const low = text.toLowerCase();
  let from = 0;
  for (const part of parts) {
    const at = low.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

for (const find of document.querySelectorAll(".find")) {
  const section = find.closest("section");
  const folded = [...section.querySelectorAll("details")];
  const rows = [...section.querySelectorAll("tbody tr:not(.total)")];
  const spots = [...section.querySelectorAll(".picture i")];
  find.hidden = false;
  find.querySelector("input").addEventListener("input", (event) => {
    const parts = event.target.value.toLowerCase().split(/[\s.]+/).filter(Boolean);
    const wanted = parts.length > 0;
    let shown = 0;
    for (const row of rows) {
      row.hidden = !holds(row.textContent, parts);
      shown += !row.hidden;
    }
    for (const spot of spots) {
      spot.classList.toggle("hit", wanted && holds(spot.dataset.name, parts));
    }
    for (const details of folded) details.open = wanted;
    find.querySelector("output").textContent =
      wanted ? `${shown} of ${rows.length} rows of this section` : "";
  });
}

const firing = document.getElementById("firing");
if (firing) {
  const layers = JSON.parse(document.getElementById("firing-data").textContent);
  const canvas = firing.querySelector("canvas"), pick = firing.querySelector("select");
  const show = () => {
    const mean = layers[pick.selectedIndex].mean;
    const flat = mean.flat(), peak = Math.max(...flat), pen = canvas.getContext("2d");
    canvas.width = mean[0].length;
    canvas.height = mean.length;
    const cells = pen.createImageData(canvas.width, canvas.height);
    flat.forEach((value, at) => {
      cells.data.set([255, 120, 0, peak ? Math.round(215 * value / peak) : 0], 4 * at);
    });
    pen.putImageData(cells, 0, 0);
    const average = flat.reduce((sum, value) => sum + value, 0) / flat.length;
    firing.querySelector("output").textContent =
      `${canvas.height} x ${canvas.width} places, peak ${peak.toFixed(3)}, mean ${average.toFixed(3)}`;
  };
  for (const layer of layers) pick.append(new Option(layer.name));
  firing.querySelector(".pick").hidden = false;
  pick.addEventListener("change", show);
  show();
}
