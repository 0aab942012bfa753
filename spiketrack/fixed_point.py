"""Fixed-point arithmetic, written once: rounding, shifts, widths, multipliers, thresholds.

Rounding is half up everywhere: add half, then an arithmetic shift (floor). Overflow raises, it
never wraps.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import OverflowBoundError, QuantisationError

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
DECAY_BITS = 12
MULTIPLIER_BITS = 16
MAX_SHIFT = 62


def shift_round(x: Int64, shift: NDArray[Any] | int) -> Int64:
    """floor((x + 2**(shift-1)) / 2**shift); a negative shift is an exact left shift. Broadcasts.

    Raises:
        OverflowBoundError: a left shift, or the half that is added, leaves 64 bits.
    """
    right = (
        np.maximum(shift, 0).astype(np.int64)
        if isinstance(shift, np.ndarray)
        else np.int64(max(shift, 0))
    )
    left = np.maximum(-np.asarray(shift, np.int64), 0)
    half = (np.int64(1) << right) >> 1
    moved = np.asarray(x << left)
    raised = moved + half
    if (raised < moved).any() or (left.any() and ((moved >> left) != x).any()):
        worst = str(np.abs(np.asarray(x, np.float64)).max())
        raise OverflowBoundError("a shifted value", "64 bits signed", f"{worst} before the shift")
    result: Int64 = raised >> right
    return result


def check_width(x: Int64, bits: int, what: str) -> Int64:
    """Returns x if every element fits a signed integer of `bits` bits.

    Raises:
        OverflowBoundError: naming `what`, the width and the offending value.
    """
    if x.size:
        low, high = int(x.min()), int(x.max())
        limit = 1 << (bits - 1)
        if low < -limit or high >= limit:
            worst = low if low < -limit else high
            raise OverflowBoundError(what, f"a value within {bits} bits signed", str(worst))
    return x


def signed_bits(low: int, high: int) -> int:
    """Smallest width of a signed integer that holds low..high: 1 for 0..0, 8 for -128..127."""
    return 1 + max((-low - 1).bit_length() if low < 0 else 0, high.bit_length() if high > 0 else 0)


def as_multiplier(
    ratio: Float64, *, power_of_two: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Mantissa and shift with ratio ~ mantissa / 2**shift, mantissa < 2**16, per element.

    Exact whenever the ratio is an integer below 2**16 times a power of two; else the relative error
    is at most 2**-16. Below 2**-46 the shift stays at its limit and the absolute error is at most
    2**-63, so that the nearly dead channel of a trained network becomes a dead one.

    Args:
        ratio: non-negative numbers, any shape.
        power_of_two: round the mantissa to a power of two (stock hardware has a `weight_exp` only).

    Raises:
        QuantisationError: a ratio that is negative, not finite or too large for any shift.
    """
    ratio = np.asarray(ratio, np.float64)
    bad = ratio[~(np.isfinite(ratio) & (ratio >= 0))]
    if bad.size:
        raise QuantisationError("a rescale factor", "a finite number >= 0", str(bad[0]))
    tiny = ratio < 2.0**-MAX_SHIFT if power_of_two else ratio < 2.0 ** (MULTIPLIER_BITS - MAX_SHIFT)
    if tiny.any():
        ratio = np.where(tiny, np.floor(np.ldexp(ratio, MAX_SHIFT) + 0.5) * 2.0**-MAX_SHIFT, ratio)
    if power_of_two:
        exponent = np.where(
            ratio > 0, np.round(np.log2(np.where(ratio > 0, ratio, 1.0))), 0
        ).astype(np.int64)
        mantissa, shift = (ratio > 0).astype(np.int64), -exponent
    else:
        fraction, exponent32 = np.frexp(ratio)
        mantissa = np.floor(np.ldexp(fraction, MULTIPLIER_BITS) + 0.5).astype(np.int64)
        shift = MULTIPLIER_BITS - exponent32.astype(np.int64)
        full = mantissa == 1 << MULTIPLIER_BITS
        mantissa, shift = np.where(full, mantissa >> 1, mantissa), np.where(full, shift - 1, shift)
        for _ in range(MULTIPLIER_BITS):
            even = (mantissa > 0) & (mantissa % 2 == 0)
            mantissa, shift = (
                np.where(even, mantissa >> 1, mantissa),
                np.where(even, shift - 1, shift),
            )
    shift = np.where(mantissa == 0, 0, shift)
    if (np.abs(shift) > MAX_SHIFT).any():
        raise QuantisationError("a rescale factor", f"at most 2**{MAX_SHIFT}", str(ratio.max()))
    return mantissa.astype(np.int32), shift.astype(np.int8)


def firing_thresholds(
    real: Callable[[Int64], NDArray[Any]], n_channels: int, max_spike: int, low: int, high: int
) -> Int64:
    """theta[c, k-1]: the smallest integer whose real value the neuron rounds to at least k.

    Found by bisection on the float expression itself, so that round half to even is reproduced
    exactly (0.5 stays 0, 1.5 becomes 2, 2.5 becomes 2, 3.5 becomes 4).

    Args:
        real: maps integers (C, D) to the real membrane potentials the float network would see;
            monotone.
        n_channels: C.
        max_spike: D.
        low: smallest integer that can occur.
        high: largest integer that can occur.

    Returns:
        (C, D) int64 in low..high+1; high+1 means "never fires".
    """
    steps = np.arange(1, max_spike + 1)
    below = np.full((n_channels, max_spike), low - 1, np.int64)
    above = np.full((n_channels, max_spike), high + 1, np.int64)
    while (above - below > 1).any():
        middle = (below + above) >> 1
        fires = np.rint(np.clip(real(middle), 0, max_spike)) >= steps
        open_ = above - below > 1
        above = np.where(open_ & fires, middle, above)
        below = np.where(open_ & ~fires, middle, below)
    return above


def fraction_bits(values: NDArray[Any], limit: int = 60) -> int:
    """Fewest f with every value * 2**f an integer (negative if all are even), within +-limit.

    Without any non-zero value it is -limit.
    """
    last = last_bit_exponents(values)
    return min(max(-int(last.min()), -limit), limit) if last.size else -limit


def last_bit_exponents(values: NDArray[Any]) -> Int64:
    """The exponent e of every non-zero value, with |value| = odd * 2**e, flattened."""
    x = np.abs(np.asarray(values, np.float64)).ravel()
    fraction, exponent = np.frexp(x[x > 0])
    mantissa = np.ldexp(fraction, 53).astype(np.int64)
    lowest = np.log2((mantissa & -mantissa).astype(np.float64)).astype(np.int64)
    result: Int64 = exponent.astype(np.int64) - 53 + lowest
    return result
