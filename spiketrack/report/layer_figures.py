"""Charts with one line per layer, in the order of the network and coloured by stage; and the same by stage.

Why so tall: a network has up to two hundred layers and a name must stay readable; the page folds these charts.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hardware.energy.model import count_of
from hardware.energy.phases import Counts, Phase
from spiketrack.report.canvas import FAINT, INK, STAGE_COLOURS, Chart, draw
from spiketrack.report.count_tables import by_stage, layer_density, layer_mean_integer
from spiketrack.report.stages import short_name, stage_of
from spiketrack.report.units import count, digits

_ROW_IN = 0.155
_FRAME_IN = 1.3


def synops_by_stage(phase: Phase) -> Chart:
    """Graded and unary SynOps of each stage beside what a dense network does there."""
    stages = by_stage(phase)
    rows = [
        {
            "stage": stage,
            **{
                key: sum(count_of(one, counter) for one in layers) / phase.frames
                for key, counter in (("graded", "synops.graded"), ("unary", "synops.unary"), ("dense", "dense_macs"))
            },
        }
        for stage, layers in stages
    ]

    def paint(_: Figure, axes: Axes) -> None:
        for index, row in enumerate(rows):
            colour = STAGE_COLOURS[str(row["stage"])]
            axes.barh(index, row["dense"], height=0.66, color="none", edgecolor=FAINT, linewidth=0.8)
            axes.barh(index, row["unary"], height=0.66, color=colour, alpha=0.35)
            axes.barh(index, row["graded"], height=0.66, color=colour)
            text = f"{count(row['graded'])} graded, {count(row['unary'])} unary of {count(row['dense'])} dense"
            end = max(row["dense"], row["unary"])
            axes.annotate(text, (end, index), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_yticks(range(len(rows)), [str(row["stage"]) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, max([max(row["dense"], row["unary"]) for row in rows] + [1]) * 1.55)
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        axes.set_xlabel("operations per frame")
        axes.grid(axis="x")

    return Chart(
        name="synops_by_stage",
        title="Where the work is",
        caption="Full colour: graded SynOps. Pale: unary SynOps. Outline: dense MACs of the same layers.",
        alt="SynOps by stage: " + "; ".join(f"{row['stage']} {count(row['graded'])} graded" for row in rows),
        png=draw(9, 0.45 * len(rows) + 0.8, paint),
        data={"unit": f"operations per {phase.name} frame", "stages": rows},
    )


def synops_per_layer(phase: Phase) -> Chart:
    """Graded (full) and unary (pale) SynOps of every layer that has synapses."""
    layers = [one for one in phase.layers if count_of(one, "dense_macs") or count_of(one, "synops.graded")]
    graded = [count_of(one, "synops.graded") / phase.frames for one in layers]
    unary = [count_of(one, "synops.unary") / phase.frames for one in layers]

    def paint(figure: Figure, axes: Axes) -> None:
        colours = [STAGE_COLOURS[stage_of(str(one["name"]))] for one in layers]
        rows = range(len(layers))
        axes.barh(rows, unary, height=0.72, color=colours, alpha=0.35)
        axes.barh(rows, graded, height=0.72, color=colours)
        for row, (low, high) in enumerate(zip(graded, unary, strict=True)):
            text = count(low) if low or high else "no spikes"
            axes.annotate(text, (max(low, high), row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=6)
        axes.set_xlim(0, max([*unary, *graded, 1]) * 1.12)
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        _layer_axis(figure, axes, layers)
        axes.set_xlabel("SynOps per frame")

    return Chart(
        name="synops_per_layer",
        title="SynOps of every layer",
        caption="Graded SynOps in full colour with their number, unary SynOps pale. Layers in the order of the network.",
        alt=f"Horizontal bars: SynOps of {len(layers)} layers; the numbers are in the table of layers.",
        png=draw(9, _ROW_IN * len(layers) + _FRAME_IN, paint),
        data={
            "unit": f"SynOps per {phase.name} frame",
            "layers": [str(one["name"]) for one in layers],
            "graded": graded,
            "unary": unary,
        },
        tall=True,
    )


def firing_rate_per_layer(phase: Phase, max_spike: int) -> Chart:
    """Share of non-zero inputs (dot) and mean integer (tick) of every layer fed by spikes."""
    layers = [one for one in phase.layers if count_of(one, "inputs") and count_of(one, "dense_macs")]
    layers = [one for one in layers if one.get("kind") != "rgb_conv"]
    density = [layer_density(one) for one in layers]
    mean = [layer_mean_integer(one) for one in layers]

    def paint(figure: Figure, axes: Axes) -> None:
        for row, (one, share, integer) in enumerate(zip(layers, density, mean, strict=True)):
            colour = STAGE_COLOURS[stage_of(str(one["name"]))]
            axes.plot([share, integer], [row, row], color=colour, alpha=0.35, linewidth=1.5)
            axes.plot([share], [row], "o", color=colour, markersize=3.6)
            axes.plot([integer], [row], "|", color=colour, markersize=7, markeredgewidth=1.8)
            text = f"{digits(100 * share)} %, {digits(integer)}"
            axes.annotate(text, (max(share, integer), row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=6)
        axes.set_xlim(0, min(max_spike, max([*density, *mean, 0.1])) * 1.18)
        _layer_axis(figure, axes, layers)
        axes.set_xlabel(f"dot: share of inputs that are not zero; tick: mean integer (0 to {max_spike})")

    return Chart(
        name="firing_rate_per_layer",
        title="Firing rate at every layer's input",
        caption=(
            "The distance between dot and tick is what D does: a neuron that fires sends more than 1. The formula uses "
            "the tick, a graded chip pays for the dot."
        ),
        alt=f"Firing rates at the input of {len(layers)} layers; the numbers are in the table of layers.",
        png=draw(9, _ROW_IN * len(layers) + _FRAME_IN, paint),
        data={
            "unit": "per input and step",
            "layers": [str(one["name"]) for one in layers],
            "share_non_zero": density,
            "mean_integer": mean,
        },
        tall=True,
    )


def _layer_axis(figure: Figure, axes: Axes, layers: Sequence[Counts]) -> None:
    axes.set_yticks(range(len(layers)), [short_name(str(one["name"])) for one in layers], fontsize=6.5)
    axes.set_ylim(max(len(layers), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", top=True, labeltop=True)
    axes.grid(axis="x")
    present = {stage_of(str(one["name"])) for one in layers}
    handles = [Patch(color=colour, label=stage) for stage, colour in STAGE_COLOURS.items() if stage in present]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=8, labelcolor=INK)
