"""Why a node does not become one of Lava's stock processes, where a step takes a whole frame."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from hardware.stock.answer import STOCK, runs_on
from hardware.stock.eligible import SpikeGraph, is_accumulator
from hardware.stock.limits import MAX_GROUPS, has_memory, lif_reasons
from hardware.stock.thresholds import INPUT_LIMIT, Bounds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

SUM_LIMIT = 1 << 23
"""Sums of stock synapses, and the registers of a LIF, wrap or stop at 24 bits."""
STATE_ONE = 1 << 6


def refusal(
    graph: SpikeGraph, node: s.SpikeNode, ranges: Mapping[str, Bounds], *, streamed: bool = False
) -> str:
    """The reason, or nothing for synapses and neurons that a stock process computes exactly.

    Args:
        graph: an integer graph, thermometer populations inside.
        node: one of its nodes.
        ranges: bounds of all values.
        streamed: a step takes one step of a frame, so that neurons may have memory.
    """
    if isinstance(node, s.SpikeConv):
        return "; ".join(_of_synapses(graph, node, ranges, streamed))
    if isinstance(node, s.SpikeCubaLIF):
        return "; ".join(_of_neurons(graph, node, ranges, streamed))
    if isinstance(node, s.SpikeSigma | s.SpikeDelta):
        kind = type(node).__name__.removeprefix("Spike")
        return f"all steps of a frame in one message; Lava's {kind} goes on from frame to frame"
    # It would have to take a message apart, whose channels are the steps.
    if isinstance(node, m.Delay):
        return "a delay between the steps of a frame, which come in one message"
    if isinstance(node, m.Flatten | m.PositionsToChannels):
        return "a new layout, made where the values are made"
    answer = runs_on(graph, node, ranges)
    if answer.runs_on != STOCK:
        return answer.why
    is_sum = isinstance(node, s.SpikeAdd)
    return "addends of ours, or of two steps" if is_sum else f"{answer.why}: not made here"


def _of_synapses(
    graph: SpikeGraph, node: s.SpikeConv, ranges: Mapping[str, Bounds], streamed: bool
) -> Iterator[str]:
    answer = runs_on(graph, node, ranges)
    if answer.runs_on != STOCK:
        yield answer.why
    n_steps = graph.shapes[node.name][0]
    if n_steps > MAX_GROUPS:
        yield f"{n_steps} steps at once, and stock Conv keeps the number of groups in 8 bits"
    x, exp = ranges[node.name], _exponent_taken(graph, node) if streamed else 0
    low, high = int(x.low.min()) << exp, int(x.high.max()) << exp
    # Why that is enough for float32, in which Lava's fast code adds: so are all partial sums, since
    # a range holds those of any of the addends.
    if low < -SUM_LIMIT or high >= SUM_LIMIT:
        yield f"sums in {low}..{high}, and stock synapses wrap at 24 bits"


def _of_neurons(
    graph: SpikeGraph, node: s.SpikeCubaLIF, ranges: Mapping[str, Bounds], streamed: bool
) -> Iterator[str]:
    reasons = [reason for reason, _ in lif_reasons(node)]
    if reasons:
        yield from reasons
        return
    source = graph[node.inputs[0]]
    if not is_accumulator(graph, source.name):
        yield f"its input is a {type(source).__name__}, not a sum of synapses"
    if node.weight_exp and not (streamed and _reads_alone(graph, node)):
        yield "a weight_exp, which would make the sums before it others than they are"
    if has_memory(node) and not streamed:
        yield "a membrane that lasts over steps, and a step takes a whole frame"
    x = ranges[source.name]
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    least, most = (int(end) << node.weight_exp for end in (x.low.min(), x.high.max()))
    low, high = least * STATE_ONE + int(bias.min()), most * STATE_ONE + int(bias.max())
    if least <= -INPUT_LIMIT or most >= INPUT_LIMIT or low <= -SUM_LIMIT or high >= SUM_LIMIT:
        yield f"sums in {least}..{most}, and a LIF takes 17 bits and a sign"


def unproved_registers(graph: SpikeGraph, proved: Collection[str]) -> tuple[str, ...]:
    """Neurons with memory that are not among those whose registers are proved to fit.

    Why they are stock all the same: the worst case of an integrator grows with every step, and next
    to no chain has it. Whoever runs them must look at each step
    (`hardware.lava.runtime.stock_check`).
    """
    lifs = (node for node in graph if isinstance(node, s.SpikeCubaLIF) and has_memory(node))
    return tuple(node.name for node in lifs if node.name not in proved)


def fits_registers(register: Bounds) -> bool:
    """Whether u or v stays where a stock LIF neither wraps nor saturates.

    Why strictly inside on both sides: Lava's registers have no -2**23.
    """
    return int(register.low.min()) > -SUM_LIMIT and int(register.high.max()) < SUM_LIMIT


def _exponent_taken(graph: SpikeGraph, node: s.SpikeConv) -> int:
    """That of the neurons behind, if these synapses take it."""
    for reader in graph:
        if node.name in reader.inputs and isinstance(reader, s.SpikeCubaLIF):
            return max(reader.weight_exp, 0) if _reads_alone(graph, reader) else 0
    return 0


def _reads_alone(graph: SpikeGraph, node: s.SpikeCubaLIF) -> bool:
    """Whether synapses can take the exponent, since nobody else reads them."""
    source = graph[node.inputs[0]]
    n_readers = sum(source.name in other.inputs for other in graph)
    return isinstance(source, s.SpikeConv) and n_readers == 1
