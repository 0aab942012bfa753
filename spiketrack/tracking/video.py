"""Frames from a video file, a folder of images or a camera, as RGB uint8 with provenance.

Why: everything is refused as early as it can be seen (size in the header, first frame at opening),
since a run over a video is long. The decoder's own chatter on stderr is switched off; its failures
become a `VideoError`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from spiketrack.errors import SpiketrackError, VideoError
from spiketrack.provenance import sha256_bytes, sha256_file
from spiketrack.tracking.engine import Image
from spiketrack.tracking.image_header import image_size
from spiketrack.tracking.opencv_log import quiet_opencv

MAX_SIDE = 16384
"""Largest frame width or height, in pixels."""

ASSUMED_FPS = 30.0
"""Frame rate for folders, and for files and cameras that state none."""

IMAGE_SUFFIXES = frozenset([".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"])
_CAMERA = "camera:"
_CAMERA_ADVICE = "Is it plugged in, free, and yours to read? Others are camera:1, camera:2 ..."


@dataclass(frozen=True)
class VideoSource:
    """Frames that can be gone through more than once (a camera gives new ones each time).

    Attributes:
        name: file or folder name, or `camera:0`.
        fps: frames per second; `ASSUMED_FPS` where none is stated.
        width: of every frame, in pixels.
        height: of every frame, in pixels.
        frame_count: as the file states it (an estimate in some formats), exact for a folder, None
            for a camera.
        sha256: of the file's bytes; for a folder of the lines `sha256 name`; None for a
            camera.
    """

    name: str
    fps: float
    width: int
    height: int
    frame_count: int | None
    sha256: str | None
    _open: Callable[[], Iterator[Image]] = field(repr=False)

    def __iter__(self) -> Iterator[Image]:
        """Yields uint8 RGB (height, width, 3); raises `VideoError` where the source breaks off."""
        for index, frame in enumerate(self._open()):
            height, width = frame.shape[:2]
            if (width, height) != (self.width, self.height):
                raise VideoError(
                    f"frame {index} of '{self.name}'",
                    f"{self.width}x{self.height} as before",
                    f"{width}x{height}",
                )
            yield frame


def open_source(where: str | Path) -> VideoSource:
    """Opens a video file, a folder of images (sorted by name) or a camera; tries one frame.

    Args:
        where: a path, or `camera:N`.

    Raises:
        VideoError: missing, empty, unreadable, without images, or larger than `MAX_SIDE`.
    """
    text = str(where)
    if text.startswith(_CAMERA):
        return _open_camera(text)
    path = Path(where)
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise VideoError(f"'{text}'", "a video file, an image folder or camera:N", "nothing there")
    return _open_file(path)


def _open_file(path: Path) -> VideoSource:
    if path.stat().st_size == 0:
        raise VideoError(f"video '{path.name}'", "a video", "an empty file")
    sha256 = _sha256(path)
    return _probe_capture(path.name, lambda: _open_capture(str(path), cv2.CAP_FFMPEG), sha256)


def _open_camera(text: str) -> VideoSource:
    number = text.removeprefix(_CAMERA)
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        raise VideoError(f"'{text}'", "camera:N with N from 0 to 999", f"'{number}'")
    return _probe_capture(text, lambda: _open_capture(int(number), cv2.CAP_ANY), None)


def _probe_capture(
    name: str, open_capture: Callable[[], cv2.VideoCapture], sha256: str | None
) -> VideoSource:
    capture = open_capture()
    try:
        first = _first_frame(capture, name)
        fps = capture.get(cv2.CAP_PROP_FPS)
        n_frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        capture.release()
    return VideoSource(
        name=name,
        fps=fps if 0 < fps < 1000 else ASSUMED_FPS,
        width=first.shape[1],
        height=first.shape[0],
        frame_count=n_frames if sha256 is not None and n_frames > 0 else None,
        sha256=sha256,
        _open=lambda: _capture_frames(open_capture),
    )


def _first_frame(capture: cv2.VideoCapture, name: str) -> Image:
    if not capture.isOpened():
        if name.startswith(_CAMERA):
            needed = "a camera that answers"
            raise VideoError(f"'{name}'", needed, "none", _CAMERA_ADVICE)
        raise VideoError(f"video '{name}'", "something that can be decoded", "unreadable data")
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    _check_side(name, width, height)
    first = _next_frame(capture)
    if first is None:
        raise VideoError(f"video '{name}'", "at least one frame", "none")
    return first


def _open_capture(where: str | int, api: int) -> cv2.VideoCapture:
    with quiet_opencv():
        return cv2.VideoCapture(where, api)


def _capture_frames(open_capture: Callable[[], cv2.VideoCapture]) -> Iterator[Image]:
    capture = open_capture()
    try:
        while (frame := _next_frame(capture)) is not None:
            yield frame
    finally:
        capture.release()


def _next_frame(capture: cv2.VideoCapture) -> Image | None:
    ok, bgr = capture.read()
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8) if ok else None


def _open_folder(folder: Path) -> VideoSource:
    try:
        files = [path for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        raise VideoError(
            f"folder '{folder.name}'", "a readable folder", str(error.strerror)
        ) from None
    paths = sorted(path for path in files if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        kinds = " ".join(sorted(IMAGE_SUFFIXES))
        raise VideoError(f"folder '{folder.name}'", f"images ({kinds})", "none")
    listing = "".join(f"{_sha256(path)} {path.name}\n" for path in paths)
    height, width = _read_image(paths[0]).shape[:2]
    return VideoSource(
        name=folder.name,
        fps=ASSUMED_FPS,
        width=width,
        height=height,
        frame_count=len(paths),
        sha256=sha256_bytes(listing.encode()),
        _open=lambda: (_read_image(path) for path in paths),
    )


def _read_image(path: Path) -> Image:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VideoError(f"image '{path.name}'", "a readable file", str(error.strerror)) from None
    size = image_size(data)
    if size is not None:
        _check_side(path.name, *size)
    with quiet_opencv():
        encoded = np.frombuffer(data, dtype=np.uint8)
        bgr = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if data else None
    if bgr is None:
        raise VideoError(f"image '{path.name}'", "an image that can be decoded", "unreadable data")
    _check_side(path.name, bgr.shape[1], bgr.shape[0])
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _check_side(name: str, width: int, height: int) -> None:
    if width > MAX_SIDE or height > MAX_SIDE:
        raise VideoError(f"'{name}'", f"frames up to {MAX_SIDE}x{MAX_SIDE}", f"{width}x{height}")


def _sha256(path: Path) -> str:
    try:
        return sha256_file(path)
    except SpiketrackError as error:
        raise VideoError(error.what, error.needed, error.found) from None
