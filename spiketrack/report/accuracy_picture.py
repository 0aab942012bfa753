"""The picture of `accuracy`: scores of every form, and spike agreement layer by layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_bytes
from spiketrack.report.canvas import FAINT, GRID, STAGE_COLOURS, chart_label, draw

_SCORES = (("auc", "success AUC"), ("precision", "precision at 20 px"), ("mean_iou", "mean IoU"))
_COLOURS = tuple(STAGE_COLOURS.values())
_SEARCH = "search/"


def write_accuracy_picture(record: Mapping[str, Any], path: Path) -> Path:
    """Draws the contents of `accuracy.json` as PNG, a column for every network.

    Args:
        record: at least one scene of at least one network.
        path: the file to write.

    Raises:
        ReportError: it cannot be written.
    """
    parts = [part for part in record["networks"] if part["forms"]]
    png = draw(6.5 * len(parts), 6.5, lambda figure, axes: _paint(parts, figure, axes))
    write_bytes(path, png, error=ReportError)
    return path


def _paint(parts: list[Mapping[str, Any]], figure: Figure, axes: Axes) -> None:
    axes.remove()
    grid = figure.subplots(3, len(parts), squeeze=False)
    for column, part in enumerate(parts):
        scores, agreement, rates = (row[column] for row in grid)
        _paint_scores(part, scores)
        _paint_agreement(part, agreement)
        _paint_rates(part, rates)


def _paint_scores(part: Mapping[str, Any], axes: Axes) -> None:
    forms = part["forms"]
    width = 0.8 / len(_SCORES)
    for i, (key, name) in enumerate(_SCORES):
        places = [place + (i - 1) * width for place in range(len(forms))]
        values = [of[key] for of in forms.values()]
        axes.bar(places, values, width, label=name, color=_COLOURS[i])
        for place, value in zip(places, values, strict=True):
            axes.annotate(f"{value:.3f}", (place, value), ha="center", va="bottom", fontsize=7)
    axes.set_xticks(range(len(forms)), list(forms))
    axes.set_ylim(0, 1.25)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_title(f"{chart_label(part['name'])}: {len(part['scenes'])} scenes")
    axes.grid(axis="y", color=GRID)
    axes.legend(loc="upper right", fontsize=8, ncols=3)


def _paint_agreement(part: Mapping[str, Any], axes: Axes) -> None:
    for i, (name, of) in enumerate(list(part["forms"].items())[1:]):
        shares = [layer["equal_spikes"] for layer in _layers(of)]
        axes.plot(range(len(shares)), shares, label=name, color=_COLOURS[i], linewidth=1)
    axes.set_ylabel("equal spikes")
    low, _ = axes.get_ylim()
    axes.set_ylim(top=1 + 0.15 * (1 - low))
    axes.grid(color=GRID)
    if len(part["forms"]) > 1:
        axes.legend(loc="upper right", fontsize=8, ncols=4)


def _paint_rates(part: Mapping[str, Any], axes: Axes) -> None:
    for i, (name, of) in enumerate(part["forms"].items()):
        colour = _COLOURS[i - 1] if i else FAINT
        means = [layer["mean_integer"] for layer in _layers(of)]
        axes.plot(range(len(means)), means, label=name, color=colour, linewidth=1)
    axes.set_ylabel("mean integer")
    axes.set_xlabel("neuron layer of the search graph, in its order")
    axes.set_ylim(bottom=0)
    axes.grid(color=GRID)
    axes.legend(loc="upper right", fontsize=8)


def _layers(of: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [layer for name, layer in of["layers"].items() if name.startswith(_SEARCH)]
