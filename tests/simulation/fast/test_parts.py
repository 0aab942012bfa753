"""Parts of the fast engine: bounds, the line through thresholds, exact convolutions."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulation.bounds.range import constant
from simulation.bounds.ranges import conv_range, partial_sum_peak
from simulation.fast.conv import (
    FloatConvolution,
    Int8Convolution,
    SplitSignConvolution,
    choose_convolution,
    int8_is_exact,
)
from simulation.fast.fit import fit_line
from simulation.fast.nodes import is_dense, node_kernel
from simulation.fast.rows import Fold, spike_dtype
from spiketrack.graph.spike_nodes import SpikeConv, SpikeInput

needs_int8 = pytest.mark.skipif(not int8_is_exact(255), reason="no exact int8 convolution here")


def conv(weight: NDArray[Any], **geometry: Any) -> SpikeConv:
    return SpikeConv(
        name="c",
        inputs=("x",),
        weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)),
        **geometry,
    )


def test_the_worst_accumulator_is_reached() -> None:
    node = conv(np.array([3, -5, 2]).reshape(1, 3, 1, 1))
    bound = conv_range(node, constant(0, 4))
    assert (bound.low.tolist(), bound.high.tolist()) == ([-5.0 * 4], [(3.0 + 2.0) * 4])
    assert partial_sum_peak(node, constant(-7, 4)) == (3 + 5 + 2) * 7


@given(
    st.floats(0.3, 5000.0),
    st.floats(-3000.0, 3000.0),
    st.integers(1, 7),
    st.integers(1, 20000),
)
def test_a_line_gives_the_very_spikes_of_the_thresholds(
    step: float, origin: float, levels: int, reach: int
) -> None:
    theta = np.ceil(origin + step * (np.arange(levels) + 0.5)).astype(np.int64)[None]
    line = fit_line(theta, np.array([-float(reach)]), np.array([float(reach)]))
    if line is None:
        return
    acc = np.arange(-reach, reach + 1)
    real = acc.astype(np.float32) * line.scale + line.bias
    expected = (acc[:, None] >= theta).sum(axis=1)
    assert np.array_equal(np.rint(np.clip(real, 0, levels)), expected)


def test_a_line_exists_for_evenly_spaced_thresholds() -> None:
    theta = np.array([[350, 1050, 1750, 2450], [1, 2, 3, 4]], np.int64)
    assert fit_line(theta, np.full(2, -9000.0), np.full(2, 9000.0)) is not None


def test_no_line_exists_for_uneven_thresholds() -> None:
    theta = np.array([[0, 10, 1000, 1010]], np.int64)
    assert fit_line(theta, np.array([-5000.0]), np.array([5000.0])) is None


@needs_int8
@pytest.mark.parametrize(
    ("inputs", "outputs", "kernel", "stride", "groups"),
    [(16, 33, 1, 1, 1), (3, 16, 7, 2, 1), (64, 64, 7, 1, 64), (24, 12, 3, 1, 4), (512, 8, 3, 1, 1)],
)
def test_int8_equals_float64(
    inputs: int, outputs: int, kernel: int, stride: int, groups: int
) -> None:
    rng = np.random.default_rng(inputs)
    weight = rng.integers(-128, 128, (outputs, inputs // groups, kernel, kernel))
    node = conv(weight, stride=(stride,) * 2, padding=(kernel // 2,) * 2, groups=groups)
    x = rng.integers(0, 5, (2, 9, 10, inputs)).astype(np.uint8)
    expected = FloatConvolution(node, torch.float64)(x)
    assert np.array_equal(Int8Convolution(node)(x), expected)
    assert np.array_equal(FloatConvolution(node, torch.float32)(x), expected)


@needs_int8
def test_signed_pixels_go_as_two_parts() -> None:
    rng = np.random.default_rng(2)
    node = conv(rng.integers(-127, 128, (16, 3, 7, 7)), stride=(2, 2), padding=(3, 3))
    x = rng.integers(-124, 152, (1, 32, 32, 3)).astype(np.int32)
    chosen = choose_convolution(node, -124, 151, 3 * 49 * 127 * 151.0)
    assert isinstance(chosen, SplitSignConvolution)
    assert np.array_equal(chosen(x), FloatConvolution(node, torch.float64)(x))


def test_sums_beyond_24_bits_take_float64() -> None:
    node = conv(np.full((1, 1, 1, 1), 127))
    chosen = choose_convolution(node, 0, 2**24, 127.0 * 2**24)
    assert chosen(np.full((1, 1, 1, 1), 2**24 - 1)).item() == 127 * (2**24 - 1)


def test_kernels_wholly_in_the_padding_are_exact() -> None:
    rng = np.random.default_rng(3)
    weight = rng.integers(-128, 128, (3, 2, 3, 1))
    node = conv(weight, stride=(2, 2), padding=(1, 1), dilation=(2, 2))
    x = rng.integers(0, 5, (3, 3, 1, 2)).astype(np.uint8)
    expected = FloatConvolution(node, torch.float64)(x)
    assert np.array_equal(choose_convolution(node, 0, 4, 1e4)(x), expected)


def test_rows_hold_whole_pixels() -> None:
    fold = Fold.of((1, 48, 6, 6))
    assert (fold.channels, fold.repeat) == (48, 18)
    assert fold.spread(np.arange(48)[None]).shape == (1, 48 * 18)


def test_an_input_has_no_kernel() -> None:
    node = SpikeInput(
        name="x",
        shape=(1, 1, 1, 1),
        signal="spikes",
        low=0,
        high=1,
        scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )
    with pytest.raises(TypeError, match="an input has no kernel"):
        node_kernel(node, [], constant(0, 1), [], (1, 1, 1, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int32])
def test_a_dense_layer_over_many_steps_is_one_product(dtype: type[np.generic]) -> None:
    rng = np.random.default_rng(4)
    weight = rng.integers(-127, 128, (5, 7))
    node = conv(weight[:, :, None, None])
    x = rng.integers(0, 5, (40, 2, 1, 1, 7)).astype(dtype)
    shapes = [(40, 7, 1, 1)]
    assert is_dense(node, shapes[0])
    kernel = node_kernel(node, [constant(0, 4)], constant(-9999, 9999), shapes, (40, 5, 1, 1))
    expected = x[:, :, 0, 0].astype(np.int64) @ weight.T
    assert np.array_equal(kernel([x])[:, :, 0, 0], expected)


def test_only_layers_of_one_cell_without_border_are_dense() -> None:
    plain, strided = conv(np.ones((1, 1, 1, 1))), conv(np.ones((1, 1, 1, 1)), stride=(2, 1))
    assert not is_dense(plain, (1, 1, 1, 2))
    assert not is_dense(strided, (1, 1, 1, 1))
    assert not is_dense(conv(np.ones((1, 1, 1, 1)), padding=(1, 0)), (1, 1, 1, 1))


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [(0, 255, np.uint8), (0, 256, np.int32), (-1, 3, np.int32), (0, 2**31, np.int64)],
)
def test_graded_spikes_take_the_narrowest_type_that_holds_them(
    low: int, high: int, dtype: type[np.generic]
) -> None:
    assert spike_dtype(constant(low, high)) is dtype
