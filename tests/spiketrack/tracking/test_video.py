"""Frames from files, folders and cameras, and everything that is refused."""

import hashlib
import os
import struct
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking import video
from spiketrack.tracking.synthetic import make_synthetic_video
from spiketrack.tracking.video import open_source


def _image(path: Path, rgb: tuple[int, int, int], size: tuple[int, int] = (20, 10)) -> None:
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    pixels[:] = rgb[::-1]
    cv2.imwrite(str(path), pixels)


def test_a_folder_gives_its_images_by_name_as_rgb(tmp_path: Path) -> None:
    _image(tmp_path / "b.png", (0, 200, 0))
    _image(tmp_path / "a.png", (200, 0, 0))
    (tmp_path / "notes.txt").write_text("not a frame")
    source = open_source(tmp_path)
    for _ in range(2):
        assert [frame[0, 0].tolist() for frame in source] == [[200, 0, 0], [0, 200, 0]]
    assert (source.width, source.height, source.frame_count) == (20, 10, 2)
    assert (source.name, source.fps) == (tmp_path.name, 30.0)


def test_a_folders_hash_changes_with_a_name(tmp_path: Path) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    before = open_source(tmp_path).sha256
    os.replace(tmp_path / "a.png", tmp_path / "b.png")
    assert open_source(tmp_path).sha256 != before


def test_a_video_file_can_be_gone_through_twice(tmp_path: Path) -> None:
    made = make_synthetic_video(tmp_path / "v.mp4", 4, (64, 64))
    source = open_source(str(made.path))
    first, second = np.stack(list(source)), np.stack(list(source))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (4, 64, 64, 3) and first.dtype == np.uint8
    assert source.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        VideoError, match=r"nowhere.mp4': needed a video file, .* found nothing there"
    ):
        open_source(tmp_path / "nowhere.mp4")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").touch()
    with pytest.raises(VideoError, match="video 'v.mp4': needed a video, found an empty file"):
        open_source(tmp_path / "v.mp4")


def test_garbage_is_refused_with_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "v.mp4").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(VideoError, match="needed something that can be decoded"):
        open_source(tmp_path / "v.mp4")
    assert capfd.readouterr() == ("", "")


def test_a_truncated_video_is_refused(tmp_path: Path) -> None:
    made = make_synthetic_video(tmp_path / "v.mp4", 4, (64, 64))
    made.path.write_bytes(made.path.read_bytes()[:-300])
    with pytest.raises(VideoError, match="needed something that can be decoded"):
        open_source(made.path)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a frame")
    with pytest.raises(VideoError, match=r"needed images \(.bmp .*\), found none"):
        open_source(tmp_path)


def test_a_folder_that_cannot_be_listed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(VideoError, match="needed a readable folder, found Permission denied"):
        open_source(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    source = open_source(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(VideoError, match="image 'a.png': needed a readable file, found No such"):
        list(source)
    with pytest.raises(VideoError, match="needed a file that can be read"):
        video._sha256(tmp_path / "a.png")


@pytest.mark.parametrize("length", [0, 40])
def test_a_damaged_image_is_refused_with_one_line(
    tmp_path: Path, length: int, capfd: pytest.CaptureFixture[str]
) -> None:
    _image(tmp_path / "a.png", (1, 2, 3))
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:length])
    with pytest.raises(VideoError, match="image 'a.png': needed an image that can be decoded"):
        open_source(tmp_path)
    assert capfd.readouterr() == ("", "")


def test_images_of_changing_size_are_refused_where_they_change(tmp_path: Path) -> None:
    _image(tmp_path / "a.png", (1, 2, 3), (20, 10))
    _image(tmp_path / "b.png", (1, 2, 3), (22, 10))
    frames = iter(open_source(tmp_path))
    next(frames)
    with pytest.raises(VideoError, match="frame 1 of .* needed 20x10 as before, found 22x10"):
        next(frames)


def test_an_oversized_image_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 100_000, 100_000)
    (tmp_path / "a.png").write_bytes(header)
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(VideoError, match="needed frames up to 16384x16384, found 100000x100000"):
        open_source(tmp_path)


@pytest.mark.parametrize("where", ["camera:", "camera:x", "camera:-1", "camera:12345"])
def test_a_camera_without_a_number_is_refused(where: str) -> None:
    with pytest.raises(VideoError, match="needed camera:N with N from 0 to 999"):
        open_source(where)


class _Camera:
    """Stands for a capture device with three frames."""

    def __init__(self, n_frames: int = 3, opened: bool = True) -> None:
        self.n_left = n_frames
        self.opened = opened
        self.released = False

    def isOpened(self) -> bool:
        return self.opened

    def get(self, what: int) -> float:
        return {cv2.CAP_PROP_FRAME_WIDTH: 8.0, cv2.CAP_PROP_FRAME_HEIGHT: 6.0}.get(what, 0.0)

    def read(self) -> tuple[bool, npt.NDArray[np.uint8] | None]:
        self.n_left -= 1
        return (True, np.zeros((6, 8, 3), np.uint8)) if self.n_left >= 0 else (False, None)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_frames_without_count_or_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras: list[_Camera] = []

    def connect(*_: object) -> _Camera:
        cameras.append(_Camera())
        return cameras[-1]

    monkeypatch.setattr(video, "_open_capture", connect)
    source = open_source("camera:2")
    assert (source.name, source.frame_count, source.sha256, source.fps) == (
        "camera:2",
        None,
        None,
        30.0,
    )
    assert len(list(source)) == 3
    assert all(camera.released for camera in cameras)


def test_a_video_without_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "_open_capture", lambda *_: _Camera(0))
    with pytest.raises(VideoError, match="video 'camera:0': needed at least one frame, found none"):
        open_source("camera:0")


def test_a_camera_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "_open_capture", lambda *_: _Camera(opened=False))
    with pytest.raises(
        VideoError, match="'camera:0': needed a camera that answers, found none. Is it plugged in"
    ):
        open_source("camera:0")
