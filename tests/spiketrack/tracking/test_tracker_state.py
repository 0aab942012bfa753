"""A tracker stopped and taken up again: nothing of it is lost between two frames."""

import numpy as np
import pytest

from spiketrack.tracking import Box, Maps, Tracker, TrackerState, UpdatePolicy, drive
from spiketrack.tracking.engine import Image
from spiketrack.tracking.synthetic import synthetic_frames
from spiketrack.tracking.video_source import VideoSource

FIRST = Box(20, 20, 30, 24)
N_FRAMES = 9


class _MeanEngine:
    """Maps that depend on every template and on the patch."""

    name = "mean"
    crop_size = 32
    grid = 4
    n_templates = 3

    def encode_templates(self, patches: Image) -> object:
        return float(patches.mean(axis=(1, 2, 3)) @ np.array([1.0, 2.0, 3.0]))

    def search(self, patch: Image, memories: object) -> Maps:
        rng = np.random.default_rng(int(1e3 * float(str(memories))) + int(patch.sum()))
        score = rng.random((4, 4), np.float32)
        size = 0.1 + 0.3 * rng.random((2, 4, 4), np.float32)
        return Maps(score, size, rng.random((2, 4, 4), np.float32))


def source() -> VideoSource:
    def frames() -> object:
        return (frame for frame, _ in synthetic_frames(N_FRAMES, (96, 64), 1))

    return VideoSource("made up", 25.0, 96, 64, N_FRAMES, None, frames)  # type: ignore[arg-type]


def tracker(phases: list[str] | None = None) -> Tracker:
    seen = phases if phases is not None else []
    return Tracker(_MeanEngine(), UpdatePolicy(2, 0.0), on_phase=seen.append)


@pytest.mark.parametrize("stop", [1, 2, 5, 8])
def test_a_restored_tracker_ends_where_one_that_never_stopped_does(stop: int) -> None:
    whole = list(drive(tracker(), source(), FIRST))
    first, second = tracker(), tracker()
    before = list(drive(first, source(), FIRST, stop))
    second.restore(first.state())
    after = list(drive(second, source(), FIRST))
    assert before + after == whole
    assert any(result.template_updated for result in whole)


def test_restoring_starts_no_phase_of_its_own() -> None:
    first = tracker()
    list(drive(first, source(), FIRST, 3))
    phases: list[str] = []
    second = tracker(phases)
    second.restore(first.state())
    assert phases == []
    list(drive(second, source(), FIRST, 4))
    assert phases == ["track", "update"]


def test_nothing_is_left_to_do_behind_the_last_frame() -> None:
    first, second = tracker(), tracker()
    list(drive(first, source(), FIRST))
    second.restore(first.state())
    assert list(drive(second, source(), FIRST)) == []


def test_a_state_that_does_not_fit_is_refused() -> None:
    good = np.zeros((3, 32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match=r"templates: needed uint8 \(3, 32, 32, 3\), found uint8"):
        tracker().restore(TrackerState(1, FIRST, good[:1]))
    with pytest.raises(ValueError, match="frame index: needed 0 or more, found -1"):
        tracker().restore(TrackerState(-1, FIRST, good))
    with pytest.raises(ValueError, match="box: needed finite numbers and a size above 0"):
        tracker().restore(TrackerState(1, Box(0, 0, float("nan"), 1), good))


def test_a_tracker_without_a_target_has_no_state() -> None:
    with pytest.raises(RuntimeError, match="state was asked for before initialise"):
        tracker().state()
