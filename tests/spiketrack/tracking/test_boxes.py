"""Boxes: reading, checking, clipping, overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketrack.errors import BoxError
from spiketrack.tracking.boxes import Box, check_box, clip_box, iou, parse_box

_NUMBER = st.floats(-2000, 2000)
_SIDE = st.floats(0.1, 2000)
_BOX = st.builds(Box, _NUMBER, _NUMBER, _SIDE, _SIDE)


def test_a_box_is_read_from_four_numbers() -> None:
    assert parse_box("877,464, 40 ,74.5") == Box(877.0, 464.0, 40.0, 74.5)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4"])
def test_a_malformed_box_is_refused(text: str) -> None:
    with pytest.raises(BoxError, match="needed four numbers x,y,w,h"):
        parse_box(text)


@pytest.mark.parametrize("text", ["nan,0,1,1", "0,0,inf,1", "0,-inf,1,1"])
def test_a_box_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(BoxError, match="needed finite numbers"):
        parse_box(text)


@pytest.mark.parametrize("box", [Box(5, 5, 0, 4), Box(5, 5, 4, -1)])
def test_a_box_without_area_is_refused_with_box_and_frame(box: Box) -> None:
    with pytest.raises(BoxError, match=r"box 5,5,.* in a frame of 100x50: needed .* above 0"):
        check_box(box, 100, 50)


@pytest.mark.parametrize(
    "box", [Box(100, 5, 4, 4), Box(5, 50, 4, 4), Box(-4, 5, 4, 4), Box(5, -4, 4, 4)]
)
def test_a_box_that_only_touches_the_frame_is_outside(box: Box) -> None:
    with pytest.raises(BoxError, match="needed overlap with the frame of 100x50, found none"):
        check_box(box, 100, 50)


def test_a_box_made_of_nan_is_refused_by_the_check_too() -> None:
    with pytest.raises(BoxError, match="nan or infinity"):
        check_box(Box(float("nan"), 0, 1, 1), 100, 50)


@pytest.mark.parametrize("box", [Box(99.5, 5, 4, 4), Box(-3.5, 5, 4, 4), Box(0, 0, 100, 50)])
def test_a_box_partly_inside_is_accepted(box: Box) -> None:
    check_box(box, 100, 50)


def test_clipping_cuts_at_the_border_and_keeps_the_margin() -> None:
    # x: -5..15 becomes 0..15; y: 45..70 becomes min(45, 50 - 10) = 40 .. 50.
    assert clip_box(Box(-5, 45, 20, 25), 100, 50, 10.0) == Box(0.0, 40.0, 15.0, 10.0)


@given(_BOX)
def test_a_clipped_box_lies_in_the_frame(box: Box) -> None:
    clipped = clip_box(box, 640, 480, 10.0)
    assert clipped.x >= 0 and clipped.y >= 0 and min(clipped.w, clipped.h) >= 10
    assert clipped.x + clipped.w <= 640 + 1e-9 and clipped.y + clipped.h <= 480 + 1e-9


def test_overlap_of_two_shifted_squares_is_a_third() -> None:
    # Overlap 2 x 1 = 2, union 4 + 4 - 2 = 6.
    assert iou(Box(0, 0, 2, 2), Box(0, 1, 2, 2)) == 2 / 6


def test_two_empty_boxes_overlap_by_zero() -> None:
    assert iou(Box(1, 1, 0, 0), Box(1, 1, 0, 0)) == 0.0


@given(_BOX, _BOX)
def test_overlap_is_symmetric_and_between_0_and_1(a: Box, b: Box) -> None:
    assert iou(a, b) == pytest.approx(iou(b, a), abs=1e-12)
    assert 0.0 <= iou(a, b) <= 1.0


@given(_BOX)
def test_a_box_overlaps_itself_fully(box: Box) -> None:
    assert iou(box, box) == pytest.approx(1.0)
