"""Rivals follow what is easy to follow, and say when they are not installed."""

import cv2
import numpy as np
import pytest

from spiketrack.errors import BackendUnavailable
from spiketrack.tracking import Box, iou
from spiketrack.tracking.engine import Image
from spiketrack.training.rivals import OpenCVTracker, TemplateMatching


def frames(count: int, grow: float = 1.0) -> list[tuple[Image, Box]]:
    """A chequered patch that moves four pixels a frame over noise."""
    rng = np.random.default_rng(0)
    ground = rng.integers(90, 130, (120, 160, 3), dtype=np.uint8)
    patch = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    made = []
    for t in range(count):
        side = round(24 * grow**t)
        frame = ground.copy()
        x, y = 20 + 4 * t, 30 + 2 * t
        frame[y : y + side, x : x + side] = cv2.resize(patch, (side, side))
        made.append((frame, Box(x, y, side, side)))
    return made


def test_template_matching_follows_a_patch_exactly() -> None:
    (first, box), *rest = frames(12)
    tracker = TemplateMatching()
    tracker.start(first, box)
    assert [tracker.follow(frame) for frame, _ in rest] == [truth for _, truth in rest]


def test_template_matching_grows_with_its_target() -> None:
    (first, box), *rest = frames(10, grow=1.05)
    tracker = TemplateMatching()
    tracker.start(first, box)
    found = [tracker.follow(frame) for frame, _ in rest]
    assert iou(found[-1], rest[-1][1]) > 0.7 and found[-1].w > 1.3 * box.w


def test_template_matching_starts_at_the_edge_of_the_frame() -> None:
    (frame, _), *_ = frames(1)
    tracker = TemplateMatching()
    tracker.start(frame, Box(-5, 118, 12, 12))
    assert tracker.follow(frame).w > 0


def test_an_opencv_without_the_tracker_says_what_to_install() -> None:
    with pytest.raises(BackendUnavailable, match="Install opencv-contrib-python-headless"):
        OpenCVTracker("NOSUCH")


@pytest.mark.skipif(not hasattr(cv2, "TrackerKCF_create"), reason="OpenCV without contrib")
@pytest.mark.parametrize("kind", ["KCF", "CSRT"])
def test_opencvs_trackers_follow_a_patch(kind: str) -> None:
    (first, box), *rest = frames(8)
    tracker = OpenCVTracker(kind)
    tracker.start(first, box)
    assert all(iou(tracker.follow(frame), truth) > 0.5 for frame, truth in rest)
