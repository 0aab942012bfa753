"""The two inner loops of counting pass once over the spikes and sum integers exactly.

Sums of bytes run in 16 bits inside a block of rows and in 64 bits between blocks. Why 257 rows: 257
* 255 = 65535. Sums of wider magnitudes run in 64 bits throughout.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from spiketrack.graph.fanout import AxisClasses, Int64

ROWS_PER_BLOCK = 257


def add_class_sums(x: NDArray[Any], rows: AxisClasses, columns: AxisClasses, sums: Int64) -> None:
    """Adds up spikes by position class and channel.

    Args:
        x: (N, H, W, C) magnitudes in C order, uint8 or int64.
        rows: classes of the H rows.
        columns: classes of the W columns.
        sums: (2, S, row classes, column classes, C) int64, added to in place: sum of spikes, number
            of non-zero ones. S divides N; consecutive N / S maps add to the same sums.
    """
    n, height, width, channels = x.shape
    work = np.zeros((2, width * channels), np.uint16 if x.dtype == np.uint8 else np.int64)
    if height == width == 1:
        # Why: one cell a map would be emptied map by map; so maps take the place of rows.
        flat, per_sum = x.reshape(sums.shape[1], -1, channels), n // sums.shape[1]
        order, bounds = np.arange(per_sum), np.array([0, per_sum])
    else:
        flat, order, bounds = x.reshape(n, height, width * channels), rows.order, rows.bounds
    _class_sums(flat, order, bounds, columns.index, work, sums)


def head_sums(x: NDArray[Any], heads: int) -> Int64:
    """Sums the spikes of each head at each position.

    Args:
        x: (N, P, C) magnitudes in C order, uint8 or int64; P positions.
        heads: parts of equal size of the channels.

    Returns:
        (2, N, P, heads) int64: sum of the spikes, and number of non-zero ones.
    """
    n, positions, channels = x.shape
    out = np.zeros((2, n * positions, heads), np.int64)
    _head_sums(x.reshape(n * positions, heads, channels // heads), out)
    return out.reshape(2, n, positions, heads)


@njit(nogil=True, cache=True)
def _class_sums(x: Any, order: Any, bounds: Any, column_class: Any, work: Any, out: Any) -> None:
    n = len(x)
    per_sum = n // out.shape[1]
    sums, hits = work[0], work[1]
    for i in range(n):
        to = i // per_sum
        for r in range(len(bounds) - 1):
            held = 0
            for k in range(bounds[r], bounds[r + 1]):
                _add_row(x[i, order[k]], sums, hits)
                held += 1
                if held == ROWS_PER_BLOCK:
                    _empty(sums, hits, column_class, out[0, to, r], out[1, to, r])
                    held = 0
            if held:
                _empty(sums, hits, column_class, out[0, to, r], out[1, to, r])


@njit(nogil=True, cache=True)
def _add_row(row: Any, sums: Any, hits: Any) -> None:
    for j in range(len(row)):
        sums[j] += row[j]
        hits[j] += row[j] != 0


@njit(nogil=True, cache=True)
def _empty(sums: Any, hits: Any, column_class: Any, out_sums: Any, out_hits: Any) -> None:
    """Moves the row sums into their column classes and clears them."""
    channels = out_sums.shape[1]
    for column in range(len(column_class)):
        to_sums, to_hits = out_sums[column_class[column]], out_hits[column_class[column]]
        start = column * channels
        for c in range(channels):
            to_sums[c] += sums[start + c]
            to_hits[c] += hits[start + c]
    sums[:] = 0
    hits[:] = 0


@njit(nogil=True, cache=True)
def _head_sums(x: Any, out: Any) -> None:
    n, heads, d = x.shape
    for i in range(n):
        for h in range(heads):
            total, hits = 0, 0
            for c in range(d):
                total += x[i, h, c]
                hits += x[i, h, c] != 0
            out[0, i, h] = total
            out[1, i, h] = hits
