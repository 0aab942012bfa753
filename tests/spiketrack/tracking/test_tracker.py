"""The tracker's loop, driven with engines that need no network."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import BoxError, VideoError
from spiketrack.tracking import (
    Box,
    Maps,
    Phase,
    Tracker,
    UpdatePolicy,
    VideoSource,
    iou,
    track_video,
)
from spiketrack.tracking.crop import crop_around
from spiketrack.tracking.synthetic import synthetic_frames

_FIRST = Box(40, 30, 20, 20)


class _FixedEngine:
    """Says always: middle of the patch, same size, with a given score."""

    name = "fixed"
    crop_size = 64
    grid = 5

    def __init__(self, n_templates: int = 1, score: float = 0.9) -> None:
        self.n_templates = n_templates
        self.score = score
        self.encoded: list[npt.NDArray[np.uint8]] = []
        self.memories_seen: list[object] = []

    def encode_templates(self, patches: npt.NDArray[np.uint8]) -> object:
        self.encoded.append(patches)
        return len(self.encoded)

    def search(self, patch: npt.NDArray[np.uint8], memories: object) -> Maps:
        self.memories_seen.append(memories)
        score = np.zeros((5, 5), np.float32)
        score[2, 2] = self.score
        return Maps(
            score, np.full((2, 5, 5), 0.25, np.float32), np.full((2, 5, 5), 0.5, np.float32)
        )


class _MovingEngine(_FixedEngine):
    """Says always: half a cell of the grid to the right of the middle."""

    def search(self, patch: npt.NDArray[np.uint8], memories: object) -> Maps:
        maps = super().search(patch, memories)
        offset = np.stack([np.ones((5, 5), np.float32), np.full((5, 5), 0.5, np.float32)])
        return Maps(maps.score_map, maps.size_map, offset)


class _MatchingEngine(_FixedEngine):
    """Finds the template's middle in the patch by squared difference on a grid of 16."""

    grid = 16

    def encode_templates(self, patches: npt.NDArray[np.uint8]) -> object:
        return patches[0, 24:40, 24:40].astype(np.float32)

    def search(self, patch: npt.NDArray[np.uint8], memories: object) -> Maps:
        target = np.asarray(memories)
        padded = np.pad(patch.astype(np.float32), ((8, 8), (8, 8), (0, 0)))
        score = np.zeros((16, 16), np.float32)
        for row, column in np.ndindex(16, 16):
            y, x = 4 * row + 2, 4 * column + 2
            score[row, column] = np.exp(
                -np.square(padded[y : y + 16, x : x + 16] - target).mean() / 500
            )
        return Maps(
            score, np.full((2, 16, 16), 0.25, np.float32), np.full((2, 16, 16), 0.5, np.float32)
        )


def _frame(value: int = 50) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(value).integers(0, 256, (96, 128, 3), dtype=np.uint8)


def _source(n_frames: int) -> VideoSource:
    def frames() -> Iterator[npt.NDArray[np.uint8]]:
        return (_frame(index) for index in range(n_frames))

    return VideoSource("made up", 25.0, 128, 96, n_frames, None, frames)


def test_a_target_in_the_middle_of_the_patch_stays_where_it_is() -> None:
    tracker = Tracker(_FixedEngine())
    tracker.initialise(_frame(), _FIRST)
    result = tracker.track(_frame())
    # Size 0.25 * 64 / (64 / 80) = 20 pixels; hann(5)[2] is 1, so the confidence is the score.
    np.testing.assert_allclose(result.box, _FIRST, rtol=1e-6)
    assert result.confidence == float(np.float32(0.9))
    assert (result.frame_index, result.template_updated) == (1, False)


def test_three_templates_update_every_interval_and_rerun_the_encoder() -> None:
    engine, phases = _FixedEngine(n_templates=3), list[Phase]()
    tracker = Tracker(engine, UpdatePolicy(interval=2, threshold=0.7), on_phase=phases.append)
    tracker.initialise(_frame(), _FIRST)
    updated = [tracker.track(_frame(k)).template_updated for k in range(1, 6)]
    assert updated == [False, True, False, True, False]
    assert phases == ["init", "track", "track", "update", "track", "track", "update", "track"]
    assert engine.memories_seen == [1, 1, 2, 2, 3]


def test_an_update_takes_the_patch_around_the_new_box_of_the_same_frame() -> None:
    engine = _MovingEngine(n_templates=3)
    tracker = Tracker(engine, UpdatePolicy(interval=1))
    tracker.initialise(_frame(), _FIRST)
    box = tracker.track(_frame(1)).box
    # Half of one of 5 cells of a patch of 64, which shows 80 pixels of the frame: 8 pixels.
    np.testing.assert_allclose(box, (_FIRST.x + 8, _FIRST.y, 20, 20), rtol=1e-6)
    expected, _ = crop_around(_frame(1), box, 4.0, 64)
    old_place, _ = crop_around(_frame(1), _FIRST, 4.0, 64)
    old_frame, _ = crop_around(_frame(), box, 4.0, 64)
    before, after = engine.encoded
    assert after.shape == (3, 64, 64, 3)
    np.testing.assert_array_equal(after[:2], before[:2])
    np.testing.assert_array_equal(after[2], expected)
    assert not np.array_equal(expected, old_place) and not np.array_equal(expected, old_frame)


def test_an_unsure_tracker_keeps_its_templates() -> None:
    engine = _FixedEngine(n_templates=3, score=0.7)
    tracker = Tracker(engine, UpdatePolicy(interval=1, threshold=0.7))
    tracker.initialise(_frame(), _FIRST)
    assert not tracker.track(_frame()).template_updated
    assert len(engine.encoded) == 1


def test_a_single_template_is_encoded_once() -> None:
    engine = _FixedEngine(n_templates=1)
    tracker = Tracker(engine, UpdatePolicy(interval=1))
    tracker.initialise(_frame(), _FIRST)
    assert not any(tracker.track(_frame()).template_updated for _ in range(3))
    assert len(engine.encoded) == 1 and engine.encoded[0].shape == (1, 64, 64, 3)


def test_the_phase_is_known_before_the_engine_is_called() -> None:
    seen: list[tuple[Phase, int]] = []
    engine = _FixedEngine(n_templates=3)
    tracker = Tracker(engine, on_phase=lambda phase: seen.append((phase, len(engine.encoded))))
    tracker.initialise(_frame(), _FIRST)
    phases: list[Phase] = [tracker.phase]
    tracker.track(_frame())
    phases.append(tracker.phase)
    assert phases == ["init", "track"]
    assert seen == [("init", 0), ("track", 1)]


def test_a_moving_target_is_followed() -> None:
    frames = list(synthetic_frames(12, (160, 128), 5))
    tracker = Tracker(_MatchingEngine())
    tracker.initialise(*frames[0])
    overlaps = [iou(tracker.track(frame).box, truth) for frame, truth in frames[1:]]
    assert min(overlaps) > 0.4


def test_initialising_again_starts_over() -> None:
    tracker = Tracker(_FixedEngine())
    for _ in range(2):
        tracker.initialise(_frame(), _FIRST)
        assert tracker.track(_frame()).frame_index == 1


def test_a_tracker_without_a_target_says_so() -> None:
    with pytest.raises(RuntimeError, match="track was called before initialise"):
        Tracker(_FixedEngine()).track(_frame())


def test_a_frame_that_is_not_uint8_rgb_is_refused() -> None:
    with pytest.raises(ValueError, match="frame: needed uint8 RGB .* found float64"):
        Tracker(_FixedEngine()).initialise(_frame().astype(np.float64), _FIRST)


def test_a_box_outside_the_frame_is_refused_before_the_engine_is_called() -> None:
    engine = _FixedEngine()
    with pytest.raises(BoxError, match="overlap with the frame of 128x96"):
        Tracker(engine).initialise(_frame(), Box(500, 0, 5, 5))
    with pytest.raises(BoxError, match="overlap with the frame of 128x96"):
        track_video(_source(3), Box(500, 0, 5, 5), engine)
    assert engine.encoded == []


@pytest.mark.parametrize(("frames", "expected"), [(None, 4), (2, 2), (99, 4)])
def test_a_video_gives_one_result_per_frame_after_the_first(
    frames: int | None, expected: int
) -> None:
    shown: list[Box] = []
    results = list(
        track_video(
            _source(5), _FIRST, _FixedEngine(), frames, on_frame=lambda _, box: shown.append(box)
        )
    )
    assert [r.frame_index for r in results] == list(range(1, expected + 1))
    assert shown == [_FIRST] + [r.box for r in results]


def test_a_video_of_one_frame_is_refused() -> None:
    with pytest.raises(VideoError, match="'made up': needed at least 2 frames to track"):
        list(track_video(_source(1), _FIRST, _FixedEngine()))


def test_tracking_no_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="frames: needed at least 1, found 0"):
        track_video(_source(3), _FIRST, _FixedEngine(), 0)
