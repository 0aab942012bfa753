"""A value that leaves its declared width is an error here, or an event that is counted.

Why two rules: currents wrap around and membranes saturate in the fixed-point LIF of lava-nc. Here
both keep to the range of a two's complement register, which differs from lava-nc in the one value
at each end; accumulators, streams and the sums of sigma and delta wrap as well.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import Int64, check_width


class Widths(Protocol):
    """A policy for values that do not fit."""

    def wrap(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` within `bits` signed bits; what does not fit wraps around."""

    def saturate(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` within `bits` signed bits; what does not fit stops at the end."""


class StrictWidths:
    """Overflow is an error."""

    def wrap(self, x: Int64, bits: int, what: str) -> Int64:
        """Returns `x`; raises OverflowBoundError if it does not fit."""
        return check_width(x, bits, what)

    def saturate(self, x: Int64, bits: int, what: str) -> Int64:
        """Returns `x`; raises OverflowBoundError if it does not fit."""
        return check_width(x, bits, what)


class CountedWidths:
    """Overflow is counted, by what overflowed.

    Attributes:
        events: elements that did not fit, by name of accumulator, stream or register.
    """

    def __init__(self) -> None:
        self.events: dict[str, int] = {}

    def wrap(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` modulo 2**bits, as a signed number."""
        limit = 1 << (bits - 1)
        self._count((x < -limit) | (x >= limit), what)
        # The mask takes the remainder of two's complement for negative numbers too.
        wrapped: Int64 = ((x + limit) & (2 * limit - 1)) - limit
        return wrapped

    def saturate(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` clipped to the nearest number that fits."""
        limit = 1 << (bits - 1)
        self._count((x < -limit) | (x >= limit), what)
        clipped: Int64 = np.clip(x, -limit, limit - 1)
        return clipped

    def _count(self, outside: NDArray[Any], what: str) -> None:
        n_outside = int(np.count_nonzero(outside))
        if n_outside:
            self.events[what] = self.events.get(what, 0) + n_outside
