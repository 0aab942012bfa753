"""Interval arithmetic on the integer graph: the range every value can take, from weights alone.

A range is a pair of int64 arrays (C,), or (1,) for all channels alike. Inputs lie in their promised
range, neurons emit only what their membrane's range allows. A worst case that int64 could not hold
is refused before it is computed, so the arithmetic here cannot wrap. The overflow certificate and
the fast engine, which picks its number formats by it, rest on this file.
"""

from dataclasses import dataclass

import numpy as np
from typing_extensions import assert_never

from simulation import neuron_ranges
from simulation.range import Range, constant
from simulation.run import current_name
from spiketrack.errors import OverflowBoundError
from spiketrack.fixed_point import DECAY_BITS, Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.neurons.registers import DECAY_ONE, STATE_SHIFT

HEADROOM_BITS = 62


@dataclass(frozen=True)
class Ranges:
    """Ranges of all values and of all membranes."""

    values: dict[str, Range]
    states: dict[str, Range]


def value_ranges(graph: Graph[s.SpikeNode]) -> Ranges:
    """Static ranges of a graph, node by node in order.

    Raises:
        OverflowBoundError: a worst case that does not even fit the engines' own int64.
    """
    ranges = Ranges({}, {})
    for node in graph:
        inputs = [ranges.values[name] for name in node.inputs]
        shapes = [graph.shapes[name] for name in node.inputs]
        _require_headroom(node, inputs, shapes)
        value, states = _value_and_states(node, inputs, shapes)
        ranges.values[node.name] = value
        ranges.states.update(states)
    return ranges


def _value_and_states(
    node: s.SpikeNode, x: list[Range], shapes: list[Shape]
) -> tuple[Range, dict[str, Range]]:
    """Range of one value, and of its registers by name."""
    match node:
        case s.SpikeNILIF():
            state = membrane_range(node, x[0], shapes[0][0])
            return _spike_range(node, state), {node.name: state}
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            u, v = neuron_ranges.cuba_ranges(node, x[0], shapes[0])
            value = constant(0, 1) if isinstance(node, s.SpikeCubaLIF) else v.clipped(node.bits)
            return value, {node.name: v, current_name(node.name): u}
        case s.SpikeSigma():
            total = neuron_ranges.sigma_range(node, x[0], shapes[0][0])
            return total.clipped(node.bits), {node.name: total}
        case s.SpikeDelta():
            change, sent = neuron_ranges.delta_ranges(node, x[0])
            return sent, {node.name: change}
        case s.SpikeRelu():
            sent = neuron_ranges.relu_range(node, x[0], shapes[0])
            return sent.clipped(node.bits), {node.name: sent}
        case _:
            return _node_range(node, x, shapes), {}


def membrane_range(node: s.SpikeNILIF, x: Range, n_steps: int) -> Range:
    """Range of U over all steps. A spike takes at most D * reset_q, and only from U >= theta_1."""
    low, high = x.low, x.high
    union_low, union_high = low, high
    drop = int(node.reset_q) * node.max_spike
    for t in range(1, n_steps if node.decay_q.size else 1):
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
            return constant(node.low, node.high)
        case s.SpikeConv():
            return conv_range(node, x[0])
        case s.SpikeRescale():
            multiplier, shift = node.multiplier_q.astype(np.int64), node.shift_q.astype(np.int64)
            ends = (end * multiplier for end in (x[0].low, x[0].high))
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
            return Range(x[0].low * (2 * node.factor) ** 2, x[0].high * (2 * node.factor) ** 2)
        case s.SpikeMemoryWrite():
            cells = shapes[0][2] * shapes[0][3]
            product = _times(_all_channels(x[0]), _all_channels(x[1]))
            return Range(product.low * cells, product.high * cells)
        case s.SpikeMemoryRead():
            product = _times(x[0], _all_channels(x[1]))
            low, high = (
                np.broadcast_to(end, (shapes[0][1],)).reshape(node.heads, -1).sum(axis=1)
                for end in (product.low, product.high)
            )
            return constant(int(low.min()), int(high.max()))
        case s.SpikeGateMix():
            return Range(x[0].low << s.GATE_FRACTION_BITS, x[0].high << s.GATE_FRACTION_BITS)
        case m.StackSteps():
            low = np.minimum.reduce(np.broadcast_arrays(*(r.low for r in x)))
            return Range(low, np.maximum.reduce(np.broadcast_arrays(*(r.high for r in x))))
        case m.PositionsToChannels() | m.Flatten():
            return _all_channels(x[0])
        case m.Delay():
            return x[0].with_zero()
        case m.Repeat() | m.SelectStep() | s.SpikeOutput():
            return x[0]
        case (
            s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI()
            | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu()
        ):  # fmt: skip
            raise TypeError("a neuron's range follows from its registers")
        case _:
            assert_never(node)


def conv_range(node: s.SpikeConv, x: Range) -> Range:
    """Worst case of the accumulator: positive weights on the highest input, negative on the lowest.

    Padding and unused taps contribute 0, so an input range is widened to hold 0.
    """
    low, high = _per_input(node, np.minimum(x.low, 0)), _per_input(node, np.maximum(x.high, 0))
    positive, negative = _tap_sums(node, 1), _tap_sums(node, -1)
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


def _require_headroom(node: s.SpikeNode, x: list[Range], shapes: list[Shape]) -> None:
    """Raises OverflowBoundError unless every step of computing this node stays far inside int64."""
    peaks = [float(value.peak) for value in x]
    match node:
        case s.SpikeInput():
            widest = float(max(abs(node.low), abs(node.high)))
        case s.SpikeConv():
            weights = np.abs(node.weight_q.astype(np.float64)).sum(axis=(1, 2, 3))
            widest = peaks[0] * float(weights.max())
        case s.SpikeRescale():
            gain = np.ldexp(node.multiplier_q.astype(np.float64), -np.minimum(node.shift_q, 0))
            widest = peaks[0] * float(gain.max()) + float(np.abs(node.bias_q).max())
        case s.SpikeBias():
            widest = peaks[0] + float(np.abs(node.table_q).max())
        case s.SpikeSumPool() | s.SpikeUpsample():
            widest = peaks[0] * (2 * node.factor) ** 2
        case s.SpikeMemoryWrite():
            widest = peaks[0] * peaks[1] * shapes[0][2] * shapes[0][3]
        case s.SpikeMemoryRead():
            widest = peaks[0] * peaks[1] * shapes[0][1]
        case s.SpikeGateMix():
            weight = float(node.table_q.max()) * shapes[0][0] * 2.0**s.GATE_FRACTION_BITS
            widest = max(peaks[0] * weight, 2 * peaks[1])
        case s.SpikeNILIF() if node.decay_q.size:
            step = peaks[0] + float(node.reset_q) * node.max_spike
            widest = step * shapes[0][0] * 2.0**DECAY_BITS
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            current = (peaks[0] + _recurrent_peak(node)) * 2.0 ** max(node.weight_exp, 0)
            widest = current * 2.0**STATE_SHIFT + 2.0**node.bits * DECAY_ONE
        case s.SpikeSigma():
            widest = peaks[0] * (shapes[0][0] + 1)
        case s.SpikeDelta():
            widest = 2 * peaks[0] * 2.0**node.input_exp
        case s.SpikeRelu():
            widest = peaks[0] + float(np.abs(node.bias_q).max())
        case _:
            widest = sum(peaks)
    if widest >= 2.0**HEADROOM_BITS:
        needed = f"a worst case within {HEADROOM_BITS} bits"
        raise OverflowBoundError(f"node '{node.name}'", needed, f"+-{widest:.4g}")


def _recurrent_peak(node: s.SpikeCubaLIF | s.SpikeCubaLI) -> float:
    if isinstance(node, s.SpikeCubaLI) or not node.recurrent_q.size:
        return 0.0
    return float(np.abs(node.recurrent_q.astype(np.float64)).sum(axis=1).max())
