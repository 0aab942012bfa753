"""From the head's maps to a box in the image: Hann window, argmax, box, image pixels, clip.

Why the types: maps, window and the box inside the patch are float32 and are scaled to pixels in
float32, the step to image coordinates is float64; so does the official tracker, and so the boxes
are equal to the last bit.
"""

import math
from dataclasses import dataclass

import numpy as np

from spiketrack.tracking.boxes import Box, clip_box
from spiketrack.tracking.engine import FloatMap, Maps

CLIP_MARGIN = 10.0
"""Smallest side of a box and least overlap with the image, in pixels. Source: official tracker."""


@dataclass(frozen=True)
class PatchBox:
    """The best cell's box inside the search patch.

    Attributes:
        cxcywh: float32 (4,), centre and size as shares of the patch's side.
        confidence: response at that cell.
    """

    cxcywh: FloatMap
    confidence: float


def hann_window(grid: int) -> FloatMap:
    """The two-dimensional Hann window without its zero ends, float32 (grid, grid).

    w[i] = 0.5 * (1 - cos(2 pi / (grid + 1) * (i + 1))), the outer product of two of them.

    Why: each cosine is the correctly rounded one of the float32 angle, the same on every machine. A
        tensor
    library's float32 cosine depends on its build and the processor and may differ in the last bit.
    """
    step = np.float32(2 * math.pi / (grid + 1))
    angles = step * np.arange(1, grid + 1, dtype=np.float32)
    cosines = np.array([math.cos(angle) for angle in angles.tolist()], dtype=np.float32)
    row = np.float32(0.5) * (np.float32(1.0) - cosines)
    return np.asarray(np.outer(row, row), dtype=np.float32)


def decode_patch_box(maps: Maps, window: FloatMap | None) -> PatchBox:
    """Takes the box at the maximum of window * score_map; of equal maxima the first by rows.

    Args:
        maps: the head's output, g x g cells.
        window: float32 (g, g), or None to take the score map as it is.

    Raises:
        ValueError: the window does not have the maps' grid.
    """
    grid = maps.score_map.shape[-1]
    if window is not None and window.shape != maps.score_map.shape:
        raise ValueError(f"window: needed ({grid}, {grid}), found {window.shape}")
    response = maps.score_map if window is None else window * maps.score_map
    row, column = divmod(int(np.argmax(response)), grid)
    offset = maps.offset_map[:, row, column]
    cell = np.array([column, row], dtype=np.float32)
    centre = (cell + offset) / np.float32(grid)
    cxcywh = np.concatenate([centre, maps.size_map[:, row, column]]).astype(np.float32)
    return PatchBox(cxcywh, float(response[row, column]))


def to_image_box(
    patch_box: PatchBox,
    previous: Box,
    resize_factor: float,
    crop_size: int,
    frame_size: tuple[int, int],
) -> Box:
    """Maps a box from the patch to the image and clips it.

    Args:
        patch_box: box inside the patch.
        previous: the box around which the patch was cut, image pixels.
        resize_factor: patch pixels per image pixel.
        crop_size: side of the patch, in pixels.
        frame_size: width and height of the frame, in pixels.

    Returns:
        The target's box in image pixels.
    """
    pixels = patch_box.cxcywh * np.float32(crop_size) / np.float32(resize_factor)
    cx, cy, w, h = (float(value) for value in pixels)
    half_side = 0.5 * crop_size / resize_factor
    cx += previous.x + 0.5 * previous.w - half_side
    cy += previous.y + 0.5 * previous.h - half_side
    width, height = frame_size
    return clip_box(Box(cx - 0.5 * w, cy - 0.5 * h, w, h), width, height, CLIP_MARGIN)
