"""Charts with one line per layer, in network order and coloured by stage; and by stage.

Why so tall: a network has up to two hundred layers and a name must stay readable; the page folds
these charts.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hardware.energy.phases import spiking_layers
from spiketrack.counts.counters import Counter
from spiketrack.counts.profile import CountedLayer, CountedPhase
from spiketrack.plain_text import plural
from spiketrack.report.canvas import (
    FAINT,
    STAGE_COLOURS,
    Chart,
    RowNote,
    chart_label,
    draw_rows,
    label,
)
from spiketrack.report.count_tables import by_stage, frame_word
from spiketrack.report.stages import short_name, stage_of
from spiketrack.report.units import count, digits

MOST_LAYERS = 1000
"""Lines of a chart. Why: a profile may have 20,000 layers, and no picture is that high."""
_ROW_IN = 0.155
_FRAME_IN = 1.3
_SHOWN: tuple[tuple[str, Counter], ...] = (
    ("graded", "synops.graded"), ("unary", "synops.unary"), ("dense", "dense_macs"),
)  # fmt: skip


def synops_by_stage(phase: CountedPhase) -> Chart:
    """Draws graded and unary SynOps of each stage beside what a dense network does there."""
    stages = by_stage(phase)
    names = [stage for stage, _ in stages]
    values = {
        key: [
            sum(layer.counters[counter] for layer in layers) / phase.frames for _, layers in stages
        ]
        for key, counter in _SHOWN
    }
    ends = [max(pair) for pair in zip(values["dense"], values["unary"], strict=True)]
    notes = [
        RowNote(name, _operations(*(values[key][row] for key, _ in _SHOWN)), row)
        for row, name in enumerate(names)
    ]

    def paint(_: Figure, axes: Axes) -> None:
        rows = range(len(names))
        colours = [STAGE_COLOURS[name] for name in names]
        axes.barh(rows, values["dense"], height=0.66, color="none", edgecolor=FAINT)
        axes.barh(rows, values["unary"], height=0.66, color=colours, alpha=0.35)
        axes.barh(rows, values["graded"], height=0.66, color=colours)
        for row in rows:
            graded, unary, dense = (count(values[key][row]) for key, _ in _SHOWN)
            label(axes, f"{graded} graded, {unary} unary of {dense} dense", ends[row], row, 8)
        axes.set_yticks(rows, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, max([*ends, 1.0]) * 1.55)
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        axes.set_xlabel("operations per frame")
        axes.grid(axis="x")

    png, spots = draw_rows(9, 0.45 * len(names) + 0.8, paint, notes)
    return Chart(
        name="synops_by_stage",
        title="Where the work is",
        caption=(
            "Full colour shows graded SynOps, pale colour unary SynOps, the outline dense MACs of "
            "the same layers."
        ),
        alt="; ".join(
            f"{name}: {count(graded)} graded SynOps"
            for name, graded in zip(names, values["graded"], strict=True)
        ),
        png=png,
        data={"unit": f"operations per {phase.name} frame", "stages": names, **values},
        spots=spots,
    )


def synops_per_layer(phase: CountedPhase) -> Chart:
    """Draws graded (full) and unary (pale) SynOps of every layer that has synapses."""
    layers, more = _drawn([layer for layer in phase.layers if layer.counters.dense_macs])
    graded = [layer.counters.graded / phase.frames for layer in layers]
    unary = [layer.counters.unary / phase.frames for layer in layers]
    dense = [layer.counters.dense_macs / phase.frames for layer in layers]
    notes = [
        RowNote(layer.name, _operations(graded[row], unary[row], dense[row]), row)
        for row, layer in enumerate(layers)
    ]

    def paint(figure: Figure, axes: Axes) -> None:
        colours = [STAGE_COLOURS[_stage(phase, layer)] for layer in layers]
        rows = range(len(layers))
        axes.barh(rows, unary, height=0.72, color=colours, alpha=0.35)
        axes.barh(rows, graded, height=0.72, color=colours)
        for row, (low, high) in enumerate(zip(graded, unary, strict=True)):
            text = count(low) if low or high else "no spikes"
            label(axes, text, max(low, high), row, 6)
        axes.set_xlim(0, max([*unary, *graded, 1]) * 1.12)
        axes.xaxis.set_major_formatter(lambda value, _: count(value))
        _layer_axis(figure, axes, phase, layers)
        axes.set_xlabel(f"SynOps per {frame_word(phase)}")

    png, spots = draw_rows(9, _ROW_IN * len(layers) + _FRAME_IN, paint, notes)
    return Chart(
        name="synops_per_layer",
        title="SynOps of every layer",
        caption=(
            "Full colour and the number show graded SynOps, pale colour unary SynOps. The layers "
            f"are in the order of the network.{more}"
        ),
        alt=(
            f"Horizontal bars: SynOps of {plural(len(layers), 'layer')}; the numbers are in the "
            f"table of layers."
        ),
        png=png,
        data={
            "unit": f"SynOps per {phase.name} frame",
            "layers": [layer.name for layer in layers],
            "graded": graded,
            "unary": unary,
        },
        tall=True,
        spots=spots,
    )


def firing_rate_per_layer(phase: CountedPhase, max_spike: int) -> Chart:
    """Draws the share of non-zero inputs (dot) and the mean integer (tick) of every layer."""
    layers, more = _drawn(spiking_layers(phase))
    density = [layer.counters.density for layer in layers]
    mean = [layer.counters.mean_integer for layer in layers]
    notes = [
        RowNote(
            layer.name,
            f"{density[row]:.3%} of the inputs are not zero, mean integer {mean[row]:.5f}",
            row,
        )
        for row, layer in enumerate(layers)
    ]

    def paint(figure: Figure, axes: Axes) -> None:
        colours = [STAGE_COLOURS[_stage(phase, layer)] for layer in layers]
        rows = range(len(layers))
        axes.hlines(rows, density, mean, colors=colours, alpha=0.35, linewidth=1.5)
        axes.scatter(density, rows, s=13, c=colours)
        axes.scatter(mean, rows, s=45, c=colours, marker="|", linewidth=1.8)
        for row, (share, integer) in enumerate(zip(density, mean, strict=True)):
            text = f"{digits(100 * share)} %, {digits(integer)}"
            label(axes, text, max(share, integer), row, 6)
        axes.set_xlim(0, min(max_spike, max([*density, *mean, 0.1])) * 1.18)
        _layer_axis(figure, axes, phase, layers)
        words = "dot: share of inputs that are not zero; tick: mean integer"
        axes.set_xlabel(f"{words} (0 to {max_spike})")

    png, spots = draw_rows(9, _ROW_IN * len(layers) + _FRAME_IN, paint, notes)
    return Chart(
        name="firing_rate_per_layer",
        title="Firing rate at every layer's input",
        caption=(
            "The distance between dot and tick is what D does: a neuron that fires sends more "
            f"than 1. The formula uses the tick, a graded chip pays for the dot.{more}"
        ),
        alt=(
            f"Firing rates at the input of {plural(len(layers), 'layer')}; the numbers are in the "
            f"table of layers."
        ),
        png=png,
        data={
            "unit": "per input and step",
            "layers": [layer.name for layer in layers],
            "share_non_zero": density,
            "mean_integer": mean,
        },
        tall=True,
        spots=spots,
    )


def _operations(graded: float, unary: float, dense: float) -> str:
    return f"{graded:,.1f} graded and {unary:,.1f} unary SynOps of {dense:,.1f} dense MACs"


def _drawn(layers: Sequence[CountedLayer]) -> tuple[Sequence[CountedLayer], str]:
    """Returns the layers that a picture can hold, and a sentence about the others."""
    if len(layers) <= MOST_LAYERS:
        return layers, ""
    words = f" Drawn are the first {MOST_LAYERS:,} of {len(layers):,} layers; the table has all."
    return layers[:MOST_LAYERS], words


def _stage(phase: CountedPhase, layer: CountedLayer) -> str:
    """Returns the stage of a layer; only a tracker has stages, whatever the names are."""
    return "other" if phase.name == "run" else stage_of(layer.name)


def _layer_axis(
    figure: Figure, axes: Axes, phase: CountedPhase, layers: Sequence[CountedLayer]
) -> None:
    names = [chart_label(short_name(layer.name)) for layer in layers]
    axes.set_yticks(range(len(layers)), names, fontsize=6.5)
    axes.set_ylim(max(len(layers), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", top=True, labeltop=True)
    axes.grid(axis="x")
    present = {_stage(phase, layer) for layer in layers} - {"other" if phase.name == "run" else ""}
    colours = {stage: colour for stage, colour in STAGE_COLOURS.items() if stage in present}
    handles = [Patch(color=colour, label=stage) for stage, colour in colours.items()]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), fontsize=8)
