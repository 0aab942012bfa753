"""Per layer: does it run on stock processes, with microcode or on the host, and at what price.

Convention: neurons are compartments; steps are time steps that a frame spends in the layer; SynOps
are given as a factor over the graded form, in which a spike is one message whatever its value. A
unary form sends s messages in its place: at most D times as many, and on average the mean value of
a spike that is sent. Cores, the messages between them and memory are not listed here: the mapper
counts those.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from typing_extensions import assert_never

from hardware.stock.answer import MICROCODE, STOCK, Answer, RunsOn, runs_on
from hardware.stock.eligible import SpikeGraph, is_stateless
from hardware.stock.thresholds import Bounds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

AS_IT_IS = "as it is"


@dataclass(frozen=True)
class LoweringForm:
    """One way to run a layer.

    Attributes:
        name: "graded" (one message carries s), "thermometer" (D binary neurons), "sub-steps" (D
            binary steps of one neuron), or "as it is".
        runs_on: what this form needs.
        neurons: compartments.
        steps: time steps that a frame spends in it.
        syn_ops_factor: SynOps of the layers it feeds, or at most so many, over those of "graded".
    """

    name: str
    runs_on: RunsOn
    neurons: int
    steps: int
    syn_ops_factor: float


@dataclass(frozen=True)
class LoweringRow:
    """One node of a graph.

    Attributes:
        node: its name.
        kind: its type.
        shape: (T, C, H, W) of its value.
        runs_on: the least that one of its forms needs.
        why: what decides that.
        forms: all of them.
    """

    node: str
    kind: str
    shape: tuple[int, ...]
    runs_on: RunsOn
    why: str
    forms: tuple[LoweringForm, ...]


def lowering_table(
    graph: SpikeGraph,
    ranges: Mapping[str, Bounds],
    *,
    mean_spikes: Mapping[str, float] | None = None,
) -> list[LoweringRow]:
    """A row for every node, in order.

    Args:
        graph: an integer graph.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        mean_spikes: measured mean of s over the spikes that are sent, per neuron layer; without it
            a factor is the largest there can be, D.
    """
    measured = mean_spikes or {}
    rows = []
    for node in graph:
        answer = runs_on(graph, node, ranges)
        forms = tuple(_forms(graph, node, answer, measured.get(node.name)))
        kind = type(node).__name__
        rows.append(
            LoweringRow(node.name, kind, graph.shapes[node.name], answer.runs_on, answer.why, forms)
        )
    return rows


def table_as_json(rows: list[LoweringRow]) -> list[dict[str, Any]]:
    """Rows as JSON has them: objects, lists, numbers and texts only."""
    return [{**asdict(row), "shape": list(row.shape), "forms": [asdict(f) for f in row.forms]}
            for row in rows]  # fmt: skip


def count_by_place(rows: list[LoweringRow]) -> dict[RunsOn, int]:
    """Number of rows for each of the three places."""
    counts: dict[RunsOn, int] = {}
    for row in rows:
        counts[row.runs_on] = counts.get(row.runs_on, 0) + 1
    return counts


def _forms(
    graph: SpikeGraph, node: s.SpikeNode, answer: Answer, mean_spike: float | None
) -> Iterator[LoweringForm]:
    n_steps, *grid = graph.shapes[node.name]
    cells = prod(grid)
    match node:
        case s.SpikeNILIF():
            levels = node.max_spike
            factor = float(levels) if mean_spike is None else mean_spike
            yield LoweringForm("graded", MICROCODE, cells, n_steps, 1.0)
            if answer.runs_on == STOCK:
                yield LoweringForm("thermometer", STOCK, levels * cells, n_steps, factor)
            if is_stateless(graph, node) and levels > 1:
                # Why microcode: a stock LIF resets to zero, a sub-step takes one threshold off.
                yield LoweringForm("sub-steps", MICROCODE, cells, levels * n_steps, factor)
        case s.SpikeConv() | s.SpikeMemoryRead() | s.SpikeSumPool() | s.SpikeUpsample():
            yield LoweringForm(AS_IT_IS, answer.runs_on, 0, 1, 1.0)
        case (
            s.SpikeCubaLIF() | s.SpikeCubaLI() | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu()
        ):  # fmt: skip
            yield LoweringForm(AS_IT_IS, answer.runs_on, cells, n_steps, 1.0)
        case (
            s.SpikeMemoryWrite() | s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | m.Repeat()
            | m.StackSteps()
        ):  # fmt: skip
            held = cells if answer.runs_on == MICROCODE else 0
            yield LoweringForm(AS_IT_IS, answer.runs_on, held, 0, 1.0)
        case (
            s.SpikeInput() | s.SpikeOutput() | s.SpikeGateMix() | m.SelectStep() | m.Flatten()
            | m.PositionsToChannels() | m.Delay()
        ):  # fmt: skip
            yield LoweringForm(AS_IT_IS, answer.runs_on, 0, 0, 1.0)
        case _:
            assert_never(node)
