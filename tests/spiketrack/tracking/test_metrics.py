"""Success and precision on boxes small enough to count by hand."""

import pytest

from spiketrack.tracking.metrics import precision_at_20, success_auc

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
