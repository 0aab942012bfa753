"""The fast engine's element-wise kernels read operands once and write results once.

Most work on rows (R, W): a channels-last array folded so that one row holds a whole number of
pixels, with every per-channel parameter repeated to the length of a row. Inner loops touch few
arrays, so that they vectorise.

Why numba and one thread: a second thread pool beside torch's makes convolutions much slower.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]

kernel = numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")


@kernel
def _fire_row(x: Rows, thresholds: Rows, spikes: Rows) -> None:
    """spikes[c] = number of k with x[c] >= thresholds[k, c]; D = 4 is the usual case."""
    if thresholds.shape[0] == 4:
        one, two, three, four = thresholds[0], thresholds[1], thresholds[2], thresholds[3]
        for c in range(x.size):
            low = np.uint8(x[c] >= one[c]) + np.uint8(x[c] >= two[c])
            spikes[c] = low + np.uint8(x[c] >= three[c]) + np.uint8(x[c] >= four[c])
        return
    spikes[:] = 0
    for k in range(thresholds.shape[0]):
        level = thresholds[k]
        for c in range(x.size):
            spikes[c] += np.uint8(x[c] >= level[c])


@kernel
def fire(x: Rows, thresholds: Rows, spikes: Rows) -> None:
    """Spikes (R, W) uint8 of potentials (R, W); thresholds (D, W) in the dtype of `x`."""
    for i in range(x.shape[0]):
        _fire_row(x[i], thresholds, spikes[i])


@kernel
def affine(acc: Rows, gain: Rows, offset: Rows, out: Rows) -> None:
    """Writes out = floor(acc * gain + offset), exact as long as the sum needs no rounding."""
    for i in range(acc.shape[0]):
        source, target = acc[i], out[i]
        for c in range(source.size):
            target[c] = np.int32(np.floor(np.float64(source[c]) * gain[c] + offset[c]))


@kernel
def affine_fire(
    acc: Rows, gain: Rows, offset: Rows, out: Rows, thresholds: Rows, spikes: Rows
) -> None:
    """`affine`, then the neuron that reads the result."""
    for i in range(acc.shape[0]):
        source, target = acc[i], out[i]
        for c in range(source.size):
            target[c] = np.int32(np.floor(np.float64(source[c]) * gain[c] + offset[c]))
        _fire_row(target, thresholds, spikes[i])


@kernel
def affine_add(acc: Rows, gain: Rows, offset: Rows, stream: Rows, out: Rows) -> None:
    """Writes out = stream + floor(acc * gain + offset)."""
    for i in range(acc.shape[0]):
        source, before, target = acc[i], stream[i], out[i]
        for c in range(source.size):
            step = np.int32(np.floor(np.float64(source[c]) * gain[c] + offset[c]))
            target[c] = before[c] + step


@kernel
def affine_add_fire(
    acc: Rows, gain: Rows, offset: Rows, stream: Rows, out: Rows, thresholds: Rows, spikes: Rows
) -> None:
    """`affine_add`, then the neuron that reads the stream."""
    for i in range(acc.shape[0]):
        source, before, target = acc[i], stream[i], out[i]
        for c in range(source.size):
            step = np.int32(np.floor(np.float64(source[c]) * gain[c] + offset[c]))
            target[c] = before[c] + step
        _fire_row(target, thresholds, spikes[i])


@kernel
def add_fire(x: Rows, y: Rows, out: Rows, thresholds: Rows, spikes: Rows) -> None:
    """Writes out = x + y, then the neuron that reads it."""
    for i in range(x.shape[0]):
        left, right, target = x[i], y[i], out[i]
        for c in range(left.size):
            target[c] = left[c] + right[c]
        _fire_row(target, thresholds, spikes[i])


@kernel
def bias_fire(x: Rows, table: Rows, thresholds: Rows, spikes: Rows) -> None:
    """The neuron behind a bias table: x (R, W), table (R_t, W) repeats every R_t rows."""
    membrane = np.empty(x.shape[1], np.int32)
    for i in range(x.shape[0]):
        source, bias = x[i], table[i % table.shape[0]]
        for c in range(source.size):
            membrane[c] = source[c] + bias[c]
        _fire_row(membrane, thresholds, spikes[i])


@kernel
def fire_heads(acc: Rows, thresholds: Rows, spikes: Rows) -> None:
    """Spikes (M, N, heads, d) of products (M, heads, N, d); thresholds (heads, D, d)."""
    items, heads, cells, width = acc.shape
    for m in range(items):
        for h in range(heads):
            if thresholds.shape[1] != 4:
                for n in range(cells):
                    _fire_row(acc[m, h, n], thresholds[h], spikes[m, n, h])
                continue
            one, two = thresholds[h, 0], thresholds[h, 1]
            three, four = thresholds[h, 2], thresholds[h, 3]
            for n in range(cells):
                for c in range(width):
                    x = acc[m, h, n, c]
                    low = np.uint8(x >= one[c]) + np.uint8(x >= two[c])
                    spikes[m, n, h, c] = low + np.uint8(x >= three[c]) + np.uint8(x >= four[c])


@kernel
def enter(raw: Rows, offset: Rows, out: Rows) -> tuple[int, int]:
    """Writes out (M, H, W, C) = raw (M, C, H, W) - offset[c]; returns its smallest and largest."""
    low, high = np.int64(1) << 62, -(np.int64(1) << 62)
    for m in range(raw.shape[0]):
        for c in range(raw.shape[1]):
            for i in range(raw.shape[2]):
                for j in range(raw.shape[3]):
                    value = np.int64(raw[m, c, i, j]) - offset[c]
                    low, high = min(low, value), max(high, value)
                    out[m, i, j, c] = value
    return int(low), int(high)


@kernel
def split_sign(x: Rows, out: Rows) -> None:
    """Writes out (R, 2 * C) uint8 = positive parts, then negative parts of x (R, C)."""
    channels = x.shape[1]
    for i in range(x.shape[0]):
        for c in range(channels):
            out[i, c] = max(x[i, c], 0)
            out[i, channels + c] = max(-x[i, c], 0)


@kernel
def fire_stateful(
    x: Rows, thresholds: Rows, decay: Rows, reset: int, half: int, shift: int, spikes: Rows
) -> None:
    """NI-LIF over steps: x (T, R, W) of any type, spikes (T, R, W) uint8, decay (T-1,) int64."""
    membrane = np.empty(x.shape[2], np.int64)
    for i in range(x.shape[1]):
        for t in range(x.shape[0]):
            source = x[t, i]
            if t == 0:
                for c in range(membrane.size):
                    membrane[c] = np.int64(source[c])
            else:
                fired, factor = spikes[t - 1, i], decay[t - 1]
                for c in range(membrane.size):
                    rest = membrane[c] - np.int64(fired[c]) * reset
                    membrane[c] = np.int64(source[c]) + ((rest * factor + half) >> shift)
            _fire_row(membrane, thresholds, spikes[t, i])


@kernel
def membranes(
    x: Rows, spikes: Rows, decay: Rows, reset: int, half: int, shift: int, out: Rows
) -> None:
    """U (T, R, W) int64 before the reset, from what came in and what was fired."""
    out[0] = x[0]
    for t in range(1, x.shape[0]):
        factor = decay[t - 1]
        for i in range(x.shape[1]):
            source, before, fired, target = x[t, i], out[t - 1, i], spikes[t - 1, i], out[t, i]
            for c in range(target.size):
                rest = before[c] - np.int64(fired[c]) * reset
                target[c] = np.int64(source[c]) + ((rest * factor + half) >> shift)


@kernel
def gate_mix(x: Rows, weight: Rows, one: float, out: Rows) -> None:
    """Writes out (B, N, C) = floor(one * sum_t x[t] * weight[t] / sum_t weight[t]).

    Here x is (T, B, N, C) and weight (T, B, C). Exact in float64: a quotient that is
    not an integer lies at least 1 / sum below the next one.
    """
    steps, batch, cells, channels = x.shape
    for b in range(batch):
        total = np.zeros(channels)
        for t in range(steps):
            for c in range(channels):
                total[c] += weight[t, b, c]
        for n in range(cells):
            mixed = np.zeros(channels)
            for t in range(steps):
                source, share = x[t, b, n], weight[t, b]
                for c in range(channels):
                    mixed[c] += np.float64(source[c]) * share[c]
            target = out[b, n]
            for c in range(channels):
                target[c] = np.int32(np.floor(one * mixed[c] / total[c]))


@kernel
def sum_pool(x: Rows, factor: int, out: Rows) -> None:
    """Writes out (M, H/f, W/f, C) = sums over f x f cells of x (M, H, W, C)."""
    for m in range(out.shape[0]):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                target = out[m, i, j]
                target[:] = 0
                for a in range(factor):
                    for b in range(factor):
                        source = x[m, i * factor + a, j * factor + b]
                        for c in range(target.size):
                            target[c] += source[c]


@kernel
def upsample(x: Rows, lefts: Rows, weights: Rows, out: Rows) -> None:
    """Bilinear: x (M, H, W, C) -> out (M, fH, fW, C); `lefts` (f,), `weights` (f, 2) per phase."""
    factor = lefts.size
    height, width = x.shape[1], x.shape[2]
    row = np.empty((width, x.shape[3]), out.dtype)
    for m in range(x.shape[0]):
        for i in range(out.shape[1]):
            phase = i % factor
            first = min(max(i // factor + lefts[phase], 0), height - 1)
            second = min(max(i // factor + lefts[phase] + 1, 0), height - 1)
            for j in range(width):
                _blend(x[m, first, j], x[m, second, j], weights[phase], row[j])
            for j in range(out.shape[2]):
                phase = j % factor
                first_j = min(max(j // factor + lefts[phase], 0), width - 1)
                second_j = min(max(j // factor + lefts[phase] + 1, 0), width - 1)
                _blend(row[first_j], row[second_j], weights[phase], out[m, i, j])


@kernel
def _blend(first: Rows, second: Rows, weights: Rows, out: Rows) -> None:
    """Writes out = first * weights[0] + second * weights[1]."""
    left, right = weights[0], weights[1]
    for c in range(out.size):
        out[c] = first[c] * left + second[c] * right
