"""Computes every node on its own, on channels-last arrays, where nothing can be fused.

A `Kernel` takes the arrays of a node's inputs and returns the array of its value. Values may be
uint8 spikes, float32 or float64 accumulators, int32 or int64 streams: always integers, always
exact.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import assert_never

from simulation.bounds.range import Range
from simulation.bounds.ranges import partial_sum_peak
from simulation.fast import kernels as fast_kernels
from simulation.fast import neurons
from simulation.fast.conv import FLOAT32_EXACT, choose_convolution
from simulation.fast.rows import Fold, stream_dtype
from simulation.reference.engine import upsample_weights
from spiketrack.fixed_point import check_width, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import SpikeNeuron

Values = NDArray[Any]
Kernel = Callable[[Sequence[Values]], Values]
AFFINE_EXACT = 2.0**52


def node_kernel(
    node: s.SpikeNode,
    x: Sequence[Range],
    y: Range,
    shapes: Sequence[Shape],
    shape: Shape,
    *,
    int8: bool = True,
) -> Kernel:
    """The kernel of one node.

    Args:
        node: any node but an input.
        x: ranges of its inputs.
        y: range of its value.
        shapes: (T, C, H, W) of its inputs.
        shape: (T, C, H, W) of its value.
        int8: allow quantised library calls.
    """
    if isinstance(node, SpikeNeuron):
        return alone(neurons.neuron_kernel(node, x[0], y, shape))
    match node:
        case s.SpikeConv():
            kernel = conv_kernel(node, x[0], shapes[0], int8=int8)
            return checked(kernel, y, s.ACCUMULATOR_BITS, "accumulator of", node)
        case s.SpikeRescale():
            return checked(rescale_kernel(node, x[0], y, shape), y, node.bits, "stream", node)
        case s.SpikeBias():
            table = np.ascontiguousarray(node.table_q.transpose(0, 2, 3, 1)[:, None])
            table = table.astype(stream_dtype(y.peak))
            return checked(lambda v: as_stream(v[0], y) + table, y, node.bits, "stream", node)
        case s.SpikeAdd():
            return checked(lambda v: add(v, y), y, node.bits, "stream", node)
        case s.SpikeSumPool():
            return checked(pool_kernel(node, y, shape), y, node.bits, "stream", node)
        case s.SpikeUpsample():
            return checked(upsample_kernel(node, y, shape), y, node.bits, "stream", node)
        case s.SpikeMemoryWrite():
            return checked(write_kernel(node, y), y, s.ACCUMULATOR_BITS, "memory", node)
        case s.SpikeMemoryRead():
            read = read_kernel(y)
            return checked(
                lambda v: merge_heads(read(v), v[0]), y, s.ACCUMULATOR_BITS, "accumulator of", node
            )
        case s.SpikeGateMix():
            small = x[0].peak <= 255 and len(node.table_q) and int(node.table_q.max()) <= 1 << 16
            mixer = mix_small if small and shapes[0][0] <= 64 else mix
            return lambda v: mixer(node, v[0], v[1])
        case m.Repeat():
            return lambda v: np.repeat(v[0], node.n_steps, axis=0)
        case m.SelectStep():
            return lambda v: v[0][node.step : node.step + 1]
        case m.StackSteps():
            return lambda v: np.concatenate(v, axis=0)
        case m.PositionsToChannels():
            return lambda v: positions_to_channels(v[0])
        case m.Flatten():
            return lambda v: neurons.flatten(v[0])
        case m.Delay():
            return alone(neurons.delay_kernel(node, shape))
        case s.SpikeOutput():
            return lambda v: v[0]
        case s.SpikeInput():
            raise TypeError("an input has no kernel")
        case _:
            assert_never(node)


def alone(kernel: Callable[[Values], Values]) -> Kernel:
    """The kernel of a node with one input."""
    return lambda v: kernel(v[0])


def checked(kernel: Kernel, y: Range, bits: int, what: str, node: s.SpikeNode) -> Kernel:
    """Adds the reference's width check where the bound does not prove it."""
    if y.fits(bits):
        return kernel
    label = f"{what} '{node.name}'"
    return lambda v: check_width(kernel(v), bits, label)


def conv_kernel(node: s.SpikeConv, x: Range, shape: Shape, *, int8: bool) -> Kernel:
    """Accumulators (T, B, H', W', O) as floats that hold integers; `shape` is the input's."""
    peak = partial_sum_peak(node, x)
    low, high = float(x.low.min()), float(x.high.max())
    convolution = choose_convolution(node, low, high, peak, int8=int8)
    merge = per_row if is_dense(node, shape) else per_image
    return lambda v: merge(convolution, v[0])


def is_dense(node: s.SpikeConv, shape: Shape) -> bool:
    """Whether a layer joins all of one cell with all of another: (T, C, 1, 1) to (T, O, 1, 1)."""
    plain = node.stride == (1, 1) and node.padding == (0, 0)
    return plain and node.weight_q.shape[2:] == shape[2:] == (1, 1)


def per_row(convolution: Callable[[Values], Values], x: Values) -> Values:
    """Makes steps and batch the rows of one image, so that a dense layer is one matrix product."""
    y = convolution(np.ascontiguousarray(x).reshape(1, -1, 1, x.shape[-1]))
    return y.reshape(*x.shape[:4], -1)


def per_image(convolution: Callable[[Values], Values], x: Values) -> Values:
    """Merges steps and batch around a convolution."""
    y = convolution(np.ascontiguousarray(x).reshape(-1, *x.shape[2:]))
    return y.reshape(*x.shape[:2], *y.shape[1:])


def rescale_is_affine(node: s.SpikeRescale, x: Range, y: Range) -> bool:
    """Whether floor(x * gain + offset) in float64 rounds nothing."""
    multiplier, addend = exact_affine(node)
    peak = np.maximum(np.abs(x.low), np.abs(x.high))
    largest = float((peak * multiplier + np.abs(addend)).max())
    return largest < AFFINE_EXACT and y.peak < 2**31 - 1


def exact_affine(node: s.SpikeRescale) -> tuple[Values, Values]:
    """Float64 factors of y = floor((x * multiplier + addend) / 2**max(shift, 0))."""
    shift = node.shift_q.astype(np.float64)
    right = np.exp2(np.maximum(shift, 0.0))
    half = np.where(shift > 0, right / 2, 0.0)
    multiplier = node.multiplier_q * np.exp2(np.maximum(-shift, 0.0))
    return multiplier, half + node.bias_q.astype(np.float64) * right


def affine_parameters(node: s.SpikeRescale, fold: Fold) -> tuple[Values, Values]:
    """Gain and offset per element of a row."""
    right = np.exp2(np.maximum(node.shift_q.astype(np.float64), 0.0))
    multiplier, addend = exact_affine(node)
    return fold.spread(multiplier / right), fold.spread(addend / right)


def rescale_kernel(node: s.SpikeRescale, x: Range, y: Range, shape: Shape) -> Kernel:
    """Accumulator to stream."""
    if rescale_is_affine(node, x, y):
        fold = Fold.of(shape)
        gain, offset = affine_parameters(node, fold)

        def affine(v: Sequence[Values]) -> Values:
            out = np.empty(v[0].shape, np.int32)
            fast_kernels.affine(fold.rows(v[0]), gain, offset, fold.rows(out))
            return out

        return affine
    multiplier, shift = node.multiplier_q.astype(np.int64), node.shift_q.astype(np.int64)
    return lambda v: shift_round(v[0].astype(np.int64) * multiplier, shift) + node.bias_q


def as_stream(x: Values, y: Range) -> Values:
    """`x` in the dtype of a result with this range."""
    return x.astype(stream_dtype(y.peak), copy=False)


def add(values: Sequence[Values], y: Range) -> Values:
    """Sum of values of any dtype; partial sums may wrap, the proved result cannot."""
    total = as_stream(values[0], y)
    for value in values[1:]:
        total = total + as_stream(value, y)
    return total


def pool_kernel(node: s.SpikeSumPool, y: Range, shape: Shape) -> Kernel:
    """Sums over cells."""
    dtype = stream_dtype(y.peak)

    def pool(v: Sequence[Values]) -> Values:
        x = np.ascontiguousarray(v[0])
        t, b, _, _, c = x.shape
        out = np.empty((t * b, *shape[2:], c), dtype)
        fast_kernels.sum_pool(x.reshape(t * b, *x.shape[2:]), node.factor, out)
        return out.reshape(t, b, *shape[2:], c)

    return pool


def upsample_kernel(node: s.SpikeUpsample, y: Range, shape: Shape) -> Kernel:
    """Bilinear with integer weights."""
    dtype = stream_dtype(y.peak)
    phases = np.array(upsample_weights(node.factor), np.int64)
    lefts, weights = phases[:, 0].copy(), phases[:, 1:].astype(dtype)

    def upsample(v: Sequence[Values]) -> Values:
        x = np.ascontiguousarray(v[0].astype(dtype, copy=False))
        t, b, _, _, c = x.shape
        out = np.empty((t * b, *shape[2:], c), dtype)
        fast_kernels.upsample(x.reshape(t * b, *x.shape[2:]), lefts, weights, out)
        return out.reshape(t, b, *shape[2:], c)

    return upsample


def float_dtype(y: Range) -> torch.dtype:
    """The narrowest float that holds every partial sum of a product exactly."""
    return torch.float32 if y.peak < FLOAT32_EXACT else torch.float64


def by_head(x: Values, heads: int, dtype: torch.dtype) -> Tensor:
    """(T, B, H, W, C) to (T * B, heads, N, C/heads) floats."""
    t, b, h, w, c = x.shape
    split = np.ascontiguousarray(x).reshape(t * b, h * w, heads, c // heads)
    return torch.from_numpy(split).to(dtype).transpose(1, 2)


def write_kernel(node: s.SpikeMemoryWrite, y: Range) -> Kernel:
    """M = k^T v as (T, B, d_k, d_v, heads), a view of (T, B, heads, d_k, d_v)."""
    dtype = float_dtype(y)

    def write(v: Sequence[Values]) -> Values:
        k, value = (by_head(x, node.heads, dtype) for x in v)
        memory: Values = (k.transpose(-1, -2) @ value).numpy()
        return memory.reshape(*v[0].shape[:2], *memory.shape[1:]).transpose(0, 1, 3, 4, 2)

    return write


def read_kernel(y: Range) -> Kernel:
    """The product q M as (T * B, heads, N, d_v)."""
    dtype = float_dtype(y)

    def read(v: Sequence[Values]) -> Values:
        memory = v[1].transpose(0, 1, 4, 2, 3)
        heads = memory.shape[2]
        contents = np.ascontiguousarray(memory).reshape(-1, *memory.shape[2:])
        product = by_head(v[0], heads, dtype) @ torch.from_numpy(contents).to(dtype)
        result: Values = product.numpy()
        return result

    return read


def merge_heads(product: Values, q: Values) -> Values:
    """(T * B, heads, N, d_v) to (T, B, H, W, heads * d_v)."""
    _, heads, _, width = product.shape
    return product.swapaxes(1, 2).reshape(*q.shape[:4], heads * width)


def gate_weights(node: s.SpikeGateMix, logits: Values) -> NDArray[np.int64]:
    """E (T, B, C) of logits (T, B, C, 1, 1), as in the reference."""
    score = logits.astype(np.int64).reshape(*logits.shape[:2], -1)
    index = np.minimum((score.max(axis=0) - score) >> node.logit_shift, len(node.table_q) - 1)
    weights: NDArray[np.int64] = node.table_q[index].astype(np.int64)
    return weights


def mix_small(node: s.SpikeGateMix, x: Values, logits: Values) -> Values:
    """The gate on spikes (T, B, H, W, C), in one pass."""
    t, b, h, w, c = x.shape
    weight = gate_weights(node, logits).astype(np.float64)
    out = np.empty((1, b, h, w, c), np.int32)
    flat = np.ascontiguousarray(x).reshape(t, b, h * w, c)
    fast_kernels.gate_mix(flat, weight, 2.0**s.GATE_FRACTION_BITS, out.reshape(b, h * w, c))
    return out


def mix(node: s.SpikeGateMix, x: Values, logits: Values) -> Values:
    """The gate on anything."""
    weight = gate_weights(node, logits)[:, :, None, None]
    total = (x.astype(np.int64) * weight).sum(axis=0) << s.GATE_FRACTION_BITS
    mixed: Values = total // weight.sum(axis=0)
    return mixed[None]


def positions_to_channels(x: Values) -> Values:
    """(T, B, H, W, C) to (T, B, C, 1, H * W)."""
    t, b, h, w, c = x.shape
    return np.ascontiguousarray(x.reshape(t, b, h * w, c).swapaxes(2, 3))[:, :, :, None]
