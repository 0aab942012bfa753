"""The mp4 writer: whole files or none."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking import video_writer
from spiketrack.tracking.boxes import Box
from spiketrack.tracking.video import open_source
from spiketrack.tracking.video_writer import VideoWriter, draw_box

_FRAME = np.full((64, 96, 3), 40, dtype=np.uint8)


def test_a_written_file_shows_the_box_and_only_that_file_is_left(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64) as writer:
        for _ in range(3):
            writer.write(_FRAME, Box(20, 16, 40, 32))
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    frames = list(open_source(tmp_path / "out.mp4"))
    assert len(frames) == 3
    red, _, blue = frames[2][32, 20].astype(int)
    assert red - blue > 80


@pytest.mark.parametrize("name", ["a:b.mp4", "http:x.mp4", "f%03d.mp4", "concat:a.mp4"])
def test_a_name_is_never_read_as_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with VideoWriter(name, 25.0, 96, 64) as writer:
        writer.write(_FRAME)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(list(open_source(name))) == 1


def test_a_name_that_is_no_text_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="needed a path in UTF-8, found other bytes"):
        VideoWriter(tmp_path / "\udcff.mp4", 25.0, 96, 64)
    assert list(tmp_path.iterdir()) == []


def test_drawing_leaves_the_frame_as_it_was() -> None:
    drawn = draw_box(_FRAME, Box(20, 16, 40, 32))
    assert drawn[16, 30].tolist() == [255, 32, 32]
    assert (_FRAME == 40).all()


def test_a_box_far_outside_is_drawn_as_far_as_it_is_seen() -> None:
    drawn = draw_box(_FRAME, Box(-1e12, 16, 2e12, 1e12))
    assert drawn[16, 30].tolist() == [255, 32, 32]


def test_an_error_in_the_block_leaves_nothing_and_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"old")
    with (
        pytest.raises(RuntimeError, match="broken off"),
        VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64) as writer,
    ):
        writer.write(_FRAME)
        raise RuntimeError("broken off")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("out.mp4", b"old")]


def test_a_file_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="No frame was given"):
        VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64).close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_lacks_frames_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_writer, "_count_frames", lambda _: 0)
    with pytest.raises(VideoError, match="needed 1 frames on disk, found 0. .* Is the disk full"):
        with VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64) as writer:
            writer.write(_FRAME)
    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="frame for 'out.mp4': needed 96x64 RGB, found"):
        with VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64) as writer:
            writer.write(_FRAME[:32])
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_mp4_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="needed a name ending in .mp4, found 'out.avi'"):
        VideoWriter(tmp_path / "out.avi", 25.0, 96, 64)


@pytest.mark.parametrize(("fps", "width"), [(0.0, 96), (25.0, 0), (25.0, 20000)])
def test_sizes_and_rates_out_of_range_are_refused(tmp_path: Path, fps: float, width: int) -> None:
    with pytest.raises(VideoError, match="needed frames of 1 to 16384 pixels a side"):
        VideoWriter(tmp_path / "out.mp4", fps, width, 64)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="needed a place that can be written, found No such"):
        VideoWriter(tmp_path / "nowhere" / "out.mp4", 25.0, 96, 64)


def test_an_encoder_that_does_not_open_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2.VideoWriter, "isOpened", lambda _: False, raising=False)
    with pytest.raises(VideoError, match="needed an encoder for mp4"):
        VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    os.mkdir(tmp_path / "out.mp4")
    with pytest.raises(VideoError, match="a place that can be written, found Is a directory"):
        with VideoWriter(tmp_path / "out.mp4", 25.0, 96, 64) as writer:
            writer.write(_FRAME)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
