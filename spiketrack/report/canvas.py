"""One chart: a deterministic PNG, the numbers it shows, and the words for those who cannot see it.

Why no pyplot: it keeps global state and looks for a display. Why the default style is forced: the
same profile must give the same bytes whatever the user's matplotlibrc says.
"""

import io
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
    """

    name: str
    title: str
    caption: str
    alt: str
    png: bytes
    data: Mapping[str, Any]
    tall: bool = False


def draw(width_in: float, height_in: float, paint: Callable[[Figure, Axes], None]) -> bytes:
    """Lets `paint` fill a figure and returns it as PNG, the same bytes for the same numbers.

    The picture grows where a text would leave it.
    """
    with matplotlib.style.context(_STYLE), warnings.catch_warnings():
        # Why: a name in a script that the font does not have is drawn as boxes; the tables have it.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(figure)
        paint(figure, figure.add_subplot())
        stream = io.BytesIO()
        figure.savefig(
            stream, format="png", dpi=DPI, metadata={"Software": None}, bbox_inches="tight",
            pad_inches=_PAD_IN,
        )  # fmt: skip
    return stream.getvalue()


def chart_label(text: str) -> str:
    """Makes a text from a file fit for a chart: visible characters, cut in the middle if long."""
    plain = shown(text)
    if len(plain) <= LONGEST_LABEL:
        return plain
    half = (LONGEST_LABEL - 3) // 2
    return f"{plain[: half + 1]}...{plain[-half:]}"


def label(axes: Axes, text: str, x: float, y: float, size: float = 8.5) -> None:
    """Writes `text` to the right of the point (x, y), which is in data units."""
    axes.annotate(
        text, (x, y), xytext=(6, 0), textcoords="offset points", va="center", fontsize=size
    )
