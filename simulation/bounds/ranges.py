"""Computes from weights alone, by interval arithmetic, the range that every value can take.

A range is a pair of int64 arrays (C,), or (1,) for all channels alike. Inputs lie in their promised
range, neurons emit only what their membrane's range allows. A worst case that no engine could hold
is refused before it is computed (`simulation.bounds.headroom`), so the arithmetic here cannot wrap.
The overflow certificate, every engine's refusals and the number formats that the fast engine picks
rest on this file.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from typing_extensions import assert_never

from simulation.bounds import neuron_ranges
from simulation.bounds.headroom import require_headroom
from simulation.bounds.range import Range, constant
from spiketrack.fixed_point import Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeNeuron


@dataclass(frozen=True)
class Ranges:
    """Ranges of a graph, by name.

    Attributes:
        values: of every node's value.
        states: of every neuron's register, a current under `simulation.run.current_name`.
    """

    values: dict[str, Range]
    states: dict[str, Range]


_KNOWN: "WeakKeyDictionary[Graph[s.SpikeNode], Ranges]" = WeakKeyDictionary()
"""Ranges of the graphs that are alive: a graph never changes, and every engine asks for them."""


def value_ranges(graph: Graph[s.SpikeNode]) -> Ranges:
    """The static ranges of a graph's values and registers; they are computed once for each graph.

    Args:
        graph: a verified integer graph.

    Raises:
        HeadroomError: a worst case that no engine can compute exactly.
    """
    ranges = _KNOWN.get(graph)
    if ranges is None:
        ranges = _KNOWN[graph] = _ranges(graph)
    return ranges


def _ranges(graph: Graph[s.SpikeNode]) -> Ranges:
    """Node by node in order."""
    ranges = Ranges({}, {})
    for node in graph:
        inputs = [ranges.values[name] for name in node.inputs]
        shapes = [graph.shapes[name] for name in node.inputs]
        # Before the ranges themselves, whose int64 arithmetic must not wrap either.
        require_headroom(node, inputs, shapes)
        value, states = _value_and_states(node, inputs, shapes)
        ranges.values[node.name] = value
        ranges.states.update(states)
    return ranges


def _value_and_states(
    node: s.SpikeNode, x: list[Range], shapes: list[Shape]
) -> tuple[Range, dict[str, Range]]:
    """Range of one value, and of its registers by name."""
    if isinstance(node, SpikeNeuron):
        return neuron_ranges.value_and_registers(node, x[0], shapes[0])
    return _node_range(node, x, shapes), {}


def _node_range(node: s.SpikeNode, x: list[Range], shapes: list[Shape]) -> Range:
    if isinstance(node, SpikeNeuron):
        raise TypeError("a neuron's range follows from its registers")
    match node:
        case s.SpikeInput():
            return constant(node.low, node.high)
        case s.SpikeConv():
            return conv_range(node, x[0])
        case s.SpikeRescale():
            multiplier, shift = node.multiplier_q.astype(np.int64), node.shift_q.astype(np.int64)
            ends = (end * multiplier for end in (x[0].low, x[0].high))
            # Multipliers are never negative and rounding is monotonic, so that the ends stay the
            # ends.
            return Range(*(shift_round(end, shift) + node.bias_q for end in ends))
        case s.SpikeBias():
            table = node.table_q
            return Range(
                x[0].low + table.min(axis=(0, 2, 3)), x[0].high + table.max(axis=(0, 2, 3))
            )
        case s.SpikeAdd():
            return Range(
                sum((r.low for r in x[1:]), x[0].low), sum((r.high for r in x[1:]), x[0].high)
            )
        case s.SpikeSumPool():
            return Range(x[0].low * node.factor**2, x[0].high * node.factor**2)
        case s.SpikeUpsample():
            # The weights of an output sum to (2 * factor)**2 exactly, also where the border is
            # repeated.
            return Range(x[0].low * (2 * node.factor) ** 2, x[0].high * (2 * node.factor) ** 2)
        case s.SpikeMemoryWrite():
            # A memory's entry is a sum over all positions of one product each.
            cells = shapes[0][2] * shapes[0][3]
            product = _times(_all_channels(x[0]), _all_channels(x[1]))
            return Range(product.low * cells, product.high * cells)
        case s.SpikeMemoryRead():
            # A head adds up its own channels of q; which of them decides the widest head.
            product = _times(x[0], _all_channels(x[1]))
            low, high = (
                np.broadcast_to(end, (shapes[0][1],)).reshape(node.heads, -1).sum(axis=1)
                for end in (product.low, product.high)
            )
            return constant(int(low.min()), int(high.max()))
        case s.SpikeGateMix():
            # A mean lies between the smallest and the largest of its terms.
            return Range(x[0].low << s.GATE_FRACTION_BITS, x[0].high << s.GATE_FRACTION_BITS)
        case m.StackSteps():
            # Steps of one value: each channel holds whatever any of them can be.
            low = np.minimum.reduce(np.broadcast_arrays(*(r.low for r in x)))
            return Range(low, np.maximum.reduce(np.broadcast_arrays(*(r.high for r in x))))
        # Channels are renamed by position: a bound for each channel no longer belongs to one.
        case m.PositionsToChannels() | m.Flatten():
            return _all_channels(x[0])
        # Zeros come first, until the delayed values arrive.
        case m.Delay():
            return x[0].with_zero()
        case m.Repeat() | m.SelectStep() | s.SpikeOutput():
            return x[0]
        case _:
            assert_never(node)


def conv_range(node: s.SpikeConv, x: Range) -> Range:
    """Worst case of the accumulator: positive weights on the highest input, negative on the lowest.

    Padding and unused taps contribute 0, so an input range is widened to hold 0.
    """
    low, high = _per_input(node, np.minimum(x.low, 0)), _per_input(node, np.maximum(x.high, 0))
    positive, negative = _tap_sums(node, 1), _tap_sums(node, -1)
    # The worst input is the one that each weight dislikes most, at all taps at once.
    lowest = (positive * low - negative * high).sum(axis=2).ravel()
    highest = (positive * high - negative * low).sum(axis=2).ravel()
    return Range(lowest, highest)


def partial_sum_peak(node: s.SpikeConv, x: Range) -> int:
    """Largest sum of |weight| * max |input|: no partial sum of any order exceeds it."""
    magnitude = _per_input(node, np.maximum(np.abs(x.low), np.abs(x.high)))
    return int(((_tap_sums(node, 1) + _tap_sums(node, -1)) * magnitude).sum(axis=2).max())


def _per_input(node: s.SpikeConv, bound: Int64) -> Int64:
    """(C,) or (1,) to (groups, 1, C/groups)."""
    channels = node.weight_q.shape[1] * node.groups
    wide: Int64 = np.broadcast_to(bound, (channels,)).reshape(node.groups, 1, -1)
    return wide


def _tap_sums(node: s.SpikeConv, sign: int) -> Int64:
    """Sums over taps of the weights of one sign, as magnitudes: (groups, O/groups, C/groups)."""
    taps = np.maximum(sign * node.weight_q.astype(np.int64), 0).sum(axis=(2, 3))
    sums: Int64 = taps.reshape(node.groups, -1, taps.shape[1])
    return sums


def _times(a: Range, b: Range) -> Range:
    """Range of a product: one of the four corners."""
    corners = [p * q for p in (a.low, a.high) for q in (b.low, b.high)]
    return Range(np.minimum.reduce(corners), np.maximum.reduce(corners))


def _all_channels(x: Range) -> Range:
    return constant(int(x.low.min()), int(x.high.max()))
