"""One chart: a deterministic PNG, the numbers it shows, and the words for those who cannot see it.

Why no pyplot: it keeps global state and looks for a display. Why the default style is forced: the
same profile must give the same bytes whatever the user's matplotlibrc says.
"""

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import BboxBase

from spiketrack.plain_text import shown

DPI = 120
LONGEST_LABEL = 48
"""Characters of a name from a file that a chart shows."""
INK = "#1c2430"
FAINT = "#8a94a3"
GRID = "#e3e7ec"
STAGE_COLOURS = {
    "stage 1": "#0b6e99",
    "stage 2": "#2a9d8f",
    "stage 3": "#7a9e3a",
    "stage 4": "#c58b1b",
    "retrieval": "#b0413e",
    "head": "#6b4c9a",
    "other": "#77808c",
}
_PAD_IN = 0.05
_STYLE: list[str | dict[str, Any]] = [
    "default",
    {
        "font.size": 9,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "legend.frameon": False,
        # Why: a layer may be called a$\\frac{$, and a formula that is none ends the drawing.
        "text.parse_math": False,
    },
]


@dataclass(frozen=True, slots=True)
class RowNote:
    """What the page shows when a reader points at one row of a chart.

    Attributes:
        name: what the row is of, as the page's search compares it.
        text: its numbers in full.
        middle: height of the row's middle on the chart's vertical axis.
        height: how much of that axis it takes.
    """

    name: str
    text: str
    middle: float
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A row note with its place on the finished picture.

    Attributes:
        name: as in the note.
        text: likewise.
        top: upper edge as a share of the picture's height, counted from the top.
        bottom: lower edge, likewise.
    """

    name: str
    text: str
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A finished chart.

    Attributes:
        name: file name without its ending.
        title: heading above it.
        caption: what to see in it.
        alt: text in place of the picture.
        png: the picture.
        data: the plotted numbers, written beside the PNG as JSON.
        tall: drawn with one line per layer, so shown folded.
        spots: the rows that answer when they are pointed at.
        keeps_colours: a picture whose colours mean numbers, so that a dark page must not turn them
            over.
    """

    name: str
    title: str
    caption: str
    alt: str
    png: bytes
    data: Mapping[str, Any]
    tall: bool = False
    spots: tuple[Spot, ...] = ()
    keeps_colours: bool = False


def draw(width_in: float, height_in: float, paint: Callable[[Figure, Axes], None]) -> bytes:
    """Lets `paint` fill a figure and returns it as PNG, the same bytes for the same numbers.

    The picture grows where a text would leave it.
    """
    return draw_rows(width_in, height_in, paint, ())[0]


def draw_rows(
    width_in: float,
    height_in: float,
    paint: Callable[[Figure, Axes], None],
    notes: Sequence[RowNote],
) -> tuple[bytes, tuple[Spot, ...]]:
    """As `draw`, and finds out where on the picture the rows are.

    Args:
        width_in: width of the figure in inches.
        height_in: height of the figure in inches.
        paint: fills the figure.
        notes: the rows, in data units of the vertical axis.

    Returns:
        The PNG, and one spot for each note.
    """
    with matplotlib.style.context(_STYLE), warnings.catch_warnings():
        # Why: a name in a script that the font does not have is drawn as boxes; the tables have it.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure = Figure(figsize=(width_in, height_in), layout="constrained", dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        paint(figure, axes)
        # Why by hand, where savefig knows "tight": the rows' places depend on where it cuts.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        cut = figure.get_tightbbox().padded(_PAD_IN)
        stream = io.BytesIO()
        figure.savefig(
            # matplotlib would write its version into the file, and two versions would differ.
            stream, format="png", dpi=DPI, metadata={"Software": None}, bbox_inches=cut
        )  # fmt: skip
        spots = tuple(_spot(note, axes, cut) for note in notes)
    return stream.getvalue(), spots


def _spot(note: RowNote, axes: Axes, cut: BboxBase) -> Spot:
    def share(data_y: float) -> float:
        inches = axes.transData.transform((0.0, data_y))[1] / DPI
        return float((cut.y1 - inches) / cut.height)

    edges = sorted(share(note.middle + sign * note.height / 2) for sign in (-1, 1))
    return Spot(note.name, note.text, round(edges[0], 5), round(edges[1], 5))


def chart_label(text: str) -> str:
    """Makes a text from a file fit for a chart: visible characters, cut in the middle if long."""
    plain = shown(text)
    if len(plain) <= LONGEST_LABEL:
        return plain
    # Cut in the middle: module paths begin alike, and their ends tell layers apart.
    half = (LONGEST_LABEL - 3) // 2
    return f"{plain[: half + 1]}...{plain[-half:]}"


def label(axes: Axes, text: str, x: float, y: float, size: float = 8.5) -> None:
    """Writes `text` to the right of the point (x, y), which is in data units."""
    axes.annotate(
        text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=size
    )
