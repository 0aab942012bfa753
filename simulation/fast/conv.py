"""Convolves integers exactly, on channels-last arrays, by the fastest call that is proved exact.

Three ways, chosen per layer when an engine is built:
- int8: oneDNN's quantised convolution with unit scales. uint8 spikes times int8 weights accumulate
  in int32 and leave as float32 (exact below 2**24), or at once as spikes when `fast_fit` proves a
  line for the thresholds.
- float32, exact while sum |weight| * max |input| stays below 2**24.
- float64, exact below 2**53, for anything else, and where the strides of the axes differ.

Why the trial: the names and the exactness of oneDNN's calls depend on the version of torch and on
the processor (without VNNI, pairs of products saturate at 16 bits). So the int8 way is tried once
against float64 with the largest values a layer can see, and not used if one number differs.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from simulation.fast import kernels as fast_kernels
from simulation.fast.fit import Line
from spiketrack.graph.checks import Pair
from spiketrack.graph.spike_nodes import SpikeConv

Values = NDArray[Any]
Convolution = Callable[[Values], Values]
FLOAT32_EXACT = 2.0**24
NAMES = ("qconv2d_pointwise", "qconv_pointwise")


class Int8Convolution:
    """uint8 (M, H, W, C) -> float32 accumulators or uint8 spikes (M, H', W', O)."""

    def __init__(self, node: SpikeConv, line: Line | None = None, max_spike: int = 0) -> None:
        """`line` makes it emit spikes 0..max_spike; without it, accumulators leave."""
        outputs = len(node.weight_q)
        self._scale = torch.ones(outputs) if line is None else torch.from_numpy(line.scale.copy())
        self._bias = None if line is None else torch.from_numpy(line.bias.copy())
        self._zero = torch.zeros(outputs, dtype=torch.int64)
        stride, padding, dilation = map(list, (node.stride, node.padding, node.dilation))
        self._geometry = (stride, padding, dilation, node.groups)
        self._tail: tuple[Any, ...] = (1.0, 0, torch.float32, "none", [], "")
        if line is not None:
            self._tail = (1.0, 0, torch.uint8, "hardtanh", [0.0, float(max_spike)], "")
        self._call = _int8_call()
        self._raw_weight = torch.from_numpy(node.weight_q.copy())
        self._packed: dict[torch.Size, Tensor] = {}

    def _weight(self, shape: torch.Size) -> Tensor:
        """Weights in the library's own order.

        Why per shape: prepared without a shape, 1x1 layers run 20 times slower.
        """
        if shape not in self._packed:
            pack = _library().qconv_prepack
            geometry = (*self._geometry, list(shape))
            self._packed[shape] = pack(self._raw_weight, self._scale, 1.0, 0, *geometry)
        return self._packed[shape]

    def __call__(self, x: Values) -> Values:
        """Convolves channels-last integers of any type that are proved to lie in 0..255."""
        q = torch.from_numpy(x.astype(np.uint8, copy=False)).permute(0, 3, 1, 2)
        y: Tensor = self._call(
            q,
            1.0,
            0,
            self._weight(q.shape),
            self._scale,
            self._zero,
            self._bias,
            *self._geometry,
            *self._tail,
        )
        return _channels_last(y)


class FloatConvolution:
    """Integers (M, H, W, C) of any type -> float accumulators (M, H', W', O)."""

    def __init__(self, node: SpikeConv, dtype: torch.dtype) -> None:
        """`dtype` must hold every partial sum exactly."""
        self._dtype = dtype
        weight = torch.from_numpy(node.weight_q.copy()).to(dtype)
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        ordinary, (rows, columns) = is_ordinary(node), node.padding
        self._border = [] if ordinary else [columns, columns, rows, rows]
        padding = node.padding if ordinary else (0, 0)
        self._geometry = (node.stride, padding, node.dilation, node.groups)

    def __call__(self, x: Values) -> Values:
        """Convolves channels-last integers."""
        value = torch.from_numpy(x).to(self._dtype).permute(0, 3, 1, 2)
        if any(self._border):
            value = functional.pad(value, self._border)
        # Why: NNPACK may transform to another domain, where sums of integers are not exact.
        with torch.backends.nnpack.flags(enabled=False):
            y = functional.conv2d(value, self._weight, None, *self._geometry)
        return _channels_last(y)


class SplitSignConvolution:
    """Signed integers in -255..255 by the int8 way: positive and negative parts as channels."""

    def __init__(self, node: SpikeConv) -> None:
        """For one group and weights above -128."""
        weight = np.concatenate([node.weight_q, -node.weight_q], axis=1)
        doubled = SpikeConv(
            name=node.name,
            inputs=node.inputs,
            weight_q=weight,
            weight_scale=node.weight_scale,
            stride=node.stride,
            padding=node.padding,
            dilation=node.dilation,
        )
        self._convolution = Int8Convolution(doubled)

    def __call__(self, x: Values) -> Values:
        """Convolves channels-last signed integers."""
        channels = x.shape[-1]
        parts = np.empty((*x.shape[:-1], 2 * channels), np.uint8)
        fast_kernels.split_sign(x.reshape(-1, channels), parts.reshape(-1, 2 * channels))
        return self._convolution(parts)


def choose_convolution(
    node: SpikeConv, low: float, high: float, partial_sum: float, *, int8: bool = True
) -> Convolution:
    """The fastest exact convolution for inputs in low..high.

    Args:
        node: the synapses.
        low: smallest input.
        high: largest input.
        partial_sum: bound on every partial sum.
        int8: allow oneDNN's quantised calls.
    """
    if partial_sum >= FLOAT32_EXACT or not strides_agree(node):
        return FloatConvolution(node, torch.float64)
    if int8 and takes_int8(node, low, high):
        return Int8Convolution(node)
    splits = node.groups == 1 and int(node.weight_q.min()) > -128
    if int8 and splits and -255 <= low < 0 and takes_int8(node, 0, max(-low, high)):
        return SplitSignConvolution(node)
    return FloatConvolution(node, torch.float32)


def takes_int8(node: SpikeConv, low: float, high: float) -> bool:
    """Whether the int8 way takes this layer with inputs in low..high."""
    fits = is_ordinary(node) and strides_agree(node)
    return fits and low >= 0 and high <= 255 and int8_is_exact(int(high))


def strides_agree(node: SpikeConv) -> bool:
    """Whether rows and columns have one stride.

    Why: with one channel per group, a smaller stride along rows and outputs one column wide, oneDNN
    3.3 steps along rows as along columns, in int8 and in float32. torch's own float64 does not.
    """
    return node.stride[0] == node.stride[1]


def is_ordinary(node: SpikeConv) -> bool:
    """Whether, on both axes, the padding is less than half the kernel, which is not dilated.

    Why: oneDNN 3.3 reads out of bounds where a whole row of a kernel can lie in the padding.
    """
    axes = zip(node.padding, node.weight_q.shape[2:], strict=True)
    return node.dilation == (1, 1) and all(2 * padding < kernel for padding, kernel in axes)


@lru_cache(maxsize=16)
def int8_is_exact(max_input: int) -> bool:
    """Whether, on this machine, the int8 way equals float64 for inputs up to `max_input`."""
    try:
        _int8_call()
        return all(_trial(max_input, *case) for case in _TRIALS)
    except (AttributeError, RuntimeError, TypeError):
        return False


# Inputs, outputs, kernel, stride, groups.
_TRIALS: tuple[tuple[int, int, Pair, Pair, int], ...] = (
    (16, 32, (1, 1), (1, 1), 1),
    (3, 8, (7, 7), (2, 2), 1),
    (32, 32, (3, 3), (1, 1), 32),
    (8, 16, (3, 3), (1, 1), 1),
    (8, 16, (3, 5), (2, 2), 2),
)


def _trial(
    max_input: int, inputs: int, outputs: int, kernel: Pair, stride: Pair, groups: int
) -> bool:
    """One small convolution with the largest values and random ones, once to each output."""
    rng = np.random.default_rng(inputs * kernel[0])
    weight = rng.integers(-128, 128, (outputs, inputs // groups, *kernel)).astype(np.int8)
    weight[0], weight[1] = 127, -128
    x = rng.integers(0, max_input + 1, (1, 9, 9, inputs)).astype(np.uint8)
    x[:, 2:7] = max_input
    node = SpikeConv(
        name="trial",
        inputs=("x",),
        weight_q=weight,
        weight_scale=np.ones(outputs),
        stride=stride,
        padding=(kernel[0] // 2, kernel[1] // 2),
        groups=groups,
    )
    expected = FloatConvolution(node, torch.float64)(x)
    if not np.array_equal(Int8Convolution(node)(x), expected):
        return False
    scale = rng.uniform(0.001, 0.01, outputs).astype(np.float32)
    line = Line(scale, rng.uniform(-2, 4, outputs).astype(np.float32))
    real = np.clip(expected * scale.astype(np.float64) + line.bias.astype(np.float64), 0, 4)
    spikes = Int8Convolution(node, line, 4)(x)
    # Why the mask: next to a tie float32 may round either way; lines in use stay away from ties.
    clear = np.abs(real - np.floor(real) - 0.5) > 2.0**-16
    return bool((spikes == np.rint(real))[clear].all())


@lru_cache(maxsize=1)
def _int8_call() -> Callable[..., Tensor]:
    """The quantised convolution under the name this version of torch gives it."""
    for name in NAMES:
        call: Callable[..., Tensor] | None = getattr(_library(), name, None)
        if call is not None:
            overload: Callable[..., Tensor] = getattr(call, "default", call)
            return overload
    raise AttributeError("torch.ops.onednn has no quantised convolution")


def _library() -> Any:
    """Torch's door to oneDNN; a missing operator is an AttributeError."""
    return vars(torch)["ops"].onednn


def _channels_last(y: Tensor) -> Values:
    result: Values = np.ascontiguousarray(y.permute(0, 2, 3, 1).numpy())
    return result
