"""Scores against the numbers of the benchmarks' own code."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spiketrack.evaluation import curves_of, mean_curves, score

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "evaluation_metrics.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))["cases"]
ONE_PASS = [case for case in CASES if case["rule"] != "got10k"]
OVERLAP = [case for case in CASES if case["rule"] == "got10k"]


def boxes(rows: list[list[float | None]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float64)


@pytest.mark.parametrize("case", ONE_PASS)
def test_curves_equal_those_of_the_authors_code(case: dict[str, Any]) -> None:
    found = curves_of(boxes(case["predicted"]), boxes(case["truth"]), case["in_view"], case["rule"])
    for name in ("success", "precision", "norm_precision"):
        assert getattr(found, name) == pytest.approx(case[name], abs=1e-6)


@pytest.mark.parametrize("case", OVERLAP)
def test_overlap_figures_equal_those_of_the_toolkit_of_got10k(case: dict[str, Any]) -> None:
    predicted, truth = boxes(case["predicted"]), boxes(case["truth"])
    found = curves_of(predicted, truth, case["in_view"], "got10k", (320, 240))
    assert found.overlaps == pytest.approx(case["overlaps"], abs=1e-6)
    figures = score(found)
    wanted = (case["ao"], case["sr50"], case["sr75"])
    assert (figures.ao, figures.sr50, figures.sr75) == pytest.approx(wanted, abs=1e-6)


def test_perfect_boxes_score_one_but_for_the_last_threshold() -> None:
    truth = np.array([[10.0, 10, 20, 20]] * 5)
    figures = score(curves_of(truth, truth))
    assert figures.auc == pytest.approx(20 / 21)
    assert (figures.precision, figures.norm_precision) == (1.0, 1.0)
    assert (figures.ao, figures.sr50, figures.sr75) == (1.0, 1.0, 1.0)


def test_a_box_that_is_none_is_a_miss_everywhere() -> None:
    truth = np.array([[10.0, 10, 20, 20]] * 5)
    predicted = truth.copy()
    predicted[2] = np.nan
    predicted[3] = [10, 10, -20, 20]
    figures = score(curves_of(predicted, truth))
    assert figures.precision == figures.norm_precision == pytest.approx(3 / 5)
    assert figures.ao == pytest.approx(2 / 4)


def test_every_sequence_counts_alike_in_curves_and_every_frame_in_overlaps() -> None:
    truth = np.array([[10.0, 10, 20, 20]] * 5)
    away = truth + [100, 0, 0, 0]
    found = score(mean_curves([curves_of(truth, truth), curves_of(away[:3], truth[:3])]))
    assert found.precision == pytest.approx((1 + 1 / 3) / 2)
    assert found.ao == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("predicted", "truth", "words"),
    [
        (np.ones((3, 4)), np.ones((4, 4)), "one shape"),
        (np.ones((1, 4)), np.ones((1, 4)), "N > 1"),
        (np.ones((3, 4)), [[1, 1, 2, 2], [np.nan] * 4, [1, 1, 0, 2]], "after the first"),
    ],
)
def test_boxes_that_cannot_be_scored_are_refused(predicted: Any, truth: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        curves_of(predicted, truth)


def test_view_flags_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="view flags"):
        curves_of(np.ones((3, 4)), np.ones((3, 4)), [True])


def test_the_mean_of_no_curves_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mean_curves([])
