"""Fan-out maps, against hand counts and against a direct walk over taps."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spiketrack.graph.fanout import axis_classes, conv_fanout
from spiketrack.graph.float_nodes import FloatConv
from spiketrack.graph.shapes import conv_output_size
from spiketrack.graph.spike_nodes import SpikeConv


def ones_conv(out_channels: int, in_channels: int, kernel: int, **geometry: Any) -> FloatConv:
    weight = np.ones((out_channels, in_channels, kernel, kernel))
    return FloatConv(
        name="c", inputs=("x",), weight=weight, bias=np.zeros(out_channels), **geometry
    )


def test_a_3x3_convolution_with_padding_parts_each_axis_into_first_last_and_the_rest() -> None:
    classes = axis_classes(5, kernel=3, stride=1, padding=1, dilation=1)
    found = [classes.taps[i].tolist() for i in classes.index]
    # Cell y meets tap i at output y + 1 - i: the first cell misses tap 2, the last one tap 0.
    inside = [True, True, True]
    assert found == [[True, True, False], inside, inside, inside, [False, True, True]]
    assert sorted(classes.sizes.tolist()) == [1, 1, 3]


def test_cells_in_order_of_class_lie_between_the_bounds() -> None:
    classes = axis_classes(6, kernel=3, stride=2, padding=1, dilation=1)
    for r in range(classes.n_classes):
        cells = classes.order[classes.bounds[r] : classes.bounds[r + 1]]
        assert (classes.index[cells] == r).all()
        assert len(cells) == classes.sizes[r]


def test_macs_inside_borders_of_a_3x3_convolution_on_4x4_are_100_per_channel_pair() -> None:
    fanout = conv_fanout(ones_conv(2, 3, 3, padding=(1, 1)), (1, 3, 4, 4))
    # Each axis has 3*4 - 2 = 10 taps inside; 10 * 10 per pair of the 2 * 3 channels.
    assert fanout.macs() == 100 * 2 * 3


def test_a_1x1_convolution_has_one_class_and_meets_every_output_channel() -> None:
    fanout = conv_fanout(ones_conv(7, 2, 1), (1, 2, 8, 8))
    assert fanout.all_weights.tolist() == [[[7, 7]]]


def test_zero_weights_are_left_out_of_the_non_zero_map_only() -> None:
    weight = np.array([[[[0]], [[3]]], [[[5]], [[-1]]]], np.int8)
    node = SpikeConv(name="c", inputs=("x",), weight_q=weight, weight_scale=np.ones(2))
    fanout = conv_fanout(node, (1, 2, 3, 3))
    assert fanout.all_weights.tolist() == [[[2, 2]]]
    assert fanout.non_zero.tolist() == [[[1, 2]]]
    assert (fanout.macs(), fanout.macs(zero_weights=False)) == (9 * 4, 9 * 3)


def test_a_depthwise_convolution_meets_one_output_channel_per_tap() -> None:
    fanout = conv_fanout(ones_conv(4, 1, 3, padding=(1, 1), groups=4), (1, 4, 5, 5))
    assert fanout.all_weights.max() == 9


def test_cells_that_a_stride_skips_meet_no_weight() -> None:
    fanout = conv_fanout(ones_conv(1, 1, 1, stride=(2, 2)), (1, 1, 4, 4))
    assert fanout.macs() == 4
    assert int(fanout.cells[(fanout.all_weights == 0)[..., 0]].sum()) == 12


def test_rows_and_columns_have_a_geometry_of_their_own() -> None:
    geometry: dict[str, Any] = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)}
    node = SpikeConv(
        name="c", inputs=("x",), weight_q=np.ones((4, 1, 3, 2), np.int8), weight_scale=np.ones(4),
        groups=2, **geometry,
    )  # fmt: skip
    fanout = conv_fanout(node, (1, 2, 4, 4))
    # Output rows start at -1 and 1: 2 + 3 taps inside. Output columns 0, 1 see 2 taps each, all
    # inside. 4 output channels read one input channel each.
    assert fanout.macs() == (2 + 3) * (2 + 2) * 4
    assert fanout.rows.n_classes == 3 and fanout.columns.n_classes == 2
    assert fanout.all_weights.max() == 2 * 1 * 2  # two rows of taps, one column, two outputs


@given(
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
def test_taps_of_every_cell_equal_a_walk_over_outputs(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    outputs = conv_output_size(size, kernel, stride, padding, dilation)
    expected = np.zeros((size, kernel), bool)
    for output in range(outputs):
        for tap in range(kernel):
            cell = output * stride - padding + tap * dilation
            if 0 <= cell < size:
                expected[cell, tap] = True
    classes = axis_classes(size, kernel, stride, padding, dilation)
    assert (classes.taps[classes.index] == expected).all()
