"""Boxes drawn by hand on real videos, and the scores against them."""

from pathlib import Path

import numpy as np
import pytest

from spiketrack.tracking import Box, make_synthetic_video
from spiketrack.training.evaluate import Stationary
from tests.evidence.real_video import (
    BOXES,
    contact_sheet,
    follow,
    hand_drawn,
    lost_at,
    score,
    table,
)

HERE, AWAY = Box(10.0, 10.0, 20.0, 20.0), Box(200.0, 10.0, 20.0, 20.0)
TRUTH = {0: HERE, 10: HERE, 20: HERE, 30: HERE}


@pytest.mark.parametrize("file", sorted(BOXES.iterdir()), ids=lambda path: path.stem)
def test_a_file_has_a_box_in_every_tenth_frame_from_the_first_on(file: Path) -> None:
    boxes = hand_drawn(file.stem)
    assert list(boxes) == list(range(0, 10 * len(boxes), 10)) and len(boxes) >= 12
    assert all(min(box) >= 0 and min(box.w, box.h) > 20 for box in boxes.values())


def test_a_target_is_lost_where_every_later_box_misses_it() -> None:
    assert lost_at({10: HERE, 20: HERE, 30: HERE}, TRUTH) is None
    assert lost_at({10: HERE, 20: AWAY, 30: AWAY}, TRUTH) == 20
    assert lost_at({10: AWAY, 20: AWAY, 30: HERE}, TRUTH) is None


def test_scores_are_means_over_the_frames_with_a_box() -> None:
    found = {10: HERE, 20: AWAY, 30: AWAY}
    assert score(found, TRUTH).mean_iou == pytest.approx(1 / 3)
    assert table({"one": found}, TRUTH).splitlines()[-1].endswith(" | 0.333 | 0.333 | 20 |")


def test_a_tracker_is_asked_in_every_frame_and_kept_where_there_is_a_box(tmp_path: Path) -> None:
    video = make_synthetic_video(tmp_path / "a.mp4", 12, (96, 64), seed=0)
    truth = {index: Box(*video.boxes[index]) for index in (0, 5, 10)}
    found = follow(video.path, truth, Stationary())
    assert found == {5: truth[0], 10: truth[0]}
    sheet = contact_sheet(video.path, truth, found, width=96)
    assert sheet.shape == (64, 4 * 96, 3) and np.any(sheet)
