"""Catches what a chart paints before it becomes a PNG."""

from collections.abc import Callable, Sequence
from types import ModuleType

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from spiketrack.report.canvas import RowNote, Spot


def catch_paintings(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> list[Axes]:
    """The axes of every chart that these modules draw from now on, in order."""
    kept: list[Axes] = []

    def keep(_: float, __: float, paint: Callable[[Figure, Axes], None]) -> bytes:
        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        kept.append(figure.add_subplot())
        paint(figure, kept[-1])
        return b""

    def keep_rows(
        width: float,
        height: float,
        paint: Callable[[Figure, Axes], None],
        notes: Sequence[RowNote],
    ) -> tuple[bytes, tuple[Spot, ...]]:
        return keep(width, height, paint), tuple(Spot(n.name, n.text, 0, 1) for n in notes)

    for module in modules:
        ways = {"draw": keep, "draw_rows": keep_rows}
        for name in ways.keys() & vars(module).keys():
            monkeypatch.setattr(module, name, ways[name])
    return kept
