"""The picture of a training run: its losses and what its checks found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_bytes
from spiketrack.report.canvas import FAINT, GRID, STAGE_COLOURS, draw

_LOSSES = (("loss", "stage 1"), ("focal", "retrieval"), ("giou", "stage 2"), ("l1", "stage 4"))


def write_training_curves(curves: Mapping[str, Any], path: Path) -> Path:
    """Draws `curves.json` as PNG.

    Args:
        curves: what a training run recorded.
        path: the file to write.

    Raises:
        ReportError: it cannot be written.
    """
    png = draw(8.0, 5.0, lambda figure, axes: _paint(curves, figure, axes))
    write_bytes(path, png, error=ReportError)
    return path


def _paint(curves: Mapping[str, Any], figure: Figure, axes: Axes) -> None:
    axes.remove()
    above, below = figure.subplots(2, 1, sharex=True)
    rows, checks = curves["rows"], curves["checks"]
    steps = [row["step"] + 1 for row in rows]
    for name, colour in _LOSSES:
        above.plot(steps, [row[name] for row in rows], label=name, color=STAGE_COLOURS[colour])
    above.set_yscale("log")
    # Why: the ticks of a logarithmic axis are formulas, and texts are drawn as they stand here.
    above.yaxis.set_major_formatter(lambda value, place: f"{value:g}")
    above.set_ylabel("training loss")
    at = [check["step"] for check in checks]
    scores = {
        "success AUC, closed loop": ([check["tracker"]["auc"] for check in checks], "o-"),
        "success AUC of a box at rest": ([check["stationary"]["auc"] for check in checks], "--"),
        "IoU on held-out crops": ([check["crop_iou"] for check in checks], "s:"),
    }
    colours = (STAGE_COLOURS["stage 1"], FAINT, STAGE_COLOURS["head"])
    for (label, (values, style)), colour in zip(scores.items(), colours, strict=True):
        below.plot(at, values, style, label=label, color=colour)
    below.set_ylim(0, 1)
    below.set_xlabel("step")
    below.set_ylabel("held-out scenes")
    for each in (above, below):
        each.grid(color=GRID)
        each.legend(loc="upper right" if each is above else "lower right", fontsize=8, ncols=2)
