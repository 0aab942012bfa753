"""Makes the pictures of README and docs.

    python -m docs.make_pictures DEMO

DEMO is the folder that `make demo` leaves. `architecture.svg` is drawn from the boxes below;
`energy.png` is the energy chart of the demo's report, as the report drew it.
"""

import argparse
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1120, 430
INK, SOFT, PAPER = "#1f2933", "#616e7c", "#ffffff"
FONT = "font-family='Helvetica, Arial, sans-serif'"


@dataclass(frozen=True)
class Box:
    """A thing that data becomes: a title, and lines below it."""

    x: int
    y: int
    width: int
    height: int
    colour: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[int, int]:
        """The middle of the left edge."""
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        """The middle of the right edge."""
        return self.x + self.width, self.y + self.height // 2

    @property
    def top(self) -> tuple[int, int]:
        """The middle of the upper edge."""
        return self.x + self.width // 2, self.y

    @property
    def bottom(self) -> tuple[int, int]:
        """The middle of the lower edge."""
        return self.x + self.width // 2, self.y + self.height


SOURCE, FORM, VALUES, MEANING, PLACE = "#eef1f5", "#dcebf7", "#fbe3d6", "#e0f0e3", "#ece3f4"
CHECKPOINT = Box(20, 70, 150, 62, SOURCE, "Checkpoint", ("SpikeTrack in PyTorch",))
NIR = Box(20, 164, 150, 62, SOURCE, "NIR file", ("any spiking network",))
NETX = Box(20, 318, 150, 62, SOURCE, "netx file", ("lava-dl, integers",))
FLOAT = Box(250, 117, 150, 62, FORM, "Float graph", ("Graph[FloatNode]",))
INTEGER = Box(490, 117, 160, 62, VALUES, "Integer graph", ("Graph[SpikeNode], .stk",))
RUN = Box(730, 70, 170, 156, MEANING, "Run", (
    "reference: the definition", "fast: equal to it", "Brian2: a witness",
    "Lava: processes", "spikes, states, boxes",
))  # fmt: skip
COUNTS = Box(960, 117, 140, 62, MEANING, "Event counts", ("SynOps, memory, ...",))
MAPPING = Box(490, 318, 160, 62, PLACE, "Mapping", ("tiles, cores, chips, hops",))
ENERGY = Box(930, 318, 170, 62, PLACE, "Energy audit", ("prices with sources",))
BOXES = (CHECKPOINT, NIR, NETX, FLOAT, INTEGER, RUN, COUNTS, MAPPING, ENERGY)
ARROWS = (
    (CHECKPOINT.right, FLOAT.left), (NIR.right, FLOAT.left), (FLOAT.right, INTEGER.left),
    (NETX.right, (INTEGER.x + 30, INTEGER.y + INTEGER.height)), (INTEGER.right, RUN.left),
    (RUN.right, COUNTS.left), (INTEGER.bottom, MAPPING.top), (MAPPING.right, ENERGY.left),
    (COUNTS.bottom, (COUNTS.x + COUNTS.width // 2, ENERGY.y)),
)  # fmt: skip
WORDS = (
    (445, 136, "convert"), (690, 136, "run"), (930, 136, "count"), (612, 250, "map"),
    (1072, 250, "price"), (790, 338, "hops, static power"),
)  # fmt: skip
ROOMS = (
    (10, 430, "conversion: form changes, values do not"),
    (440, 240, "calibration: float to integer"),
    (690, 420, "simulation: what a node means, and counting"),
)  # fmt: skip


def architecture() -> str:
    """The way of the data as an SVG picture."""
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' {FONT}>",
        "<title>The way of the data: from a checkpoint, a NIR file or a netx file through the "
        "integer graph to runs, counts, a mapping and an energy audit</title>",
        "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' "
        "markerHeight='7' orient='auto'>"
        f"<path d='M0 0 L8 4 L0 8 z' fill='{SOFT}'/></marker></defs>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='{PAPER}'/>",
    ]
    for x, width, name in ROOMS:
        parts.append(f"<path d='M{x + 4} 38 H{x + width - 14}' stroke='{SOFT}' stroke-width='2'/>")
        parts.append(_text(x + width // 2 - 5, 27, name, 14, SOFT))
    parts.append(f"<path d='M444 414 H{WIDTH - 14}' stroke='{SOFT}' stroke-width='2'/>")
    parts.append(_text(777, 404, "hardware: where a layer is placed, and what it costs", 14, SOFT))
    for (x0, y0), (x1, y1) in ARROWS:
        parts.append(
            f"<path d='M{x0} {y0} L{x1} {y1}' stroke='{SOFT}' stroke-width='1.8' fill='none' "
            "marker-end='url(#tip)'/>"
        )
    parts += [_text(x, y, word, 13, SOFT) for x, y, word in WORDS]
    parts += [_box(box) for box in BOXES]
    return "\n".join([*parts, "</svg>", ""])


def _box(box: Box) -> str:
    middle = box.x + box.width // 2
    frame = (
        f"<rect x='{box.x}' y='{box.y}' width='{box.width}' height='{box.height}' rx='8' "
        f"fill='{box.colour}' stroke='{SOFT}'/>"
    )
    texts = [_text(middle, box.y + 26, box.title, 16, INK, "bold")]
    texts += [_text(middle, box.y + 48 + 21 * n, line, 13) for n, line in enumerate(box.lines)]
    return "\n".join([frame, *texts])


def _text(x: int, y: int, words: str, size: int, colour: str = INK, weight: str = "normal") -> str:
    return (
        f"<text x='{x}' y='{y}' font-size='{size}' font-weight='{weight}' fill='{colour}' "
        f"text-anchor='middle'>{escape(words)}</text>"
    )


def main() -> None:
    """Writes every picture into `docs/pictures`."""
    parser = argparse.ArgumentParser(description="Makes the pictures of README and docs.")
    parser.add_argument("demo", type=Path, metavar="DEMO", help="folder that `make demo` left")
    chart = parser.parse_args().demo / "report" / "energy_by_model.png"
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "architecture.svg").write_text(architecture(), encoding="utf-8")
    shutil.copyfile(chart, PICTURES / "energy.png")


if __name__ == "__main__":
    main()
