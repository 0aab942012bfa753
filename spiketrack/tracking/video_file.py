"""Frames from a video file or a camera, through OpenCV's FFmpeg, turned as a player shows them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from spiketrack.errors import SpiketrackError, VideoError
from spiketrack.provenance import sha256_file
from spiketrack.tracking.engine import Image
from spiketrack.tracking.opencv_log import quiet_opencv
from spiketrack.tracking.video_container import (
    CONTAINER_NAMES,
    HEAD_BYTES,
    Container,
    container_of,
    ffmpeg_held_to,
    ffmpeg_name,
)
from spiketrack.tracking.video_source import ASSUMED_FPS, VideoSource, check_frame_size

CAMERA_PREFIX = "camera:"
_CAMERA_ADVICE = "Is it plugged in, free, and yours to read? Others are camera:1, camera:2 ..."


def open_video_file(path: Path) -> VideoSource:
    """Opens a video file and tries one frame.

    Raises:
        VideoError: empty, unreadable, not one of the containers that are read, or too large.
    """
    container = _container(path)
    sha256 = hash_of(path)
    return _probe(path.name, lambda: _open_file(path, container), sha256, container)


def open_camera(text: str) -> VideoSource:
    """Opens `camera:N` and tries one frame.

    Raises:
        VideoError: N is no number, or there is no such camera.
    """
    number = text.removeprefix(CAMERA_PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        raise VideoError(f"'{text}'", "camera:N with N from 0 to 999", f"'{number}'")
    return _probe(text, lambda: _open_capture(int(number), cv2.CAP_ANY), None, None)


def hash_of(path: Path) -> str:
    """SHA-256 of a file of frames.

    Raises:
        VideoError: it cannot be read.
    """
    try:
        return sha256_file(path)
    except SpiketrackError as error:
        raise VideoError(error.what, error.needed, error.found) from None


def _container(path: Path) -> Container:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise VideoError(f"video '{path.name}'", "a readable file", str(error.strerror)) from None
    if not head:
        raise VideoError(f"video '{path.name}'", "a video", "an empty file")
    container = container_of(head)
    if container is None:
        raise VideoError(
            f"video '{path.name}'",
            f"something that can be decoded ({CONTAINER_NAMES})",
            "none of these",
            "A playlist is not followed: give the video itself.",
        )
    return container


def _probe(
    name: str,
    open_capture: Callable[[], cv2.VideoCapture],
    sha256: str | None,
    container: Container | None,
) -> VideoSource:
    capture = open_capture()
    try:
        first = _first_frame(capture, name)
        fps = capture.get(cv2.CAP_PROP_FPS)
        n_frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        notes = tuple(_notes(capture, name)) if container is not None else ()
    finally:
        capture.release()
    is_counted = container is not None and container.states_count
    has_rate = 0 < fps < 1000
    is_stated = container is not None and n_frames > 0 and (is_counted or has_rate)
    return VideoSource(
        name=name,
        fps=fps if has_rate else ASSUMED_FPS,
        width=first.shape[1],
        height=first.shape[0],
        frame_count=n_frames if is_stated else None,
        sha256=sha256,
        _open=lambda: _frames(open_capture, name),
        is_count_estimated=not is_counted,
        notes=notes,
    )


def _notes(capture: cv2.VideoCapture, name: str) -> Iterator[str]:
    turn = capture.get(cv2.CAP_PROP_ORIENTATION_META)
    if turn % 90:
        yield f"'{name}' asks to be turned by {turn:g} degrees: its frames are taken unturned"
    wide, high = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if wide > 0 and high > 0 and wide != high:
        yield (
            f"'{name}' has pixels of {wide:g}:{high:g}, which a player stretches: its frames are"
            " taken as stored, and so are boxes"
        )


def _first_frame(capture: cv2.VideoCapture, name: str) -> Image:
    if not capture.isOpened():
        if name.startswith(CAMERA_PREFIX):
            raise VideoError(f"'{name}'", "a camera that answers", "none", _CAMERA_ADVICE)
        raise VideoError(f"video '{name}'", "something that can be decoded", "unreadable data")
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    check_frame_size(name, width, height)
    first = _next_frame(capture, name)
    if first is None:
        raise VideoError(f"video '{name}'", "at least one frame", "none")
    return first


def _open_file(path: Path, container: Container) -> cv2.VideoCapture:
    with ffmpeg_held_to(container):
        capture = _open_capture(ffmpeg_name(path), cv2.CAP_FFMPEG)
    # Why: whether OpenCV turns by itself differs between its versions (4.11 does not).
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _open_capture(where: str | int, api: int) -> cv2.VideoCapture:
    with quiet_opencv():
        return cv2.VideoCapture(where, api)


def _frames(open_capture: Callable[[], cv2.VideoCapture], name: str) -> Iterator[Image]:
    capture = open_capture()
    try:
        while (frame := _next_frame(capture, name)) is not None:
            yield frame
    finally:
        capture.release()


def _next_frame(capture: cv2.VideoCapture, name: str) -> Image | None:
    try:
        ok, bgr = capture.read()
    except cv2.error as error:
        raise VideoError(f"video '{name}'", "frames that can be decoded", str(error)) from None
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8) if ok else None
