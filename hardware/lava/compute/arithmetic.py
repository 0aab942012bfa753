"""What the Lava processes compute, as functions of plain arrays: exact integers, no Lava here.

Values are (T, C, H, W) without a batch axis. Written apart from `simulation.reference.engine`,
which it must equal; only rounding and width checks are shared, through `spiketrack.fixed_point`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import DECAY_BITS, Int64, check_width, shift_round

Value = NDArray[Any]
GATE_FRACTION_BITS = 12
ACCUMULATOR_BITS = 24
INT32_MAX = (1 << 31) - 1


def column(array: Value) -> Int64:
    """(C,) -> (C, 1, 1) int64, to broadcast against (T, C, H, W)."""
    return np.asarray(array, np.int64).reshape(-1, 1, 1)


def fire_nilif(
    x: Value, vth: Int64, decay: Value, reset: int, bits: int, what: str
) -> NDArray[np.uint8]:
    """Spikes of an NI-LIF layer (the equations: `spiketrack.graph.neurons.nilif`).

    Args:
        x: (T, C, H, W) integers.
        vth: (C or 1, D) thresholds, ascending.
        decay: (T - 1,) 12-bit mantissas; empty or 0 where nothing stays from step to step.
        reset: what one level of spike takes from the membrane.
        bits: width of the membrane.
        what: the layer, for the error.

    Raises:
        OverflowBoundError: the membrane leaves its width.
    """
    spikes = np.empty(x.shape, np.uint8)
    narrow = x.dtype == np.int32 and vth.size and int(np.abs(vth).max()) <= INT32_MAX
    levels = vth.astype(np.int32) if narrow else vth.astype(np.int64)
    # None and not zeros: most layers keep nothing, and are spared the arithmetic.
    rest: Int64 | None = None
    for t in range(len(x)):
        u = x[t]
        if rest is not None:
            u = u + ((rest * int(decay[t - 1]) + (1 << (DECAY_BITS - 1))) >> DECAY_BITS)
        check_width(u, bits, f"membrane of '{what}'")
        fired = np.zeros(u.shape, np.uint8)
        for k in range(levels.shape[1]):
            fired += u >= levels[:, k, None, None]
        spikes[t] = fired
        rest = None
        if t + 1 < len(x) and decay[t : t + 1].any():
            rest = u.astype(np.int64) - fired.astype(np.int64) * reset
    return spikes


def rescale(x: Value, mantissa: Value, shift: Value, bias: Value, bits: int, what: str) -> Int64:
    """round_half_up(x * mantissa / 2**shift) + bias per channel, in `bits` bits."""
    y = shift_round(x.astype(np.int64) * column(mantissa), column(shift)) + column(bias)
    return check_width(y, bits, f"stream '{what}'")


def add_table(x: Value, table: Int64, bits: int, what: str) -> Int64:
    """X + table (T or 1, C, H, W), in `bits` bits."""
    return check_width(x + table, bits, f"stream '{what}'")


def sum_pool(x: Value, factor: int, bits: int, what: str) -> Int64:
    """Sums over factor x factor cells, in `bits` bits."""
    rows = np.add.reduceat(x.astype(np.int64), np.arange(0, x.shape[2], factor), axis=2)
    cells: Int64 = np.add.reduceat(rows, np.arange(0, x.shape[3], factor), axis=3)
    return check_width(cells, bits, f"stream '{what}'")


def upsample(x: Value, factor: int, bits: int, what: str) -> Int64:
    """Bilinear, half-pixel centres, borders repeated, times (2 * factor)**2; in `bits` bits."""
    y = x.astype(np.int64)
    for axis in (2, 3):
        size = y.shape[axis]
        pads = [(1, 1) if i == axis else (0, 0) for i in range(4)]
        # Repeating the border is the same as clipping the neighbour's index.
        edged = np.moveaxis(np.pad(y, pads, mode="edge"), axis, -1)
        out = np.empty((*edged.shape[:-1], size, factor), np.int64)
        for phase in range(factor):
            # Output `phase` of cell i sits (2 * phase + 1 - factor) / (2 * factor) from its centre.
            offset = 2 * phase + 1 - factor
            first = 0 if offset < 0 else 1
            right = offset + 2 * factor if offset < 0 else offset
            left = 2 * factor - right
            out[..., phase] = edged[..., first : first + size] * left
            out[..., phase] += edged[..., first + 1 : first + 1 + size] * right
        y = np.moveaxis(out.reshape(*edged.shape[:-1], size * factor), -1, axis)
    return check_width(y, bits, f"stream '{what}'")


def mix_gate(x: Value, logits: Value, table: Value, shift: int) -> Int64:
    """The T-channel gate: x (T, C, H, W), logits (T, 1, C, 1) -> (1, C, H, W) in 2**-12."""
    score = logits.astype(np.int64)[:, 0, :, 0]
    index = np.minimum((score.max(axis=0) - score) >> shift, len(table) - 1)
    share = table.astype(np.int64)[index]
    mixed = np.einsum("tchw,tc->chw", x.astype(np.int64), share)
    y: Int64 = (mixed << GATE_FRACTION_BITS) // share.sum(axis=0)[:, None, None]
    return y[None]


def route(inputs: Sequence[Value], picks: Sequence[tuple[int, int]]) -> Value:
    """Step j of the result is step picks[j][1] of input picks[j][0]."""
    return np.stack([inputs[which][step] for which, step in picks])


def positions_to_channels(x: Value) -> Value:
    """(T, C, H, W) -> (T, H*W, C, 1)."""
    t, c = x.shape[:2]
    return np.ascontiguousarray(x.reshape(t, c, -1).swapaxes(1, 2))[..., None]


def flatten(x: Value) -> Value:
    """(T, C, H, W) -> (T, C*H*W, 1, 1)."""
    return np.ascontiguousarray(x.reshape(len(x), -1, 1, 1))


def delay(x: Value, steps: Value) -> Value:
    """Every neuron's values later by its own number of steps (C or 1, H or 1, W or 1)."""
    late = np.broadcast_to(steps, x.shape[1:]).astype(np.int64)
    source = np.arange(len(x)).reshape(-1, 1, 1, 1) - late
    # The index is held at 0 where nothing has come yet; the zeros follow.
    taken: Value = np.take_along_axis(x, np.maximum(source, 0), axis=0)
    taken[source < 0] = 0
    return taken
