"""What the connections compute, and the synaptic operations they perform; no Lava here.

Products run in torch on floats: float32 while every partial sum is provably below 2**24, float64
otherwise, so that both are exact.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as functional

from hardware.lava.compute.arithmetic import ACCUMULATOR_BITS, Value
from spiketrack.fixed_point import Int64, check_width
from spiketrack.graph.checks import Array, Pair

FLOAT32_EXACT = 1 << 24


class Geometry(NamedTuple):
    """Stride, padding and dilation as (rows, columns), and the number of groups."""

    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int


class Convolution:
    """An integer convolution with zero padding, its accumulators and its synaptic operations.

    Args:
        weights: (O, C / groups, K_h, K_w) int8.
        geometry: how the kernel moves.
        shape: (T, C, H, W) of the value it reads.
        what: the layer, for errors.
    """

    def __init__(
        self, weights: Array, geometry: Geometry, shape: tuple[int, ...], what: str
    ) -> None:
        self._what = what
        self._geometry = geometry
        self._weights = torch.from_numpy(np.array(weights, np.float32))
        sums = np.abs(weights.astype(np.int64)).sum(axis=(1, 2, 3))
        self._largest_sum = int(sums.max()) if sums.size else 0
        self._fanout = _fanout(self._weights, geometry, shape)

    def __call__(self, x: Value) -> Int64:
        """Accumulators (T, O, H', W') of a value (T, C, H, W).

        Raises:
            OverflowBoundError: an accumulator leaves 24 bits.
        """
        largest = max(int(x.max()), -int(x.min())) if x.size else 0
        exact = self._largest_sum * largest < FLOAT32_EXACT
        # float32 is faster, and float64 is exact up to 2**53.
        dtype = torch.float32 if exact else torch.float64
        y = functional.conv2d(
            torch.from_numpy(x).to(dtype),
            self._weights.to(dtype),
            None,
            self._geometry.stride,
            self._geometry.padding,
            self._geometry.dilation,
            self._geometry.groups,
        )
        acc = y.numpy().astype(np.int64)
        return check_width(acc, ACCUMULATOR_BITS, f"accumulator of '{self._what}'")

    def syn_ops(self, x: Value) -> int:
        """Non-zero messages times the non-zero weights each meets inside the borders."""
        return int(np.count_nonzero(x, axis=0).reshape(-1) @ self._fanout)


def _fanout(weights: torch.Tensor, geometry: Geometry, shape: tuple[int, ...]) -> Int64:
    """Non-zero weights that a message from each of the (C, H, W) cells meets, flat.

    It is the transposed convolution of a map of ones: every output cell asks its inputs once.
    """
    sides = zip(shape[2:], weights.shape[2:], *geometry[:3], strict=True)
    outs, rests = [], []
    for size, kernel, stride, padding, dilation in sides:
        n_out = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        outs.append(n_out)
        # Cells that a stride never reaches: the transposed map lacks them.
        rests.append(size + 2 * padding - dilation * (kernel - 1) - 1 - (n_out - 1) * stride)
    ones = torch.ones(1, len(weights), *outs, dtype=torch.float64)
    met = functional.conv_transpose2d(
        ones,
        (weights != 0).to(torch.float64),
        None,
        geometry.stride,
        0,
        0,
        geometry.groups,
        geometry.dilation,
    )
    # Why the border is cut here: as an argument it may leave torch a map without cells.
    (p_y, p_x), (height, width) = geometry.padding, shape[2:]
    met = functional.pad(met, (0, rests[1], 0, rests[0]))
    met = met[0, :, p_y : p_y + height, p_x : p_x + width]
    fanout: Int64 = met.numpy().astype(np.int64).reshape(-1)
    return fanout


def recurrent_syn_ops(spikes: Value, recurrent: Int64) -> int:
    """Operations of recurrent weights (C, C): spikes of all steps but the last, one step late."""
    fanout = np.count_nonzero(recurrent, axis=0)
    return int(np.count_nonzero(spikes[:-1], axis=0).reshape(-1) @ fanout)


def _heads(x: Value, heads: int) -> Value:
    t, c, h, w = x.shape
    return x.reshape(t, heads, c // heads, h * w)


def _double(x: Value) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x, np.float64))


def write_memory(k: Value, v: Value, heads: int, what: str) -> Int64:
    """M = k^T v per head and step: (T, heads, d_k, d_v).

    Raises:
        OverflowBoundError: an entry leaves 24 bits.
    """
    # torch multiplies floats through BLAS and integers in a plain loop.
    product = _double(_heads(k, heads)) @ _double(_heads(v, heads)).transpose(-1, -2)
    return check_width(product.numpy().astype(np.int64), ACCUMULATOR_BITS, f"memory '{what}'")


def read_memory(q: Value, memory: Value, what: str) -> Int64:
    """Acc = q M per head and step: (T, heads * d_v, H, W).

    Raises:
        OverflowBoundError: an accumulator leaves 24 bits.
    """
    t, heads, _, d_v = memory.shape
    product = _double(memory).transpose(-1, -2) @ _double(_heads(q, heads))
    acc = product.numpy().astype(np.int64).reshape(t, heads * d_v, *q.shape[2:])
    return check_width(acc, ACCUMULATOR_BITS, f"accumulator of '{what}'")


def write_syn_ops(k: Value, v: Value, heads: int) -> int:
    """Pairs of one head, step and position in which k and v are both non-zero."""
    hits = [np.count_nonzero(_heads(x, heads), axis=2).astype(np.int64) for x in (k, v)]
    return int((hits[0] * hits[1]).sum())


def read_syn_ops(q: Value, memory: Value) -> int:
    """Non-zero q times the non-zero entries of the row of M that each meets."""
    events = np.count_nonzero(_heads(q, memory.shape[1]), axis=3)
    entries = np.count_nonzero(memory, axis=3)
    return int((events.astype(np.int64) * entries).sum())
