"""The tables of a run on spikes: what was counted, and what came out."""

from spiketrack.counts.counters import Counters
from spiketrack.pipeline.network.simulate import Simulation
from spiketrack.plain_text import plural
from spiketrack.report.units import count
from spiketrack.tables import TableData, columns, text_cell, words_table


def counts_table(result: Simulation) -> TableData:
    """What was counted, a row for every layer that did anything."""
    phase = result.counts.phases["run"]
    rows = []
    for layer in phase.layers:
        numbers = _numbers(layer.counters)
        if any(numbers) or layer.kind in ("input", "neuron"):
            rows.append((layer.name, layer.kind, *(count(n) if n else "-" for n in numbers)))
    rows.append(("all", "", *(count(n) for n in _numbers(phase.counters))))
    return TableData(
        title=f"Counted over {plural(phase.frames, 'sample')}",
        columns=columns(
            "layer", "kind", "#dense MACs", "#events in", "#SynOps graded", "#SynOps unary",
            "#spikes out",
        ),
        rows=tuple(tuple(text_cell(value) for value in row) for row in rows),
        total_rows=1,
    )  # fmt: skip


def _numbers(counters: Counters) -> tuple[int, ...]:
    """The numbers of a row, in the order of the columns of `counts_table`."""
    return (
        counters.dense_macs, counters.events, counters.graded, counters.unary, counters.messages,
    )  # fmt: skip


def outputs_table(result: Simulation) -> TableData:
    """Shapes and ranges of the outputs, as integers and as real numbers."""
    rows = []
    for name, array in result.outputs.items():
        real = result.reals[name]
        rows.append((
            name, str(tuple(array.shape)), f"{array.min():,}..{array.max():,}",
            f"{int((array != 0).sum()):,} of {array.size:,}",
            f"{real.min():.4g}..{real.max():.4g}",
        ))  # fmt: skip
    titles = columns("output", "#shape", "#integers", "#not zero", "#real")
    return words_table("Outputs (T, B, C, H, W)", titles, *rows)
