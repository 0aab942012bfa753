"""The synthetic video: the same frames for the same seed, and a target where the truth says."""

from pathlib import Path

import numpy as np
import pytest

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.synthetic import make_synthetic_video, synthetic_frames
from spiketrack.tracking.video import open_source


def test_a_seed_gives_the_same_frames_and_another_seed_others() -> None:
    first, again, other = ([f for f, _ in synthetic_frames(3, seed=s)] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_target_is_where_the_truth_says_and_moves() -> None:
    frames = list(synthetic_frames(40, (128, 96), 3))
    patches, places = [], set()
    for frame, (x, y, w, h) in frames:
        patches.append(frame[int(y) : int(y + h), int(x) : int(x + w)])
        places.add((x, y))
    assert all(np.array_equal(patch, patches[0]) for patch in patches)
    assert patches[0].shape == (16, 16, 3) and len(places) > 20


def test_a_written_video_reads_back_with_its_truth(tmp_path: Path) -> None:
    made = make_synthetic_video(tmp_path / "v.mp4", 6, (128, 96), 3)
    source = open_source(made.path)
    assert (source.width, source.height, source.frame_count, source.fps) == (128, 96, 6, 25.0)
    assert made.boxes.shape == (6, 4) and made.first_box == Box(*made.boxes[0].tolist())
    original = [frame for frame, _ in synthetic_frames(6, (128, 96), 3)]
    # Lossy, but a swap of red and blue or a lost frame would be far off.
    error = np.abs(np.stack(list(source)).astype(int) - np.stack(original)).mean()
    assert error < 12


def test_too_few_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_frames: needed at least 2, found 1"):
        make_synthetic_video(tmp_path / "v.mp4", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [(62, 96), (128, 97)])
def test_a_size_too_small_or_odd_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="size: needed even sides of at least 64"):
        list(synthetic_frames(4, size))
