"""A range holds the smallest and the largest integer of each channel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import Int64, signed_bits


@dataclass(frozen=True)
class Range:
    """low[c] <= value[c] <= high[c]; arrays (C,), or (1,) for all channels alike."""

    low: Int64
    high: Int64

    @property
    def peak(self) -> int:
        """Largest magnitude."""
        return int(max(abs(int(self.low.min())), abs(int(self.high.max()))))

    def fits(self, bits: int) -> bool:
        """Whether every value fits a signed integer of `bits` bits."""
        return signed_bits(int(self.low.min()), int(self.high.max())) <= bits

    def clipped(self, bits: int) -> "Range":
        """The part of the range that a signed integer of `bits` bits can hold."""
        limit = 1 << (bits - 1)
        low, high = (np.clip(end, -limit, limit - 1) for end in (self.low, self.high))
        return Range(low, high)

    def with_zero(self) -> "Range":
        """The range widened to hold 0."""
        return Range(np.minimum(self.low, 0), np.maximum(self.high, 0))


def largest_magnitude(array: NDArray[Any]) -> int:
    """Largest magnitude in an array of integers, of -2**63 too; 0 where it is empty."""
    return max(-int(array.min()), int(array.max())) if array.size else 0


def constant(low: int, high: int) -> Range:
    """The same range for all channels."""
    return Range(np.array([low], np.int64), np.array([high], np.int64))
