"""Catches what a chart paints before it becomes a PNG."""

from collections.abc import Callable
from types import ModuleType

import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def catch_paintings(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> list[Axes]:
    """The axes of every chart that these modules draw from now on, in order."""
    kept: list[Axes] = []

    def keep(_: float, __: float, paint: Callable[[Figure, Axes], None]) -> bytes:
        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        kept.append(figure.add_subplot())
        paint(figure, kept[-1])
        return b""

    for module in modules:
        monkeypatch.setattr(module, "draw", keep)
    return kept
