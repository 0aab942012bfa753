"""Computes ranges of neurons and registers, for `simulation.bounds.ranges`, and their headroom.

A register is followed as far as the widest one that can be declared reaches, whatever its own width
is: so a range says which width would do. A register that has left that width stopped the run there;
what one step can make of the widest value may be wider still, and that is the range reported here.
"""

import numpy as np
from typing_extensions import assert_never

from simulation.bounds.range import Range, constant, largest_magnitude
from simulation.reference.neurons import input_current, trunc0_decay
from simulation.run import current_name
from spiketrack.fixed_point import DECAY_BITS, Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import SpikeCuba, SpikeNeuron, recurrent_weight
from spiketrack.graph.neurons.registers import DECAY_ONE, MAX_STATE_BITS, STATE_SHIFT


def value_and_registers(
    node: SpikeNeuron, x: Range, shape: Shape
) -> tuple[Range, dict[str, Range]]:
    """Range of a neuron's value, and of its registers by their names in a `Run`.

    Args:
        node: the neuron.
        x: range of its input.
        shape: (T, C, H, W) of its input.
    """
    match node:
        case s.SpikeNILIF():
            state = membrane_range(node, x, shape[0])
            return _spike_range(node, state), {node.name: state}
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            u, v = cuba_ranges(node, x, shape)
            value = constant(0, 1) if isinstance(node, s.SpikeCubaLIF) else v.clipped(node.bits)
            return value, {node.name: v, current_name(node.name): u}
        case s.SpikeSigma():
            total = sigma_range(node, x, shape[0])
            return total.clipped(node.bits), {node.name: total}
        case s.SpikeDelta():
            change, sent = delta_ranges(node, x)
            return sent, {node.name: change}
        case s.SpikeRelu():
            sent = relu_range(node, x, shape)
            return sent.clipped(node.bits), {node.name: sent}
        case _:
            assert_never(node)


def widest_step(node: SpikeNeuron, peak: int, n_steps: int) -> int:
    """Largest magnitude that computing a neuron can come to, in integers that cannot overflow.

    Args:
        node: the neuron.
        peak: largest magnitude of its input.
        n_steps: T.
    """
    match node:
        case s.SpikeNILIF():
            if not node.decay_q.size:
                return peak
            return (peak + node.reset_q * node.max_spike) * n_steps << DECAY_BITS
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            current = (peak + _recurrent_peak(node)) << max(node.weight_exp, 0) + STATE_SHIFT
            return current + DECAY_ONE * (1 << MAX_STATE_BITS)
        case s.SpikeSigma():
            return peak * (n_steps + 1)
        case s.SpikeDelta():
            return 2 * peak << node.input_exp
        case s.SpikeRelu():
            return peak + largest_magnitude(node.bias_q)
        case _:
            assert_never(node)


def _recurrent_peak(node: SpikeNeuron) -> int:
    weight = recurrent_weight(node)
    if weight is None:
        return 0
    return largest_magnitude(np.abs(weight.astype(np.int64)).sum(axis=1))


def membrane_range(node: s.SpikeNILIF, x: Range, n_steps: int) -> Range:
    """Range of U over all steps. A spike takes at most D * reset_q, and only from U >= theta_1.

    Why the larger of theta_1 and low: a membrane that fires is above both, and a threshold far
    below every membrane must not widen the range, let alone leave int64.
    """
    low, high = x.low, x.high
    union_low, union_high = low, high
    drop = int(node.reset_q) * node.max_spike
    for t in range(1, n_steps if node.decay_q.size else 1):
        fires = high >= node.thresholds_q[:, 0]
        fired_low = np.maximum(low, node.thresholds_q[:, 0]) - drop
        rest_low = np.where(fires, np.minimum(low, fired_low), low)
        decay = int(node.decay_q[t - 1])
        low = shift_round(rest_low * decay, DECAY_BITS) + x.low
        high = shift_round(high * decay, DECAY_BITS) + x.high
        union_low, union_high = np.minimum(union_low, low), np.maximum(union_high, high)
    return Range(union_low, union_high)


def _spike_range(node: s.SpikeNILIF, state: Range) -> Range:
    low = (state.low[:, None] >= node.thresholds_q).sum(axis=1)
    high = (state.high[:, None] >= node.thresholds_q).sum(axis=1)
    return Range(low.astype(np.int64), high.astype(np.int64))


def cuba_ranges(node: SpikeCuba, x: Range, shape: Shape) -> tuple[Range, Range]:
    """Ranges of the registers u and v (before its reset) over all T steps, each (C,)."""
    a = _accumulator(node, x)
    grid = _parameter_grid(node, shape)
    inputs = [_spread(input_current(end, node.weight_exp), grid) for end in (a.low, a.high)]
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    u = v = Range(np.zeros(grid, np.int64), np.zeros(grid, np.int64))
    seen_u, seen_v = u, v
    for _ in range(shape[0]):
        before = u, v
        # No register is wider than that: a value beyond it was wrapped or refused before.
        kept = before_u = u.clipped(MAX_STATE_BITS)
        u = Range(
            trunc0_decay(kept.low, node.u_decay_q) + inputs[0],
            trunc0_decay(kept.high, node.u_decay_q) + inputs[1],
        )
        current = u.clipped(MAX_STATE_BITS) if node.current == "new" else before_u
        kept = _after_reset(node, v.clipped(MAX_STATE_BITS))
        v = Range(
            trunc0_decay(kept.low, node.v_decay_q) + current.low + bias,
            trunc0_decay(kept.high, node.v_decay_q) + current.high + bias,
        ).with_zero()
        # Every step counts, since the widest one need not be the last.
        seen_u, seen_v = _union(seen_u, u), _union(seen_v, v)
        # A step that changes nothing changes nothing ever after, however many steps are left.
        if all(map(_same, before, (u, v))):
            break
    return _per_channel(seen_u), _per_channel(seen_v)


def _parameter_grid(node: SpikeCuba, shape: Shape) -> tuple[int, ...]:
    """(C, H, W) as far as the parameters differ: neurons that are alike have one range."""
    arrays = [node.u_decay_q, node.v_decay_q, node.bias_mant_q]
    if isinstance(node, s.SpikeCubaLIF):
        arrays.append(node.threshold_q)
    return np.broadcast_shapes((shape[1], 1, 1), *(array.shape for array in arrays))


def _accumulator(node: SpikeCuba, x: Range) -> Range:
    """x, and what a layer's own spikes add to it."""
    if isinstance(node, s.SpikeCubaLI) or not node.recurrent_q.size:
        return x
    weight = node.recurrent_q.astype(np.int64)
    # The layer's own spikes are 0 or 1: the worst case lets all weights of one sign fire.
    low, high = np.minimum(weight, 0).sum(axis=1), np.maximum(weight, 0).sum(axis=1)
    return Range(x.low + low, x.high + high)


def _after_reset(node: SpikeCuba, v: Range) -> Range:
    """The range of a membrane after the reset: nothing above the threshold is left as it was."""
    if isinstance(node, s.SpikeCubaLI):
        return v
    threshold = node.threshold_q.astype(np.int64) << STATE_SHIFT
    # A membrane that fires is emptied or loses the threshold; one that does not stays at most at
    # it.
    left = np.zeros_like(v.high) if node.reset == "zero" else np.maximum(v.high - threshold, 0)
    return Range(v.low, np.maximum(np.minimum(v.high, threshold), left)).with_zero()


def sigma_range(node: s.SpikeSigma, x: Range, n_steps: int) -> Range:
    """Range of a running sum, whether or not it fits."""
    return Range(np.minimum(x.low, n_steps * x.low), np.maximum(x.high, n_steps * x.high))


def delta_ranges(node: s.SpikeDelta, x: Range) -> tuple[Range, Range]:
    """Ranges of the largest difference and of the spikes. What is known is 0 or an old value."""
    a = Range(x.low << node.input_exp, x.high << node.input_exp)
    # Before the first message the receiver knows 0.
    known = a.with_zero()
    change = Range(a.low - known.high, a.high - known.low).with_zero()
    sent = change.clipped(node.bits)
    return change, Range(sent.low >> node.state_exp, sent.high >> node.state_exp)


def relu_range(node: s.SpikeRelu, x: Range, shape: Shape) -> Range:
    """Range of a rectifier's spikes, whether or not they fit."""
    ends = (
        np.maximum(_spread(end, shape[1:]) + node.bias_q, 0) >> node.shift
        for end in (x.low, x.high)
    )
    return _per_channel(Range(*ends))


def _spread(end: Int64, grid: tuple[int, ...]) -> Int64:
    """(C,) or (1,) to (C, H, W)."""
    return np.broadcast_to(end[:, None, None], grid)


def _per_channel(x: Range) -> Range:
    return Range(x.low.min(axis=(1, 2)), x.high.max(axis=(1, 2)))


def _union(a: Range, b: Range) -> Range:
    return Range(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def _same(a: Range, b: Range) -> bool:
    return np.array_equal(a.low, b.low) and np.array_equal(a.high, b.high)
