"""Success and precision on boxes small enough to count by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from spiketrack.tracking.metrics import precision_at_20, success_auc

Measure = Callable[[Any, Any], float]

_TRUE = [[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0]]


def test_perfect_boxes_give_20_of_21_thresholds() -> None:
    assert success_auc(_TRUE, _TRUE) == pytest.approx(20 / 21)


def test_success_is_the_mean_over_frames_and_thresholds() -> None:
    # IoU 0.5 is above 0, 0.05 ... 0.45: ten thresholds; IoU 0 is above none.
    assert success_auc([[0, 0, 5, 10], [50, 0, 5, 5]], _TRUE) == pytest.approx((10 + 0) / (2 * 21))


def test_precision_counts_centres_up_to_20_pixels() -> None:
    assert precision_at_20([[12, 16, 10, 10], [12, 17, 10, 10]], _TRUE) == 1 / 2


def test_arrays_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="needed two of one shape"):
        success_auc([[0, 0, 1, 1]], _TRUE)
    with pytest.raises(ValueError, match="needed two of one shape"):
        precision_at_20([], [])


_NAN = float("nan")


@pytest.mark.parametrize("absent", [[_NAN] * 4, [0, 0, 0, 0], [5, 5, 0, 9], [1, 2, 3, _NAN]])
def test_frames_without_a_true_box_are_left_out(absent: list[float]) -> None:
    truth, guesses = [*_TRUE, absent, absent], [*_TRUE, _TRUE[0], [_NAN] * 4]
    assert success_auc(guesses, truth) == pytest.approx(20 / 21)
    assert precision_at_20(guesses, truth) == 1.0
    # A miss among the visible frames weighs as if the others were not there.
    guesses[0] = [500, 500, 10, 10]
    assert success_auc(guesses, truth) == pytest.approx(20 / 21 / 2)
    assert precision_at_20(guesses, truth) == 1 / 2


@pytest.mark.parametrize("wrong", [[_NAN] * 4, [0, 0, float("inf"), 10], [10, 10, -10, -10]])
def test_a_prediction_that_is_no_box_is_a_miss(wrong: list[float]) -> None:
    assert success_auc([_TRUE[0], wrong], _TRUE) == pytest.approx(20 / 21 / 2)
    assert precision_at_20([_TRUE[0], wrong], _TRUE) == 1 / 2


def test_a_prediction_of_no_area_misses_the_overlap_and_keeps_its_centre() -> None:
    assert success_auc([[5, 5, 0, 0]] * 2, _TRUE) == 0.0
    assert precision_at_20([[5, 5, 0, 0]] * 2, _TRUE) == 1.0


@pytest.mark.parametrize("measure", [success_auc, precision_at_20])
def test_truth_that_is_no_box_or_never_there_is_refused(measure: Measure) -> None:
    with pytest.raises(ValueError, match="true boxes: needed a frame with a target in it, found 2"):
        measure(_TRUE, [[_NAN] * 4, [0, 0, 0, 0]])
    for wrong in ([0, 0, -1, 5], [float("inf"), 0, 1, 1]):
        with pytest.raises(ValueError, match="true box of frame 1: needed finite numbers"):
            measure(_TRUE, [_TRUE[0], wrong])
    for unlike in ([], [[0, 0, 1, 1]], [[0, 0, 1]] * 2):
        with pytest.raises(ValueError, match="needed two of one shape"):
            measure(unlike, _TRUE)
