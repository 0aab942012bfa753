"""Rounds weights to 2..8 bits per output channel; only here does a weight change its value."""

from dataclasses import dataclass

import numpy as np

from spiketrack.errors import QuantisationError
from spiketrack.fixed_point import Int64, last_bit_exponents
from spiketrack.graph.checks import Array

MIN_BITS, MAX_BITS = 2, 8
EXACT_SPAN_BITS = 40


@dataclass(frozen=True)
class QuantisedWeights:
    """weight ~ weight_q * scale[o].

    Attributes:
        weight_q: int8 (O, I, K_h, K_w).
        scale: float64 (O,), one step per output channel, > 0.
        exact: (O,) bool, the channel lost nothing.
    """

    weight_q: Array
    scale: Array
    exact: Array


def quantise_weights(
    name: str,
    weight: Array,
    bits: int,
    *,
    power_of_two: bool = False,
    steps: Array | None = None,
) -> QuantisedWeights:
    """Rounds each output channel to the grid of its own step.

    A channel that already lies on a grid of at most 2**(bits-1) - 1 steps keeps its values exactly.
    Otherwise the step is max|w| / (2**(bits-1) - 1), and no weight moves by more than half a step.

    Args:
        name: the layer, for errors.
        weight: float64 (O, I, K_h, K_w).
        bits: 2..8.
        power_of_two: steps are powers of two (stock hardware has a `weight_exp` only).
        steps: (O,) step of every channel if it was chosen already, e.g. for a neuron's threshold.

    Raises:
        QuantisationError: bits out of range, or weights that are not finite.
    """
    if not MIN_BITS <= bits <= MAX_BITS:
        raise QuantisationError(f"weight bits of '{name}'", f"{MIN_BITS}..{MAX_BITS}", str(bits))
    if not np.isfinite(weight).all():
        raise QuantisationError(f"weights of '{name}'", "finite numbers", "NaN or infinity")
    # Symmetric: without -2**(bits - 1) a weight and its negative round alike.
    limit = (1 << (bits - 1)) - 1
    flat = weight.reshape(len(weight), -1)
    scale = channel_steps(flat, limit, power_of_two) if steps is None else steps
    # Steps that a neuron chose may be finer than the largest weight allows.
    rounded = np.clip(np.floor(flat / scale[:, None] + 0.5), -limit, limit)
    exact = (rounded * scale[:, None] == flat).all(axis=1)
    return QuantisedWeights(rounded.astype(np.int8).reshape(weight.shape), scale, exact)


def channel_steps(rows: Array, limit: int, power_of_two: bool) -> Array:
    """One step per row (O, n): the exact one where `limit` steps reach, else max|w| / limit."""
    peaks = np.abs(rows).max(axis=1, initial=0.0)
    return np.array(
        [
            _step(row, float(peak), int(lowest), limit, power_of_two)
            for row, peak, lowest in zip(rows, peaks, _last_bits(rows, peaks), strict=True)
        ]
    )


def _last_bits(rows: Array, peaks: Array) -> Int64:
    """The lowest exponent of a last bit in every row (O,); any number for a row of zeros.

    Why of all rows at once: rows of nine taps, of which a network has thousands, cost more in calls
    than in numbers.
    """
    # A zero has no last bit; the largest weight in its place leaves the minimum as it is.
    filled = np.where(rows == 0.0, np.where(peaks == 0.0, 1.0, peaks)[:, None], rows)
    lowest: Int64 = last_bit_exponents(filled).reshape(rows.shape).min(axis=1, initial=1024)
    return lowest


def _step(channel: Array, peak: float, lowest: int, limit: int, power_of_two: bool) -> float:
    # A channel of zeros lies on every grid; any step but 0 will do.
    if peak == 0.0:
        return 1.0
    if power_of_two:
        # The next power above, since the largest weight must still fit.
        return float(2.0 ** np.ceil(np.log2(peak / limit)))
    # Beyond that span the weights in units of their last bit would leave int64, and no grid of 8
    # bits holds them anyway.
    if np.log2(peak) - lowest < EXACT_SPAN_BITS:
        steps = np.ldexp(channel, -lowest).astype(np.int64)
        # The greatest common divisor is the coarsest grid on which all weights lie.
        divisor = int(np.gcd.reduce(np.abs(steps)))
        if np.abs(steps).max() // divisor <= limit:
            return float(np.ldexp(float(divisor), lowest))
    return peak / limit
