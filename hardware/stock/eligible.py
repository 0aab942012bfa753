"""Which NI-LIF layers stock LIFs can replace, and what stands in the way of the others."""

from collections.abc import Iterator, Mapping

import numpy as np

from hardware.stock.thresholds import (
    INPUT_LIMIT,
    Bounds,
    Ends,
    choose,
    ends_of,
    fits_bias,
    too_wide,
)
from spiketrack.errors import Obstacle
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

SpikeGraph = Graph[s.SpikeNode]
Reasons = Iterator[tuple[str, str]]


def is_stateless(graph: SpikeGraph, node: s.SpikeNILIF) -> bool:
    """Whether no step of a neuron depends on an earlier one."""
    # Decays beyond the steps of this graph never act.
    return not node.decay_q[: graph.shapes[node.name][0] - 1].any()


def is_accumulator(graph: SpikeGraph, name: str) -> bool:
    """Whether a value is what synapses add up: a conv, q M, or a sum of such."""
    node = graph[name]
    if isinstance(node, s.SpikeAdd):
        return all(is_accumulator(graph, other) for other in node.inputs)
    return isinstance(node, s.SpikeConv | s.SpikeMemoryRead)


def lowerable(graph: SpikeGraph, ranges: Mapping[str, Bounds]) -> list[str]:
    """Names of the NI-LIF layers that `thermometer_populations` can lower, in order.

    Args:
        graph: an integer graph.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
    """
    nodes = (node for node in graph if isinstance(node, s.SpikeNILIF))
    return [node.name for node in nodes if not obstacles_of(graph, node, ranges)]


def obstacles_of(
    graph: SpikeGraph, node: s.SpikeNILIF, ranges: Mapping[str, Bounds]
) -> list[Obstacle]:
    """Why one layer cannot become thermometer LIFs; empty if it can."""
    return [Obstacle(node.name, *words) for words in _reasons(graph, node, ranges)]


def _reasons(graph: SpikeGraph, node: s.SpikeNILIF, ranges: Mapping[str, Bounds]) -> Reasons:
    if not is_stateless(graph, node):
        rewrite = "run it as microcode: a stock LIF resets to zero and sends one bit"
        yield "a membrane that lasts over steps", rewrite
        return
    if not is_accumulator(graph, node.inputs[0]):
        kind = type(graph[node.inputs[0]]).__name__
        yield f"its input is a stream ({kind}), not a sum of synapses", "run it as microcode"
        return
    low, high = bounds(ranges[node.inputs[0]])
    if max(-int(low.min()), int(high.max())) >= INPUT_LIMIT:
        found = f"accumulators in {low.min()}..{high.max()}, and a LIF takes 17 bits and a sign"
        yield found, "smaller weights or fewer inputs"
        return
    ends = ends_of(node.thresholds_q, low, high)
    # Every level is a LIF of its own, with its own bias.
    for k in range(node.max_spike):
        chosen = choose(Ends(ends.first[:, k], ends.last[:, k]), low[:, 0], high[:, 0])
        if not fits_bias(chosen.shift_q):
            yield f"level {k + 1}: {too_wide(chosen)}", "fewer weight bits, or microcode"
        elif not stays_inside(low[:, 0], high[:, 0], chosen.shift_q):
            found = f"accumulators in {low.min()}..{high.max()}"
            yield f"level {k + 1}: {found} that leave 17 bits with their bias", "smaller weights"


def bounds(value: Bounds) -> tuple[Int64, Int64]:
    """Ends of a value as columns (C, 1)."""
    return value.low[:, None], value.high[:, None]


def stays_inside(low: Int64, high: Int64, shift_q: Int64) -> bool:
    """Whether accumulators and their shift stay within 17 bits and a sign."""
    least, most = int(np.min(low + shift_q)), int(np.max(high + shift_q))
    return max(-least, most) < INPUT_LIMIT
