"""The fast engine's guards, each at its very edge: what floats hold, strides, padding, the line."""

import math
from typing import Any

import numpy as np
import pytest

from simulation.fast.conv import (
    FLOAT32_EXACT,
    choose_convolution,
    is_ordinary,
    strides_agree,
    takes_int8,
)
from simulation.fast.engine import FastEngine
from simulation.fast.fit import fit_line
from simulation.fast.nodes import AFFINE_EXACT
from simulation.fast.rows import levels_for
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

Array = np.ndarray[Any, Any]


def conv(weight: Array, **geometry: Any) -> s.SpikeConv:
    return s.SpikeConv(
        name="c", inputs=("x",), weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)), **geometry,
    )  # fmt: skip


def tap_by_tap(node: s.SpikeConv, x: Array) -> Array:
    """A convolution of one image (H, W, C) in Python's own integers, one tap after the other."""
    height, width, _ = x.shape
    outputs, per_group, rows, columns = node.weight_q.shape
    shape = [
        (size + 2 * pad - spread * (kernel - 1) - 1) // stride + 1
        for size, pad, spread, kernel, stride in zip(
            (height, width), node.padding, node.dilation, (rows, columns), node.stride, strict=True
        )
    ]
    y = np.zeros((*shape, outputs), object)
    for row, column, out in np.ndindex(*y.shape):
        first = out // (outputs // node.groups) * per_group
        total = 0
        for channel, i, j in np.ndindex(per_group, rows, columns):
            r = row * node.stride[0] - node.padding[0] + i * node.dilation[0]
            c = column * node.stride[1] - node.padding[1] + j * node.dilation[1]
            if 0 <= r < height and 0 <= c < width:
                total += int(node.weight_q[out, channel, i, j]) * int(x[r, c, first + channel])
        y[row, column, out] = total
    return y


def test_the_bounds_are_the_last_integers_that_floats_hold_without_a_gap() -> None:
    for bound, kind in ((FLOAT32_EXACT, np.float32), (2 * AFFINE_EXACT, np.float64)):
        exact = int(bound)
        assert int(kind(exact)) == exact
        assert int(kind(exact - 1)) == exact - 1
        assert int(kind(exact + 1)) != exact + 1
    # A rescale adds half a step before it rounds down: one bit of the 53 is for that half.
    assert int(AFFINE_EXACT) == 2**53 // 2


@pytest.mark.parametrize("excess", [0, 1])
def test_a_sum_that_float32_cannot_hold_goes_to_float64(excess: int) -> None:
    node = conv(np.ones((1, 2, 1, 1)))
    x = np.array([2**24 - 1 + excess, 1], np.int64).reshape(1, 1, 1, 2)
    total = 2**24 + excess
    chosen = choose_convolution(node, 0, 2**24, float(total))
    assert int(chosen(x).item()) == total


def test_thresholds_beyond_what_potentials_reach_are_clipped_where_floats_are_exact() -> None:
    far = np.array([[-(2**60), 5, 2**60]])
    for kind, limit in ((np.float32, 2**24), (np.float64, 2**53), (np.int32, 2**31 - 1)):
        assert levels_for(far, np.dtype(kind)).ravel().tolist() == [-limit, 5, limit]


@pytest.mark.parametrize(
    ("kernel", "padding", "dilation", "ordinary"),
    [
        ((3, 3), (1, 1), (1, 1), True),
        ((7, 7), (3, 3), (1, 1), True),
        ((1, 1), (0, 0), (1, 1), True),
        ((2, 2), (1, 1), (1, 1), False),  # a whole row of the kernel lies in the padding
        ((4, 4), (2, 2), (1, 1), False),
        ((3, 3), (2, 2), (1, 1), False),
        ((3, 5), (1, 2), (1, 1), True),
        ((3, 5), (2, 2), (1, 1), False),
        ((5, 3), (2, 2), (1, 1), False),
        ((3, 3), (1, 1), (2, 1), False),
        ((1, 1), (1, 0), (1, 1), False),
    ],
)
def test_padding_of_half_a_kernel_is_not_left_to_the_library(
    kernel: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int], ordinary: bool
) -> None:
    rng = np.random.default_rng(sum(kernel) + sum(padding))
    node = conv(rng.integers(-128, 128, (2, 3, *kernel)), padding=padding, dilation=dilation)
    assert is_ordinary(node) is ordinary
    assert not (takes_int8(node, 0, 4) and not ordinary)
    x = rng.integers(0, 5, (1, 6, 5, 3)).astype(np.uint8)
    expected = tap_by_tap(node, x[0])
    assert np.array_equal(choose_convolution(node, 0, 4, 1e5)(x)[0], expected.astype(np.int64))


@pytest.mark.parametrize("stride", [(1, 2), (2, 1), (2, 2), (1, 3)])
def test_strides_that_differ_go_another_way(stride: tuple[int, int]) -> None:
    rng = np.random.default_rng(stride[0] + 3 * stride[1])
    node = conv(rng.integers(-128, 128, (4, 1, 3, 3)), stride=stride, padding=(1, 1), groups=4)
    assert strides_agree(node) is (stride[0] == stride[1])
    assert not (takes_int8(node, 0, 4) and not strides_agree(node))
    for width in (1, 2, 7):  # outputs one column wide were where the library erred
        x = rng.integers(0, 5, (1, 9, width, 4)).astype(np.uint8)
        expected = tap_by_tap(node, x[0]).astype(np.int64)
        assert np.array_equal(choose_convolution(node, 0, 4, 1e5)(x)[0], expected), width


def fitted(thresholds: list[int], reach: int) -> Any:
    theta = np.array([thresholds], np.int64)
    return fit_line(theta, np.array([-float(reach)]), np.array([float(reach)]))


def test_a_line_through_ties_is_refused() -> None:
    # The best line has steps of 8 and passes 0, 7 and 16 half a unit off: -1 and 15 land on ties,
    # which one library rounds down and another up.
    scale, bias = 1 / 8, 0.625
    assert [one * scale + bias for one in (-1, 7, 15)] == [0.5, 1.5, 2.5]
    assert fitted([0, 7, 16], 40) is None


@pytest.mark.parametrize(("step", "kept"), [(2**10, True), (2**16, True), (2**18, False)])
def test_a_line_keeps_several_roundings_of_float32_away_from_ties(step: int, kept: bool) -> None:
    # A quarter of a unit is left, that is 1 / (4 step). Of values up to 2.5 and a bias of 0.5 a
    # product and a sum in float32 err by some 4 to 8 units of 2**-24; 2**-18 is 64 of them, and
    # 2**-20 only 16, within the fourfold safety that the file promises.
    line = fitted([0, step, 2 * step + 1], 4 * step)
    assert (line is not None) is kept
    if line is not None:
        for threshold in (0, step, 2 * step + 1):
            for accumulator in (threshold - 1, threshold):
                real = accumulator * float(line.scale[0]) + float(line.bias[0])
                assert abs(real - math.floor(real) - 0.5) > 2.0**-20


def test_a_convolution_of_any_geometry_runs_in_the_engine_as_tap_by_tap() -> None:
    rng = np.random.default_rng(11)
    cases: list[dict[str, Any]] = [
        {"stride": (2, 1), "padding": (1, 1)},
        {"stride": (1, 2), "padding": (2, 0), "dilation": (1, 2)},
        {"padding": (2, 2)},
        {"stride": (3, 3), "padding": (1, 2)},
    ]
    for geometry in cases:
        node = conv(rng.integers(-128, 128, (4, 2, 3, 3)), groups=2, **geometry)
        source = s.SpikeInput(
            name="x", shape=(1, 4, 8, 7), signal="spikes", low=0, high=4, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        )  # fmt: skip
        out = s.SpikeOutput(name="y", inputs=("c",), scale=np.ones(1), bias=np.zeros(1))
        x = rng.integers(0, 5, (1, 1, 4, 8, 7))
        found = FastEngine(Graph("g", (source, node, out))).run({"x": x}).outputs["y"]
        expected = tap_by_tap(node, x[0, 0].transpose(1, 2, 0)).astype(np.int64)
        assert np.array_equal(found[0, 0].transpose(1, 2, 0), expected), geometry
