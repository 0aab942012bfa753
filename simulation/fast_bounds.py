"""Interval propagation: the range of every value, from weights and input ranges alone.

Bounds are float64 numbers, exact below 2**53; a bound beyond `EXACT` counts as "not proved".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.reference import upsample_weights
from spiketrack.fixed_point import DECAY_BITS
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph

EXACT = 2.0**52
Bound = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """low <= value <= high, per channel (C,) or for all channels (1,)."""

    low: Bound
    high: Bound

    @property
    def peak(self) -> float:
        """The largest magnitude of any channel."""
        return float(max(-self.low.min(), self.high.max(), 0.0))

    def whole(self) -> "Interval":
        """One interval for all channels."""
        return Interval(self.low.min(keepdims=True), self.high.max(keepdims=True))

    def fits(self, bits: int) -> bool:
        """Whether every value fits a signed integer of `bits` bits."""
        limit = 2.0 ** (bits - 1)
        proved = bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())
        if not proved or self.peak > EXACT:
            return False
        return bool(self.low.min() >= -limit and self.high.max() < limit)


def intervals(graph: Graph[s.SpikeNode]) -> dict[str, Interval]:
    """The interval of every node's value."""
    found: dict[str, Interval] = {}
    for node in graph:
        shapes = [graph.shapes[name] for name in node.inputs]
        found[node.name] = interval_of(node, [found[name] for name in node.inputs], shapes)
    return found


def interval_of(node: s.SpikeNode, x: Sequence[Interval], shapes: Sequence[Shape]) -> Interval:
    """The interval of one node's value from those of its inputs."""
    match node:
        case s.SpikeInput():
            return constant(node.low, node.high)
        case s.SpikeConv():
            return conv_interval(node, x[0])
        case s.SpikeRescale():
            return rescale_interval(node, x[0])
        case s.SpikeBias():
            table = node.table_q.astype(np.float64)
            axes = (0, 2, 3)
            return Interval(x[0].low + table.min(axis=axes), x[0].high + table.max(axis=axes))
        case s.SpikeAdd():
            zero = np.zeros(1)
            low = sum((part.low for part in x), start=zero)
            return Interval(low, sum((part.high for part in x), start=zero))
        case s.SpikeNILIF():
            return constant(0, node.max_spike)
        case s.SpikeSumPool():
            return Interval(x[0].low * node.factor**2, x[0].high * node.factor**2)
        case s.SpikeUpsample():
            gain = sum(upsample_weights(node.factor)[0][1:]) ** 2
            return Interval(x[0].low * gain, x[0].high * gain)
        case s.SpikeMemoryWrite():
            return product_interval(x[0], x[1], shapes[0][2] * shapes[0][3])
        case s.SpikeMemoryRead():
            return product_interval(x[0], x[1], shapes[1][2])
        case s.SpikeGateMix():
            one = 2.0**s.GATE_FRACTION_BITS
            low = np.minimum(x[0].low, 0.0) * one - 1.0
            return Interval(low, np.maximum(x[0].high, 0.0) * one)
        case m.StackSteps():
            wide = [part.whole() for part in x]
            return constant(min(p.low[0] for p in wide), max(p.high[0] for p in wide))
        case m.PositionsToChannels():
            return x[0].whole()
        case m.Repeat() | m.SelectStep() | s.SpikeOutput():
            return x[0]
        case _:
            assert_never(node)


def constant(low: float, high: float) -> Interval:
    """The same interval for all channels."""
    return Interval(np.array([low], np.float64), np.array([high], np.float64))


def conv_interval(node: s.SpikeConv, x: Interval) -> Interval:
    """Sums of positive weights * high + negative weights * low (and the other way round)."""
    zero = float(node.padding > 0)
    low = _per_input(node, np.minimum(x.low, 0.0) if zero else x.low)
    high = _per_input(node, np.maximum(x.high, 0.0) if zero else x.high)
    positive, negative = (_tap_sums(node, sign) for sign in (1, -1))
    top = positive @ high[:, :, None] - negative @ low[:, :, None]
    bottom = positive @ low[:, :, None] - negative @ high[:, :, None]
    return Interval(bottom.reshape(-1), top.reshape(-1))


def partial_sum_peak(node: s.SpikeConv, x: Interval) -> float:
    """Largest sum of |weight| * max |input|: no partial sum in any order exceeds it."""
    magnitude = _per_input(node, np.maximum(np.abs(x.low), np.abs(x.high)))
    sums = (_tap_sums(node, 1) + _tap_sums(node, -1)) @ magnitude[:, :, None]
    return float(sums.max())


def rescale_interval(node: s.SpikeRescale, x: Interval) -> Interval:
    """round_half_up is monotone and the multiplier is not negative; one is added for safety."""
    gain = node.multiplier_q.astype(np.float64) * np.exp2(-node.shift_q.astype(np.float64))
    bias = node.bias_q.astype(np.float64)
    return Interval(np.floor(x.low * gain + 0.5) + bias, np.floor(x.high * gain + 0.5) + bias)


def membrane_interval(node: s.SpikeNILIF, x: Interval, n_steps: int) -> Interval:
    """Range of U over all steps of a neuron layer."""
    low, high, lowest, highest = x.low, x.high, x.low, x.high
    for t in range(1, n_steps):
        decay = float(node.decay_q[t - 1]) / 2**DECAY_BITS
        reset = float(node.max_spike * node.reset_q)
        low = np.floor((low - max(reset, 0.0)) * decay + 0.5) + x.low
        high = np.floor((high - min(reset, 0.0)) * decay + 0.5) + x.high
        lowest, highest = np.minimum(lowest, low), np.maximum(highest, high)
    return Interval(lowest, highest)


def product_interval(x: Interval, y: Interval, terms: int) -> Interval:
    """Range of a sum of `terms` products."""
    corners = [a * b for a in (x.low.min(), x.high.max()) for b in (y.low.min(), y.high.max())]
    return constant(terms * min(corners), terms * max(corners))


def _per_input(node: s.SpikeConv, bound: Bound) -> Bound:
    """(C,) or (1,) to (groups, C/groups)."""
    channels = node.weight_q.shape[1] * node.groups
    wide: Bound = np.broadcast_to(bound, (channels,)).reshape(node.groups, -1)
    return wide


def _tap_sums(node: s.SpikeConv, sign: int) -> NDArray[Any]:
    """Sums over taps of the weights of one sign, as magnitudes: (groups, O/groups, C/groups)."""
    taps = np.maximum(sign * node.weight_q.astype(np.float64), 0.0).sum(axis=(2, 3))
    sums: Bound = taps.reshape(node.groups, -1, taps.shape[1])
    return sums
