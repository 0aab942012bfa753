"""Boxes `x, y, w, h` in image pixels: reading, checking against a frame, clipping, overlap.

`x, y` is the upper left corner; pixel centres are not shifted by half, as in the official tracker.
"""

import math
from typing import NamedTuple

from spiketrack.errors import BoxError


class Box(NamedTuple):
    """A box in image pixels: upper left corner, width and height."""

    x: float
    y: float
    w: float
    h: float

    def __str__(self) -> str:
        return ",".join(f"{value:g}" for value in self)


def parse_box(text: str) -> Box:
    """Reads a box written as `x,y,w,h`.

    Args:
        text: four decimal numbers with commas between them.

    Returns:
        The box; `check_box` says whether it lies in a frame.

    Raises:
        BoxError: not four numbers, or one of them is not finite.
    """
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise BoxError(
            f"box '{text}'", "four numbers x,y,w,h", advice="Example: 877,464,40,74"
        ) from None
    box = Box(x, y, w, h)
    _check_finite(box)
    return box


def check_box(box: Box, width: int, height: int) -> None:
    """Refuses a box that no tracker can start from.

    Args:
        box: x, y, w, h in pixels.
        width: frame width in pixels.
        height: frame height in pixels.

    Raises:
        BoxError: a number is not finite, the size is zero or negative, or the box and the frame do
            not overlap.
    """
    _check_finite(box)
    if box.w <= 0 or box.h <= 0:
        raise BoxError(
            f"box {box} in a frame of {width}x{height}",
            "width and height above 0",
            f"{box.w:g}x{box.h:g}",
        )
    if box.x >= width or box.y >= height or box.x + box.w <= 0 or box.y + box.h <= 0:
        raise BoxError(f"box {box}", f"overlap with the frame of {width}x{height}", "none")


def clip_box(box: Box, width: int, height: int, margin: float) -> Box:
    """Moves a box into the frame and keeps it at least `margin` wide and high.

    Args:
        box: x, y, w, h in pixels, anywhere.
        width: frame width in pixels, at least `margin`.
        height: frame height in pixels, at least `margin`.
        margin: smallest side left, in pixels.

    Returns:
        A box that overlaps the frame by at least `margin` in both directions.
    """
    x0, x1 = _clip_span(box.x, box.x + box.w, width, margin)
    y0, y1 = _clip_span(box.y, box.y + box.h, height, margin)
    return Box(x0, y0, max(margin, x1 - x0), max(margin, y1 - y0))


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes.

    Args:
        a: a box in pixels.
        b: another one in the same image.

    Returns:
        From 0 to 1; 0 if both are empty.
    """
    overlap_w = max(0.0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
    overlap_h = max(0.0, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
    overlap = overlap_w * overlap_h
    union = a.w * a.h + b.w * b.h - overlap
    return min(1.0, overlap / union) if union > 0 else 0.0


def _clip_span(low: float, high: float, size: int, margin: float) -> tuple[float, float]:
    return min(max(0.0, low), size - margin), min(max(margin, high), float(size))


def _check_finite(box: Box) -> None:
    if not all(math.isfinite(value) for value in box):
        raise BoxError(f"box {box}", "finite numbers", "nan or infinity")
