"""What happens to a value that leaves its declared width: an error, or a counted event.

Why two rules: registers of synaptic input wrap around, membranes saturate. That is how the
fixed-point processes of lava-nc treat them, so a run that goes on after an overflow goes on as
there.
"""

from typing import Protocol

import numpy as np

from spiketrack.fixed_point import Int64, check_width


class Widths(Protocol):
    """A policy for values that do not fit."""

    def wrap(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` within `bits` signed bits; what does not fit wraps around."""

    def saturate(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` within +-(2**(bits - 1) - 1); what does not fit stops there."""


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
        wrapped: Int64 = ((x + limit) & (2 * limit - 1)) - limit
        return wrapped

    def saturate(self, x: Int64, bits: int, what: str) -> Int64:
        """`x` clipped to +-(2**(bits - 1) - 1)."""
        limit = (1 << (bits - 1)) - 1
        self._count((x < -limit) | (x > limit), what)
        clipped: Int64 = np.clip(x, -limit, limit)
        return clipped

    def _count(self, outside: np.ndarray, what: str) -> None:  # type: ignore[type-arg]
        found = int(np.count_nonzero(outside))
        if found:
            self.events[what] = self.events.get(what, 0) + found
