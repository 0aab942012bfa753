"""Tables of counts per frame: definitions side by side, other work, stages, layers."""

from collections.abc import Sequence

from hardware.energy.phases import MAIN_PHASES, real_macs
from hardware.lava.runtime.events import FIELDS
from spiketrack.counts.counters import Counter, Counters
from spiketrack.counts.profile import PHASES, CountedLayer, CountedPhase, PhaseName, Profile
from spiketrack.report.read import lava_totals
from spiketrack.report.stages import STAGES, stage_of
from spiketrack.report.tables import Cell, TableData, columns, number_cell, text_cell
from spiketrack.report.units import count, digits, percent

DEFINITIONS: tuple[tuple[Counter, str, str], ...] = (
    (
        "synops.graded",
        "graded SynOps",
        "one per event and non-zero weight, borders exact; what graded chips do",
    ),
    (
        "synops.unary",
        "unary SynOps",
        "s per event and non-zero weight, borders exact; spikes unrolled to binary",
    ),
    ("synops.all_weights", "graded, all weights", "as graded, zero weights counted too"),
    ("synops.unary_all_weights", "unary, all weights", "as unary, zero weights counted too"),
    ("synops.rate_x_dense", "rate x dense", "mean integer x dense MACs: the papers' formula"),
    ("effective_acs", "Effective_ACs", "NeuroBench: additions that happen, binary activations"),
    (
        "effective_macs",
        "Effective_MACs",
        "NeuroBench: multiply-accumulates that happen, other activations",
    ),
    ("dense_macs", "dense MACs", "every multiply-accumulate of the same network without spikes"),
)
_NONE = Cell("–", 0.0)
_WORK: tuple[Counter, ...] = ("dense_macs", "synops.graded", "synops.unary")
LEFT_OUT: tuple[tuple[Counter, str, str], ...] = (
    (
        "true_macs",
        "MACs on real values",
        "RGB, borders exact; of pools and other values those that are not zero; the gate's mix",
    ),
    ("neuron_updates", "neuron updates", "one per neuron and step, each D comparisons"),
    ("membrane_adds", "membrane additions", "residuals, biases, tables, pooling, gate's softmax"),
    ("rescale_multiplies", "rescale multiplications", "accumulator to stream, decay, upsampling"),
    ("host_flops", "host float operations", "sigmoids of score and size, Hann window"),
    ("memory.weight_reads", "weight reads", "weights fetched for events"),
    ("memory.weight_bytes_read", "weight bytes read", "the same in bytes"),
    ("memory.state_reads", "state reads", "membranes and streams fetched"),
    ("memory.state_writes", "state writes", "membranes and streams stored"),
    ("memory.state_bytes", "state bytes", "both in bytes"),
    ("memory.messages", "messages", "spikes sent, each once, and pixels"),
    ("memory.message_bytes", "message bytes", "the same in bytes"),
)


def definition_table(phase: CountedPhase) -> TableData:
    """Shows SynOps under every definition, each beside its ratio to the graded count."""
    graded = phase.totals.graded
    rows = []
    for counter, name, meaning in DEFINITIONS:
        value = phase.totals[counter] / phase.frames
        ratio = value * phase.frames / graded if graded else 0.0
        rows.append(
            (
                text_cell(name),
                _count(value),
                number_cell(ratio, digits) if value else _NONE,
                text_cell(meaning),
            )
        )
    return TableData(
        title=f"Synaptic operations per {frame_word(phase)}, by definition",
        columns=columns("definition", "#per frame", "#ratio to graded", "what is counted"),
        rows=tuple(rows),
        note=(
            "Tools differ by such factors on the same network; a number without its definition "
            "says little."
        ),
    )


def left_out_table(phase: CountedPhase) -> TableData:
    """Shows work and traffic besides SynOps, of which the formula knows the RGB MACs alone."""
    return TableData(
        title=f"Work besides synaptic operations, per {frame_word(phase)}",
        columns=columns("what", "#per frame", "meaning"),
        rows=tuple(
            (
                text_cell(name),
                _count(phase.totals[counter] / phase.frames),
                text_cell(meaning),
            )
            for counter, name, meaning in LEFT_OUT
        ),
    )


def stage_table(phase: CountedPhase) -> TableData:
    """Shows counts by stage of the network, each with its share of all graded SynOps."""
    graded = phase.totals.graded
    rows = [_stage_row(stage, phase, layers, graded) for stage, layers in by_stage(phase)]
    rows.append(_stage_row("all", phase, phase.layers, graded))
    return TableData(
        title=f"By stage, per {frame_word(phase)}",
        columns=columns(
            "stage",
            "#connections",
            "#dense MACs",
            "#graded SynOps",
            "#unary SynOps",
            "#share",
            "#mean integer",
            "#neuron updates",
        ),
        rows=tuple(rows),
        note=(
            "The mean integer is the sum of spikes over the inputs, from 0 to D. The share is "
            "the part of all graded SynOps that the stage does."
        ),
        total_rows=1,
    )


def layer_table(phase: CountedPhase) -> TableData:
    """Shows every layer with weights or memories, in the order of the network."""
    return TableData(
        title=f"Connections, {_of_phase(phase)}",
        columns=columns(
            "layer",
            "kind",
            "#steps",
            "#dense MACs",
            "#non-zero",
            "#mean integer",
            "#graded SynOps",
            "#unary SynOps",
            "#rate x dense",
        ),
        rows=tuple(
            _layer_row(layer, phase.frames) for layer in phase.layers if _is_connection(layer)
        ),
        note=(
            "Non-zero is the share of inputs that carry a spike. A dash stands for zero, or for a "
            "layer that reads no spikes. A dense_conv reads values that are not spikes, and "
            "its MACs are those on values that are not zero."
        ),
    )


def other_table(phase: CountedPhase) -> TableData:
    """Shows every other row: neurons, sums, rescaling, pooling, the gate."""
    shown: tuple[Counter, ...] = (
        "neuron_updates", "membrane_adds", "rescale_multiplies", "memory.messages",
    )  # fmt: skip
    return TableData(
        title=f"Neurons and stream arithmetic, {_of_phase(phase)}",
        columns=columns(
            "layer",
            "kind",
            "#neurons",
            "#updates",
            "#additions",
            "#multiplications",
            "#spikes sent",
        ),
        rows=tuple(
            (
                text_cell(layer.name),
                text_cell(layer.kind),
                _count(layer.neurons),
                *(_per_frame(layer.counters, counter, phase.frames) for counter in shown),
            )
            for layer in phase.layers
            if not _is_connection(layer)
        ),
    )


def phase_table(profile: Profile) -> TableData:
    """Shows the phases beside each other, each per frame of its own."""
    phases = [phase for phase in map(profile.phase, PHASES) if phase]
    meaning: dict[PhaseName, str] = {
        "init": "template set, once a video",
        "track": "every frame",
        "update": "template renewed",
        "run": "every sample",
    }
    return TableData(
        title="Phases, each per frame of its own",
        columns=columns(
            "phase", "when", "#frames counted", "#dense MACs", "#graded SynOps", "#unary SynOps"
        ),
        rows=tuple(
            (
                text_cell(phase.name),
                text_cell(meaning[phase.name]),
                number_cell(phase.frames, digits),
                *(_per_frame(phase.totals, counter, phase.frames) for counter in _WORK),
            )
            for phase in phases
        ),
    )


def lava_table(profile: Profile) -> TableData:
    """Shows what Lava's processes counted themselves, in the field names of the chip's profiler."""
    events = lava_totals(profile)
    phases = [phase for phase in map(profile.phase, PHASES) if phase and phase.name in events]
    return TableData(
        title="Lava's own counters, each per frame of its phase",
        columns=columns("phase", *(f"#{field}" for field in FIELDS)),
        rows=tuple(
            (
                text_cell(phase.name),
                *(_count(getattr(events[phase.name], name) / phase.frames) for name in FIELDS),
            )
            for phase in phases
        ),
        note=(
            "syn_ops are graded SynOps and what the convolution on RGB performs, spikes_in are "
            "events, axon_out are messages sent, pixels included. They equal the counts of "
            "this page layer by layer; where one does not, an alarm above says so."
        ),
    )


def omission_table(profile: Profile) -> TableData:
    """Lists what the counter itself says it does not count."""
    return TableData(
        title="Listed, not counted",
        columns=columns("what"),
        rows=tuple((text_cell(work),) for work in profile.listed_not_counted),
    )


def frame_word(phase: CountedPhase) -> str:
    """Names one frame of a phase."""
    return MAIN_PHASES.get(phase.name, "frame")


def _of_phase(phase: CountedPhase) -> str:
    return "per sample" if phase.name == "run" else f"per frame of the {phase.name} phase"


def by_stage(phase: CountedPhase) -> list[tuple[str, list[CountedLayer]]]:
    """Groups the layers by stage, in the order of the network, without empty stages."""
    groups: dict[str, list[CountedLayer]] = {stage: [] for stage in STAGES}
    for layer in phase.layers:
        groups[stage_of(layer.name)].append(layer)
    return [(stage, layers) for stage, layers in groups.items() if layers]


def _is_connection(layer: CountedLayer) -> bool:
    return layer.counters.dense_macs > 0 or real_macs(layer) > 0


def _stage_row(
    stage: str, phase: CountedPhase, layers: Sequence[CountedLayer], graded: int
) -> tuple[Cell, ...]:
    connections = [layer for layer in layers if _is_connection(layer)]
    totals = Counters.total(layer.counters for layer in layers)
    fed = Counters.total(layer.counters for layer in connections if not real_macs(layer))
    return (
        text_cell(stage),
        number_cell(len(connections), digits),
        *(_per_frame(totals, counter, phase.frames) for counter in _WORK),
        number_cell(totals.graded / graded if graded else 0.0, percent),
        number_cell(fed.mean_integer, digits),
        _per_frame(totals, "neuron_updates", phase.frames),
    )


def _layer_row(layer: CountedLayer, frames: int) -> tuple[Cell, ...]:
    spiking = not real_macs(layer)
    counters: tuple[Counter, ...] = ("synops.graded", "synops.unary", "synops.rate_x_dense")
    return (
        text_cell(layer.name),
        text_cell(layer.kind),
        number_cell(layer.steps, digits),
        _per_frame(layer.counters, "dense_macs", frames),
        number_cell(layer.counters.density, percent) if spiking else _NONE,
        number_cell(layer.counters.mean_integer, digits) if spiking else _NONE,
        *(_per_frame(layer.counters, counter, frames) for counter in counters),
    )


def _per_frame(counters: Counters, counter: Counter, frames: int) -> Cell:
    return _count(counters[counter] / frames)


def _count(value: float) -> Cell:
    return number_cell(value, count) if value else _NONE
