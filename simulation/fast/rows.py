"""Folds channels-last arrays into long rows and repeats parameters of channels to match.

Why: inner loops of a few channels spend their time starting; rows of hundreds run at full width.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.bounds.range import Range
from spiketrack.graph.float_nodes import Shape

Values = NDArray[Any]
LONGEST = 1024


@dataclass(frozen=True)
class Fold:
    """`repeat` pixels of `channels` channels make one row."""

    channels: int
    repeat: int

    @staticmethod
    def of(shape: Shape) -> "Fold":
        """The longest row of whole pixels that divides one step's grid (T, C, H, W)."""
        _, channels, height, width = shape
        cells = height * width
        fitting = [r for r in range(1, cells + 1) if cells % r == 0 and r * channels <= LONGEST]
        return Fold(channels, max(fitting, default=1))

    def rows(self, x: Values) -> Values:
        """Any channels-last array to contiguous rows (R, repeat * C)."""
        return np.ascontiguousarray(x).reshape(-1, self.repeat * self.channels)

    def spread(self, parameter: Values) -> Values:
        """(..., C or 1) to (..., repeat * C)."""
        wide = np.broadcast_to(parameter, (*parameter.shape[:-1], self.channels))
        return np.ascontiguousarray(np.tile(wide, self.repeat))


def levels_for(thresholds: Values, dtype: np.dtype[Any]) -> Values:
    """Thresholds (C or 1, D) int64 as (D, C or 1) in the dtype of the potentials.

    Clipped to limits inside which potentials of that dtype strictly stay: so still exact.
    """
    match dtype.name:
        case "float32":
            limit = 1 << 24
        case "float64":
            limit = 1 << 53
        case "int32":
            limit = (1 << 31) - 1
        case "uint8":
            return np.clip(thresholds, 0, 256).T.astype(np.int32)
        case _:
            return np.ascontiguousarray(thresholds.T)
    return np.ascontiguousarray(np.clip(thresholds, -limit, limit).T.astype(dtype))


def stream_dtype(peak: float) -> type[np.int32] | type[np.int64]:
    """int32 where every value provably lies strictly inside it."""
    return np.int32 if peak < 2**31 - 1 else np.int64


def spike_dtype(y: Range) -> type[np.uint8] | type[np.int32] | type[np.int64]:
    """Chooses one byte where graded spikes provably fit it, else the dtype of a stream."""
    fits = int(y.low.min()) >= 0 and int(y.high.max()) <= 255
    return np.uint8 if fits else stream_dtype(y.peak)


def to_reference(x: Values) -> NDArray[np.int64]:
    """Channels-last (T, B, H, W, C) to the reference's int64 (T, B, C, H, W)."""
    return np.ascontiguousarray(x.transpose(0, 1, 4, 2, 3)).astype(np.int64)


def from_reference(x: Values) -> Values:
    """The reference's (T, B, C, H, W) to channels-last (T, B, H, W, C)."""
    return np.ascontiguousarray(x.transpose(0, 1, 3, 4, 2))
