"""A fused step computes several nodes in one pass over memory, equal to the nodes one by one.

A builder returns None where a proof it needs does not hold; the plan then takes the nodes singly.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.bounds.range import Range
from simulation.bounds.ranges import partial_sum_peak
from simulation.fast import kernels as fast_kernels
from simulation.fast.conv import FLOAT32_EXACT, Int8Convolution, takes_int8
from simulation.fast.fit import fit_line
from simulation.fast.nodes import affine_parameters, per_image, read_kernel
from simulation.fast.rows import Fold, levels_for, stream_dtype
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import Shape

Values = NDArray[Any]
Fused = Callable[[Sequence[Values]], tuple[Values, ...]]
Levels = NDArray[Any]


def is_stateless(node: s.SpikeNode, x: Range, shape: Shape) -> bool:
    """Whether a node is a neuron that carries nothing over and whose membrane provably fits."""
    if not isinstance(node, s.SpikeNILIF) or not x.fits(node.bits):
        return False
    return shape[0] == 1 or not node.decay_q.size


def conv_spikes(conv: s.SpikeConv, neuron: s.SpikeNILIF, x: Range, acc: Range) -> Fused | None:
    """Convolution that emits spikes itself."""
    low, high = float(x.low.min()), float(x.high.max())
    exact = partial_sum_peak(conv, x) < FLOAT32_EXACT and acc.fits(s.ACCUMULATOR_BITS)
    if not exact or not takes_int8(conv, low, high):
        return None
    channels = len(conv.weight_q)
    thresholds = np.broadcast_to(neuron.thresholds_q, (channels, neuron.max_spike))
    line = fit_line(thresholds, acc.low.astype(np.float64), acc.high.astype(np.float64))
    if line is None:
        return None
    convolution = Int8Convolution(conv, line, neuron.max_spike)
    return lambda v: (per_image(convolution, v[0]),)


def row_levels(neuron: s.SpikeNILIF, fold: Fold) -> Levels:
    """int32 thresholds spread over a row."""
    return fold.spread(levels_for(neuron.thresholds_q, np.dtype(np.int32)))


def rescale_fire(node: s.SpikeRescale, neuron: s.SpikeNILIF, shape: Shape) -> Fused:
    """(acc,) -> (stream, spikes)."""
    fold = Fold.of(shape)
    gain, offset = affine_parameters(node, fold)
    levels = row_levels(neuron, fold)

    def run(v: Sequence[Values]) -> tuple[Values, ...]:
        out, spikes = np.empty(v[0].shape, np.int32), np.empty(v[0].shape, np.uint8)
        rows = fold.rows
        fast_kernels.affine_fire(rows(v[0]), gain, offset, rows(out), levels, rows(spikes))
        return out, spikes

    return run


def rescale_add(node: s.SpikeRescale, neuron: s.SpikeNILIF | None, shape: Shape) -> Fused:
    """(acc, stream) -> (stream + rescaled acc, spikes of the neuron if there is one)."""
    fold = Fold.of(shape)
    rows = fold.rows
    gain, offset = affine_parameters(node, fold)
    if neuron is None:

        def run_add(v: Sequence[Values]) -> tuple[Values, ...]:
            out = np.empty(v[0].shape, np.int32)
            fast_kernels.affine_add(rows(v[0]), gain, offset, rows(v[1]), rows(out))
            return (out,)

        return run_add
    levels = row_levels(neuron, fold)

    def run(v: Sequence[Values]) -> tuple[Values, ...]:
        out, spikes = np.empty(v[0].shape, np.int32), np.empty(v[0].shape, np.uint8)
        acc, stream = rows(v[0]), rows(v[1])
        fast_kernels.affine_add_fire(acc, gain, offset, stream, rows(out), levels, rows(spikes))
        return out, spikes

    return run


def add_fire(neuron: s.SpikeNILIF, shape: Shape) -> Fused:
    """(a, b) -> (a + b, spikes)."""
    fold = Fold.of(shape)
    levels = row_levels(neuron, fold)

    def run(v: Sequence[Values]) -> tuple[Values, ...]:
        out, spikes = np.empty(v[0].shape, np.int32), np.empty(v[0].shape, np.uint8)
        rows = fold.rows
        fast_kernels.add_fire(rows(v[0]), rows(v[1]), rows(out), levels, rows(spikes))
        return out, spikes

    return run


def bias_fire(node: s.SpikeBias, neuron: s.SpikeNILIF, shape: Shape) -> Fused:
    """(stream,) -> (spikes,): the sum itself is needed by nobody else. For one step."""
    fold = Fold.of(shape)
    levels = row_levels(neuron, fold)
    table = np.ascontiguousarray(node.table_q.transpose(0, 2, 3, 1)).astype(np.int32)
    table = table.reshape(-1, fold.repeat * fold.channels)

    def run(v: Sequence[Values]) -> tuple[Values, ...]:
        spikes = np.empty(v[0].shape, np.uint8)
        fast_kernels.bias_fire(fold.rows(v[0]), table, levels, fold.rows(spikes))
        return (spikes,)

    return run


def read_fire(node: s.SpikeMemoryRead, neuron: s.SpikeNILIF, y: Range, shape: Shape) -> Fused:
    """(q, M) -> (spikes,)."""
    read = read_kernel(y)
    channels = shape[1]
    dtype = np.dtype(np.float32 if y.peak < FLOAT32_EXACT else np.float64)
    wide = np.broadcast_to(levels_for(neuron.thresholds_q, dtype), (neuron.max_spike, channels))
    levels = np.ascontiguousarray(wide.reshape(neuron.max_spike, node.heads, -1).transpose(1, 0, 2))

    def run(v: Sequence[Values]) -> tuple[Values, ...]:
        product = np.ascontiguousarray(read(v))
        items, heads, cells, width = product.shape
        spikes = np.empty((items, cells, heads, width), np.uint8)
        fast_kernels.fire_heads(product, levels, spikes)
        return (spikes.reshape(*v[0].shape[:4], channels),)

    return run


def fits_int32(y: Range) -> bool:
    """Whether a stream is kept in int32."""
    return stream_dtype(y.peak) is np.int32
