"""Source boxes of target boxes: equal to what the nodes really read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.mapping.reach import AxisPath, Reach, cuts, extend, identity


@given(st.integers(1, 500), st.integers(1, 500))
def test_cuts_part_an_axis_evenly_and_without_gaps(size: int, parts: int) -> None:
    parts = min(size, parts)
    border = cuts(size, parts)
    lengths = np.diff(border)
    assert (border[0], border[-1]) == (0, size)
    assert lengths.min() >= 1
    assert lengths.max() - lengths.min() <= 1


@given(
    st.integers(1, 12), st.integers(1, 5), st.integers(1, 3), st.integers(0, 4), st.integers(1, 3),
    st.data(),
)  # fmt: skip
def test_a_window_holds_every_cell_a_convolution_reads(
    size: int, kernel: int, stride: int, padding: int, dilation: int, data: st.DataObject
) -> None:
    made = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    if made < 1:
        return
    first = data.draw(st.integers(0, made - 1))
    last = data.draw(st.integers(first, made - 1))
    reach = Reach(size=size, step=stride, start=-padding, extra=dilation * (kernel - 1))
    low, high = reach(np.array([first]), np.array([last]))
    read = {
        cell
        for out in range(first, last + 1)
        for tap in range(kernel)
        if 0 <= (cell := out * stride - padding + tap * dilation) < size
    }
    assert all(low[0] <= cell <= high[0] for cell in read)


@pytest.mark.parametrize(
    ("factor", "cell", "expected"),
    [
        (2, 0, (0, 0)),
        (2, 1, (0, 1)),
        (2, 2, (0, 1)),
        (2, 7, (3, 3)),
        (4, 5, (0, 1)),
        (4, 6, (1, 2)),
    ],
)
def test_bilinear_cells_read_their_two_neighbours(
    factor: int, cell: int, expected: tuple[int, int]
) -> None:
    reach = Reach(size=4, step=2, start=1 - factor, divisor=2 * factor, extra=1)
    low, high = reach(np.array([cell]), np.array([cell]))
    assert (int(low[0]), int(high[0])) == expected


def test_a_target_axis_drives_one_source_axis_only() -> None:
    paths = extend(identity((6, 1, 1)), ((0, None), (0, None), (None, None)), (3, 2, 1))
    assert [path.driver for path in paths] == [0, None, None]


def test_an_axis_without_a_driver_is_read_as_a_whole() -> None:
    low, high = AxisPath(7, None).intervals(np.array([2]), np.array([3]))
    assert (int(low[0]), int(high[0])) == (0, 6)
