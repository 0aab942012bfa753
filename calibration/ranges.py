"""Interval arithmetic on the integer graph: the range every value can take, from weights alone.

A range is a pair of int64 arrays (C,), or (1,) for all channels alike. Inputs lie in their promised
range,
neurons emit only what their membrane's range allows.
"""

from dataclasses import dataclass

import numpy as np
from typing_extensions import assert_never

from spiketrack.fixed_point import DECAY_BITS, Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph


@dataclass(frozen=True)
class Range:
    """low[c] <= value[c] <= high[c]."""

    low: Int64
    high: Int64

    @property
    def peak(self) -> int:
        """Largest magnitude."""
        return int(max(abs(int(self.low.min())), abs(int(self.high.max()))))


@dataclass(frozen=True)
class Ranges:
    """Ranges of all values, of all membranes, and of the widest product inside each rescale."""

    values: dict[str, Range]
    states: dict[str, Range]
    products: dict[str, Range]


def value_ranges(graph: Graph[s.SpikeNode]) -> Ranges:
    """Static ranges of a graph, node by node in order."""
    ranges = Ranges({}, {}, {})
    for node in graph:
        inputs = [ranges.values[name] for name in node.inputs]
        shapes = [graph.shapes[name] for name in node.inputs]
        if isinstance(node, s.SpikeNILIF):
            state = membrane_range(node, inputs[0], shapes[0][0])
            ranges.states[node.name] = state
            ranges.values[node.name] = _spike_range(node, state)
        else:
            ranges.values[node.name] = _node_range(node, inputs, shapes)
        if isinstance(node, s.SpikeRescale):
            ranges.products[node.name] = _product_range(node, inputs[0])
    return ranges


def membrane_range(node: s.SpikeNILIF, x: Range, n_steps: int) -> Range:
    """Range of U over all steps. A spike takes at most D * reset_q, and only from U >= theta_1."""
    low, high = x.low, x.high
    union_low, union_high = low, high
    drop = int(node.reset_q) * node.max_spike
    for t in range(1, n_steps):
        fires = high >= node.thresholds_q[:, 0]
        rest_low = np.where(fires, np.minimum(low, node.thresholds_q[:, 0] - drop), low)
        decay = int(node.decay_q[t - 1])
        low = shift_round(rest_low * decay, DECAY_BITS) + x.low
        high = shift_round(high * decay, DECAY_BITS) + x.high
        union_low, union_high = np.minimum(union_low, low), np.maximum(union_high, high)
    return Range(union_low, union_high)


def _spike_range(node: s.SpikeNILIF, state: Range) -> Range:
    low = (state.low[:, None] >= node.thresholds_q).sum(axis=1)
    high = (state.high[:, None] >= node.thresholds_q).sum(axis=1)
    return Range(low.astype(np.int64), high.astype(np.int64))


def _node_range(node: s.SpikeNode, x: list[Range], shapes: list[Shape]) -> Range:
    match node:
        case s.SpikeInput():
            return Range(np.array([node.low], np.int64), np.array([node.high], np.int64))
        case s.SpikeConv():
            return _conv_range(node, x[0], shapes[0][1])
        case s.SpikeRescale():
            product = _product_range(node, x[0])
            shift = node.shift_q.astype(np.int64)
            return Range(
                *(shift_round(p, shift) + node.bias_q for p in (product.low, product.high))
            )
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
            return Range(x[0].low * (2 * node.factor) ** 2, x[0].high * (2 * node.factor) ** 2)
        case s.SpikeMemoryWrite():
            cells = shapes[0][2] * shapes[0][3]
            return _scalar(0, cells * x[0].peak * x[1].peak)
        case s.SpikeMemoryRead():
            per_head = (
                np.broadcast_to(x[0].high, (shapes[0][1],)).reshape(node.heads, -1).sum(axis=1)
            )
            return _scalar(0, int(per_head.max()) * x[1].peak)
        case s.SpikeGateMix():
            return Range(x[0].low << s.GATE_FRACTION_BITS, x[0].high << s.GATE_FRACTION_BITS)
        case m.StackSteps():
            low = np.minimum.reduce(np.broadcast_arrays(*(r.low for r in x)))
            return Range(low, np.maximum.reduce(np.broadcast_arrays(*(r.high for r in x))))
        case m.PositionsToChannels():
            return _scalar(int(x[0].low.min()), int(x[0].high.max()))
        case m.Repeat() | m.SelectStep() | s.SpikeOutput():
            return x[0]
        case s.SpikeNILIF():
            raise TypeError("a neuron's range follows from its membrane")
        case _:
            assert_never(node)


def _conv_range(node: s.SpikeConv, x: Range, channels: int) -> Range:
    """Worst case of the accumulator: positive weights on the highest input, negative on the lowest.

    Padding and unused taps contribute 0, so an input range is widened to hold 0.
    """
    low = np.broadcast_to(np.minimum(x.low, 0), (channels,)).reshape(node.groups, 1, -1)
    high = np.broadcast_to(np.maximum(x.high, 0), (channels,)).reshape(node.groups, 1, -1)
    weight = node.weight_q.astype(np.int64)
    positive = np.maximum(weight, 0).sum(axis=(2, 3)).reshape(node.groups, -1, weight.shape[1])
    negative = np.minimum(weight, 0).sum(axis=(2, 3)).reshape(node.groups, -1, weight.shape[1])
    lowest = (positive * low + negative * high).sum(axis=2).ravel()
    highest = (positive * high + negative * low).sum(axis=2).ravel()
    return Range(lowest, highest)


def _product_range(node: s.SpikeRescale, x: Range) -> Range:
    multiplier = node.multiplier_q.astype(np.int64)
    return Range(x.low * multiplier, x.high * multiplier)


def _scalar(low: int, high: int) -> Range:
    return Range(np.array([low], np.int64), np.array([high], np.int64))
