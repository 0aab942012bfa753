"""The square patch around a box that the network looks at, zero outside the image.

Source: the official tracker's sampling of the search area, equal to it byte for byte. Two of its
habits are kept because trained weights have seen them: Python's rounding of the corner (half to
even), and one column or row of zeros too many where the patch reaches the last pixel of the image.
"""

import math

import cv2
import numpy as np

from spiketrack.errors import BoxError
from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import Image

MAX_CROP_SIDE = 32767
"""Largest patch cut before resizing, in pixels: 3.2 GB; keeps a mad box from filling the memory."""


def crop_around(frame: Image, box: Box, factor: float, crop_size: int) -> tuple[Image, float]:
    """Cuts a square of `factor` times the box's geometric mean side and resizes it.

    Args:
        frame: uint8 RGB (H, W, 3).
        box: centre and size of the target, image pixels.
        factor: side of the square over sqrt(w * h).
        crop_size: side of the returned patch, in pixels.

    Returns:
        The patch, uint8 RGB (crop_size, crop_size, 3), and the resize factor (patch pixels per
        image pixel).

    Raises:
        BoxError: the square is empty, too large, or lies outside the frame.
    """
    side = _square_side(box, factor)
    left = round(box.x + 0.5 * box.w - side * 0.5)
    top = round(box.y + 0.5 * box.h - side * 0.5)
    x0, x1 = _visible_span(left, side, frame.shape[1])
    y0, y1 = _visible_span(top, side, frame.shape[0])
    if x0 >= x1 or y0 >= y1:
        size = f"{frame.shape[1]}x{frame.shape[0]}"
        raise BoxError(f"search area around box {box}", f"overlap with the frame of {size}", "none")
    square = np.zeros((side, side, 3), dtype=np.uint8)
    square[y0 - top : y1 - top, x0 - left : x1 - left] = frame[y0:y1, x0:x1]
    patch = cv2.resize(square, (crop_size, crop_size))
    return np.asarray(patch, dtype=np.uint8), crop_size / side


def _square_side(box: Box, factor: float) -> int:
    area = box.w * box.h
    if not 0 < math.sqrt(max(area, 0.0)) * factor <= MAX_CROP_SIDE:
        raise BoxError(
            f"search area around box {box}",
            f"a side above 0 and up to {MAX_CROP_SIDE} pixels",
            f"{factor:g} * sqrt({box.w:g} * {box.h:g})",
        )
    return math.ceil(math.sqrt(area) * factor)


def _visible_span(start: int, side: int, size: int) -> tuple[int, int]:
    """What is copied of [start, start + side); the last pixel is lost where it reaches past."""
    end = start + side
    return max(0, start), end - max(end - size + 1, 0)
