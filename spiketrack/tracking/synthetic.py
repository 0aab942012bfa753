"""A video that needs no download: a bright target winds its way over a dull textured ground.

Frames come from integers and `numpy.random.Generator` only, so a seed gives the same frames
everywhere; an mp4 made of them is lossy and depends on the encoder.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import Image
from spiketrack.tracking.video_writer import VideoWriter

_CELL = 8
_MIN_SIDE = 64
_FPS = 25.0


@dataclass(frozen=True)
class SyntheticVideo:
    """What is true in a synthetic video.

    Attributes:
        path: the file.
        first_box: the target in frame 0.
        boxes: float64 (n_frames, 4), x, y, w, h of the target in every frame.
    """

    path: Path
    first_box: Box
    boxes: npt.NDArray[np.float64]


def make_synthetic_video(
    path: str | Path, n_frames: int, size: tuple[int, int] = (320, 240), seed: int = 0
) -> SyntheticVideo:
    """Writes the frames of `synthetic_frames` as mp4.

    Args:
        path: the file to write, ending in `.mp4`.
        n_frames: at least 2.
        size: width and height in pixels, each even and at least 64.
        seed: of textures and path.

    Raises:
        ValueError: too few frames, or a size too small or odd.
        VideoError: the file cannot be written.
    """
    frames = synthetic_frames(n_frames, size, seed)
    boxes = []
    with VideoWriter(path, _FPS, *size) as writer:
        for frame, box in frames:
            writer.write(frame)
            boxes.append(box)
    return SyntheticVideo(Path(path), boxes[0], np.array(boxes, dtype=np.float64))


def synthetic_frames(
    n_frames: int, size: tuple[int, int] = (320, 240), seed: int = 0
) -> Iterator[tuple[Image, Box]]:
    """Frames, uint8 RGB (height, width, 3), each with the target's true box.

    Args:
        n_frames: at least 2.
        size: width and height in pixels, each even and at least 64.
        seed: of textures and path.

    Raises:
        ValueError: too few frames, or a size too small or odd.
    """
    width, height = size
    if n_frames < 2:
        raise ValueError(f"n_frames: needed at least 2, found {n_frames}")
    if min(size) < _MIN_SIDE or width % 2 or height % 2:
        raise ValueError(f"size: needed even sides of at least {_MIN_SIDE}, found {width}x{height}")
    rng = np.random.default_rng(seed)
    side = min(size) // 6
    ground = _texture(rng, height, width, 70, 130)
    target = _texture(rng, side, side, 0, 256)
    phase = float(rng.uniform(0, 2 * math.pi))
    return _frames(ground, target, phase, n_frames)


def _frames(
    ground: Image, target: Image, phase: float, n_frames: int
) -> Iterator[tuple[Image, Box]]:
    height, width = ground.shape[:2]
    side = target.shape[0]
    for index in range(n_frames):
        x = _swing(width - side, phase + 0.05 * index)
        y = _swing(height - side, 2 * phase + 0.08 * index)
        frame = ground.copy()
        frame[y : y + side, x : x + side] = target
        yield frame, Box(float(x), float(y), float(side), float(side))


def _swing(room: int, angle: float) -> int:
    """A position in [0, room] that keeps a tenth of the room from either end."""
    return round(room * (0.5 + 0.4 * math.sin(angle)))


def _texture(rng: np.random.Generator, height: int, width: int, low: int, high: int) -> Image:
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    cells = rng.integers(low, high, size=(rows, columns, 3), dtype=np.uint8)
    return np.ascontiguousarray(cells.repeat(_CELL, axis=0).repeat(_CELL, axis=1)[:height, :width])
