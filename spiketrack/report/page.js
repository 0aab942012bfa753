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
