"""What a path or `camera:N` is opened as, and what is neither."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import VideoError
from spiketrack.tracking import video_file
from spiketrack.tracking.video import open_source


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        VideoError, match=r"nowhere.mp4': needed a video file, .* found nothing there"
    ):
        open_source(tmp_path / "nowhere.mp4")


def test_an_address_is_not_a_file() -> None:
    with pytest.raises(VideoError, match="found nothing there"):
        open_source("http://example.org/v.mp4")


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

    monkeypatch.setattr(video_file, "_open_capture", connect)
    source = open_source("camera:2")
    assert (source.name, source.frame_count, source.sha256, source.fps) == (
        "camera:2",
        None,
        None,
        30.0,
    )
    reading = iter(source)
    assert len(list(reading)) == 3 and reading.shortfall(None) == ""
    assert (
        reading.shortfall(9) == "'camera:2' ended after 3 frames (9 after the first were asked for)"
    )
    assert all(camera.released for camera in cameras)


def test_a_video_without_frames_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "_open_capture", lambda *_: _Camera(0))
    with pytest.raises(VideoError, match="video 'camera:0': needed at least one frame, found none"):
        open_source("camera:0")


def test_a_camera_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "_open_capture", lambda *_: _Camera(opened=False))
    with pytest.raises(
        VideoError, match="'camera:0': needed a camera that answers, found none. Is it plugged in"
    ):
        open_source("camera:0")


def test_a_decoder_that_fails_is_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(_Camera):
        def read(self) -> tuple[bool, npt.NDArray[np.uint8] | None]:
            raise cv2.error("out of order")

    monkeypatch.setattr(video_file, "_open_capture", lambda *_: Broken())
    with pytest.raises(VideoError, match="needed frames that can be decoded, found out of order"):
        open_source("camera:0")
