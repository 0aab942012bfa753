"""The inner loops of neurons with registers take blocks of neurons outside and steps inside.

Values are (T, B, N), N neurons in the order H, W, C; parameters are spread to (N,) before. Every
width is watched while running, by one `or` per register and update: a loop returns whether some
value did not fit, and the reference then says which one.

Why blocks: the registers of a block stay in the first cache over all steps.
Why several short loops a step: a loop that writes few arrays vectorises.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation.fast.kernels import kernel
from spiketrack.fixed_point import DECAY_BITS
from spiketrack.graph.neurons.registers import STATE_SHIFT

Rows = NDArray[Any]
BLOCK = 512
BELOW_ONE = (1 << DECAY_BITS) - 1


class CubaRule(NamedTuple):
    """Numbers that all neurons of a layer share."""

    left: int
    right: int
    accumulator_bits: int
    bits: int
    refractory: int
    subtracts: int
    period: int
    phase: int
    is_old: int


@kernel
def _leaked(x: int, keep: int) -> int:
    """X * keep / 4096, rounded toward zero."""
    product = x * keep
    return (product + ((product >> 63) & BELOW_ONE)) >> DECAY_BITS


@kernel
def _outside(x: int, bits: int) -> int:
    """0 if `x` fits a signed integer of `bits` bits."""
    return (x + (1 << (bits - 1))) >> bits


@kernel
def _current(x: Rows, fed: Rows, keep: Rows, u: Rows, rule: CubaRule) -> int:
    """One step of u; `fed` is what the layer's own spikes add."""
    outside = 0
    for c in range(u.size):
        a = np.int64(x[c]) + fed[c]
        moved = ((a << rule.left) >> rule.right) << STATE_SHIFT
        u[c] = _leaked(u[c], keep[c]) + moved
        outside |= _outside(a, rule.accumulator_bits) | _outside(u[c], rule.bits)
    return outside


@kernel
def _membrane(u: Rows, keep: Rows, bias: Rows, v: Rows, bits: int) -> int:
    """One step of v without refractory neurons."""
    outside = 0
    for c in range(v.size):
        v[c] = _leaked(v[c], keep[c]) + u[c] + bias[c]
        outside |= _outside(v[c], bits)
    return outside


@kernel
def _waiting_membrane(u: Rows, keep: Rows, bias: Rows, v: Rows, waiting: Rows, bits: int) -> int:
    """One step of v, 0 where a neuron still waits."""
    outside = 0
    for c in range(v.size):
        moved = _leaked(v[c], keep[c]) + u[c] + bias[c]
        v[c] = 0 if waiting[c] > 0 else moved
        outside |= _outside(v[c], bits)
    return outside


@kernel
def _fire(v: Rows, threshold: Rows, subtracts: int, spikes: Rows) -> None:
    """Spikes of one step, and the reset."""
    if subtracts:
        for c in range(v.size):
            fires = v[c] > threshold[c]
            spikes[c] = np.uint8(fires)
            v[c] -= threshold[c] if fires else 0
    else:
        for c in range(v.size):
            fires = v[c] > threshold[c]
            spikes[c] = np.uint8(fires)
            v[c] = 0 if fires else v[c]


@kernel
def _wait(spikes: Rows, waiting: Rows, refractory: int) -> None:
    """Starts the refractory time of who fired; the others' grows shorter."""
    for c in range(waiting.size):
        left = max(waiting[c] - 1, 0)
        waiting[c] = refractory - 1 if spikes[c] else left


@kernel
def _feed(spikes: Rows, recurrent: Rows, fed: Rows) -> None:
    """Writes fed = sum of the rows of `recurrent` (from, to) whose neuron fired."""
    fed[:] = 0
    for c in range(spikes.size):
        if spikes[c]:
            weights = recurrent[c]
            for o in range(fed.size):
                fed[o] += weights[o]


@kernel
def fire_cuba(
    x: Rows,
    fixed: Rows,
    recurrent: Rows,
    rule: CubaRule,
    spikes: Rows,
    u_trace: Rows,
    v_trace: Rows,
) -> bool:
    """A CUBA-LIF layer.

    Args:
        x: (T, B, N) integers of any type.
        fixed: (4, N) int64: what u and v keep in 1/4096, threshold, bias.
        recurrent: (N, N) int8, row c holds the weights from neuron c; or (0, 0).
        rule: what all neurons share.
        spikes: (T, B, N) uint8, written.
        u_trace: (T, B, N) int64, written; or empty.
        v_trace: the same for v before its reset.

    Returns:
        Whether a value left its width; everything written is void then.
    """
    steps, batch, size = x.shape
    block = size if recurrent.size else BLOCK
    outside = np.int64(0)
    for b in range(batch):
        for start in range(0, size, block):
            n = min(block, size - start)
            stop = start + n
            u, v, waiting = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
            fed, before = np.zeros(n, np.int32), np.zeros(n, np.int64)
            driving = before if rule.is_old else u
            keep_u, keep_v = fixed[0, start:stop], fixed[1, start:stop]
            threshold, bias = fixed[2, start:stop], fixed[3, start:stop]
            for t in range(steps):
                if rule.period > 0 and t % rule.period == rule.phase:
                    u[:], v[:], waiting[:] = 0, 0, 0
                if recurrent.size and t > 0:
                    _feed(spikes[t - 1, b], recurrent, fed)
                if rule.is_old:
                    before[:] = u
                outside |= _current(x[t, b, start:stop], fed, keep_u, u, rule)
                fired = spikes[t, b, start:stop]
                if rule.refractory > 1:
                    outside |= _waiting_membrane(driving, keep_v, bias, v, waiting, rule.bits)
                else:
                    outside |= _membrane(driving, keep_v, bias, v, rule.bits)
                if u_trace.size:
                    u_trace[t, b, start:stop] = u
                    v_trace[t, b, start:stop] = v
                _fire(v, threshold, rule.subtracts, fired)
                if rule.refractory > 1:
                    _wait(fired, waiting, rule.refractory)
    return bool(outside != 0)


@kernel
def integrate_cuba(x: Rows, fixed: Rows, rule: CubaRule, out: Rows, u_trace: Rows) -> bool:
    """A CUBA-LI layer: writes v to `out` (T, B, N) and u to `u_trace`; the rest as `fire_cuba`."""
    steps, batch, size = x.shape
    outside = np.int64(0)
    for b in range(batch):
        for start in range(0, size, BLOCK):
            n = min(BLOCK, size - start)
            stop = start + n
            u, v, fed = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int32)
            before = np.zeros(n, np.int64)
            driving = before if rule.is_old else u
            keep_u, keep_v, bias = fixed[0, start:stop], fixed[1, start:stop], fixed[3, start:stop]
            for t in range(steps):
                if rule.is_old:
                    before[:] = u
                outside |= _current(x[t, b, start:stop], fed, keep_u, u, rule)
                outside |= _membrane(driving, keep_v, bias, v, rule.bits)
                out[t, b, start:stop] = v
                if u_trace.size:
                    u_trace[t, b, start:stop] = u
    return bool(outside != 0)


@kernel
def decode(x: Rows, bits: int, out: Rows) -> bool:
    """A sigma decoder: writes running sums of x (T, B, N) to `out`; as `fire_cuba`."""
    outside = np.int64(0)
    for b in range(x.shape[1]):
        total = np.zeros(x.shape[2], np.int64)
        for t in range(x.shape[0]):
            source, target = x[t, b], out[t, b]
            for c in range(total.size):
                total[c] += np.int64(source[c])
                outside |= _outside(total[c], bits)
                target[c] = total[c]
    return bool(outside != 0)


@kernel
def encode(x: Rows, threshold: Rows, input_exp: int, state_exp: int, bits: int, out: Rows) -> bool:
    """A delta encoder: writes signed spikes of x (T, B, N) to `out`; as `fire_cuba`."""
    outside = np.int64(0)
    for b in range(x.shape[1]):
        known = np.zeros(x.shape[2], np.int64)
        for t in range(x.shape[0]):
            source, target = x[t, b], out[t, b]
            for c in range(known.size):
                a: Any = np.int64(source[c]) << input_exp
                change = a - known[c]
                outside |= _outside(a, bits) | _outside(change, bits)
                sent = change if abs(change) >= threshold[c] else 0
                known[c] += sent
                target[c] = sent >> state_exp
    return bool(outside != 0)


@kernel
def rectify(x: Rows, bias: Rows, shift: int, bits: int, out: Rows) -> bool:
    """A rectifier: writes graded spikes of x (R, N) to `out`; as `fire_cuba`."""
    outside = np.int64(0)
    for i in range(x.shape[0]):
        source, target = x[i], out[i]
        for c in range(bias.size):
            sent = max(np.int64(source[c]) + bias[c], 0) >> shift
            outside |= _outside(sent, bits)
            target[c] = sent
    return bool(outside != 0)


@kernel
def delay(x: Rows, steps: Rows, out: Rows) -> None:
    """Writes out[t, b, n] = x[t - steps[n], b, n], 0 before; x (T, B, N), steps (N,)."""
    for t in range(x.shape[0]):
        for b in range(x.shape[1]):
            target = out[t, b]
            for c in range(steps.size):
                late = t - steps[c]
                target[c] = x[late, b, c] if late >= 0 else 0
