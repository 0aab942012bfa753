"""Keeps OpenCV and its decoder off stderr; what they complain of becomes a typed error."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2

_SILENT = 0

# OpenCV 4 has the two functions at its top, OpenCV 5 in a module of their own.
_opencv: Any = cv2
_logging = _opencv if hasattr(cv2, "getLogLevel") else _opencv.utils.logging


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Within the block OpenCV logs nothing; afterwards its level is as before.

    Why the variable: the FFmpeg part reads its own level, once, when it opens its first file.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    level = _logging.getLogLevel()
    _logging.setLogLevel(_SILENT)
    try:
        yield
    finally:
        _logging.setLogLevel(level)
