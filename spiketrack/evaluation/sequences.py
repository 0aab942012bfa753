"""What a sequence of a benchmark is, whatever its folder looks like.

Frames are names until somebody goes through them, so that a benchmark of a million frames is listed
in seconds, and a broken sequence costs nothing but itself.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spiketrack.evaluation.box_files import Boxes, Flags
from spiketrack.tracking.engine import Image
from spiketrack.tracking.video_folder import read_image
from spiketrack.training.evaluate import held_out_scene


@dataclass(frozen=True)
class Scene:
    """Frames that are drawn when they are needed.

    Attributes:
        seed: of the data that a tracker was trained on; the scene is one of those held out.
        index: which one.
        count: frames.
    """

    seed: int
    index: int
    count: int


@dataclass(frozen=True)
class Sequence:
    """One sequence of a benchmark.

    Attributes:
        name: as the benchmark calls it.
        frames: image files in order, or a generated scene.
        truth: float64 (N, 4) in pixels, as published; NaN where there is no box. The first row
            alone where the benchmark keeps the others to itself.
        in_view: bool (N,), false where the benchmark marks the target as absent.
        attributes: names of what is hard about the sequence.
        notes: sentences about what was unusual in its files.
    """

    name: str
    frames: tuple[Path, ...] | Scene
    truth: Boxes = field(repr=False)
    in_view: Flags = field(repr=False)
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of frames, the first included."""
        return self.frames.count if isinstance(self.frames, Scene) else len(self.frames)

    @property
    def is_scored(self) -> bool:
        """Whether the true boxes of the frames after the first are published."""
        return len(self.truth) > 1

    def sha256(self) -> str:
        """Hash of names and sizes of the frames, of the true boxes and of the view flags.

        Why not of the pixels: reading them takes as long as tracking does on a small network.
        """
        digest = hashlib.sha256()
        if isinstance(self.frames, Scene):
            digest.update(repr(self.frames).encode())
        else:
            for path in self.frames:
                size = path.stat().st_size if path.is_file() else -1
                digest.update(f"{path.name} {size}\n".encode(errors="surrogateescape"))
        digest.update(np.ascontiguousarray(self.truth, dtype="<f8").tobytes())
        digest.update(np.ascontiguousarray(self.in_view).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Unreadable:
    """A sequence that cannot be used.

    Attributes:
        name: as the benchmark calls it.
        reason: what is wrong.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A benchmark's folder as it was found.

    Attributes:
        format: name of its layout.
        subset: which part, "" where the layout has none.
        sequences: in the order of the benchmark's list, or of names.
        unreadable: those that cannot be used.
        notes: sentences about how the list was found.
    """

    format: str
    subset: str
    sequences: tuple[Sequence, ...]
    unreadable: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()


def images_of(sequence: Sequence) -> Iterator[Image]:
    """The frames of a sequence, uint8 RGB (H, W, 3), read or drawn one by one.

    Args:
        sequence: where the frames are.

    Raises:
        VideoError: an image cannot be read.
    """
    if isinstance(sequence.frames, Scene):
        scene = held_out_scene(sequence.frames.seed, sequence.frames.index)
        for picture, _ in scene.frames(sequence.frames.count):
            yield picture.image
        return
    for path in sequence.frames:
        yield read_image(path)
