"""Reads one sequence of each layout: its frames, true boxes, view flags and attributes."""

from collections.abc import Callable
from collections.abc import Sequence as Several
from functools import cache
from pathlib import Path

import numpy as np

from spiketrack.errors import DatasetError
from spiketrack.evaluation.box_files import (
    Boxes,
    Flags,
    read_boxes,
    read_flags,
    read_table,
    without_non_boxes,
)
from spiketrack.evaluation.sequences import Sequence
from spiketrack.tracking.video_folder import IMAGE_SUFFIXES, in_natural_order

Reader = Callable[[str, Path], Sequence]

LASOT_ATTRIBUTES = (
    "illumination variation", "partial occlusion", "deformation", "motion blur", "camera motion",
    "rotation", "background clutter", "viewpoint change", "scale variation", "full occlusion",
    "fast motion", "out of view", "low resolution", "aspect ratio change",
)  # fmt: skip
TNL2K_ATTRIBUTES = (
    "camera motion", "rotation", "deformation", "full occlusion", "illumination variation",
    "out of view", "partial occlusion", "viewpoint change", "scale variation",
    "background clutter", "motion blur", "aspect ratio change", "low resolution", "fast motion",
    "adversarial samples", "thermal crossover", "modality switch",
)  # fmt: skip
UAV123_ATTRIBUTES = (
    "scale variation", "aspect ratio change", "low resolution", "fast motion", "full occlusion",
    "partial occlusion", "out of view", "background clutter", "illumination variation",
    "viewpoint change", "camera motion", "similar object",
)  # fmt: skip
OTB_WINDOWS = {
    "david": (299, 770),
    "football1": (0, 74),
    "freeman3": (0, 460),
    "freeman4": (0, 283),
    "diving": (0, 215),
}
"""Which frames of a folder the boxes of these sequences are of, from the first (0) to before."""

OTB_LEFT_OUT = {"tiger1": 5}
"""Frames at the beginning that the official list leaves out, with their boxes."""

_NFS_COLUMNS = 9
_NFS_EVERY = 8


def read_got10k(name: str, folder: Path) -> Sequence:
    """GOT-10k: images and `groundtruth.txt` in one folder, `absence.label`, `cover.label`."""
    frames, truth = images_in(folder), read_boxes(folder / "groundtruth.txt")
    cover, absence = folder / "cover.label", folder / "absence.label"
    seen = np.ones(len(frames), dtype=bool)
    if cover.is_file():
        seen = read_flags(cover, len(frames))
    elif absence.is_file():
        seen = ~read_flags(absence, len(frames))
    cut = folder / "cut_by_image.label"
    hard = {
        "absence": not seen.all(),
        "cut by image": cut.is_file() and bool(read_flags(cut, len(frames)).any()),
    }
    return _sequence(
        name, frames, truth, seen, tuple(word for word, is_so in hard.items() if is_so)
    )


def read_lasot(name: str, folder: Path) -> Sequence:
    """LaSOT: `img/`, `groundtruth.txt`, `full_occlusion.txt`, `out_of_view.txt`."""
    frames, truth = images_in(folder / "img"), read_boxes(folder / "groundtruth.txt")
    seen = np.ones(len(frames), dtype=bool)
    for hidden in ("full_occlusion.txt", "out_of_view.txt"):
        if (folder / hidden).is_file():
            seen &= ~read_flags(folder / hidden, len(frames))
    listed = folder.parent.parent / "att" / f"{name}.txt"
    return _sequence(name, frames, truth, seen, _attributes(listed, LASOT_ATTRIBUTES))


def read_otb(name: str, file: Path) -> Sequence:
    """OTB: `img/` beside `groundtruth_rect.txt`; a folder with two targets has two such files.

    Where OTB's images are in the folder of the first target (`Jogging-1`), those are taken.
    """
    folder = file.parent
    images = folder / "img"
    if not images.is_dir() and folder.name.endswith("-2"):
        images = folder.with_name(folder.name[:-1] + "1") / "img"
    frames, truth = images_in(images), read_boxes(file)
    first, last = OTB_WINDOWS.get(folder.name.lower(), (0, len(frames)))
    if len(frames) > len(truth):
        frames = frames[first:last]
    left_out = OTB_LEFT_OUT.get(folder.name.lower(), 0)
    frames, truth = frames[left_out:], truth[left_out:]
    words = folder / "attrs.txt"
    hard = tuple(row[0].strip() for row in read_table(words)) if words.is_file() else ()
    return _sequence(name, frames, truth, np.ones(len(frames), dtype=bool), hard)


def read_uav123(name: str, file: Path) -> Sequence:
    """UAV123: boxes in `anno/UAV123/`, images in `data_seq/UAV123/`.

    Several sequences are parts of one folder of images (`car1_1`, `car1_2`); where each begins is
    in `uav123_parts.csv`, as the benchmark's own list says. Their boxes say how long they are.
    """
    root = file.parent.parent.parent if file.parent.name == "UAV123" else file.parent.parent
    images = root / "data_seq" / "UAV123"
    images = images if images.is_dir() else root / "data_seq"
    truth = read_boxes(file)
    listed = file.parent / "att" / f"{name}.txt"
    if (images / name).is_dir():
        frames = images_in(images / name)
    else:
        frames = _part_of_folder(name, images, len(truth))
    seen = np.ones(len(frames), dtype=bool)
    return _sequence(name, frames, truth, seen, _attributes(listed, UAV123_ATTRIBUTES))


def read_tnl2k(name: str, folder: Path) -> Sequence:
    """TNL2K: `imgs/`, `groundtruth.txt`, `attributes.txt`."""
    frames, truth = images_in(folder / "imgs"), read_boxes(folder / "groundtruth.txt")
    hard = _attributes(folder / "attributes.txt", TNL2K_ATTRIBUTES)
    return _sequence(name, frames, truth, np.ones(len(frames), dtype=bool), hard)


def read_trackingnet(name: str, file: Path) -> Sequence:
    """TrackingNet: boxes in `anno/`, images in `frames/NAME/`; of the test set the first box."""
    frames, truth = images_in(file.parent.parent / "frames" / name), read_boxes(file)
    return _sequence(name, frames, truth, np.ones(len(frames), dtype=bool))


def read_nfs(name: str, file: Path) -> Sequence:
    """NFS: images in a folder beside the boxes, whose lines hold corners and flags.

    At 30 frames a second every eighth line of the boxes at 240 is meant, where there are so many.
    """
    frames = images_in(file.parent / name)
    rows = read_table(file)
    if rows and len(rows[0]) >= _NFS_COLUMNS:
        truth, seen = _corners(file, rows)
    else:
        truth = read_boxes(file)
        seen = np.ones(len(truth), dtype=bool)
    if len(truth) > (_NFS_EVERY - 1) * len(frames):
        truth, seen = truth[::_NFS_EVERY], seen[::_NFS_EVERY]
    return _sequence(name, frames, truth, _as_long(seen, len(frames)))


def read_folder(name: str, folder: Path) -> Sequence:
    """A folder of one's own: images in it or in `img/`, boxes in `groundtruth.txt`."""
    inner = next((folder / part for part in ("img", "imgs") if (folder / part).is_dir()), folder)
    names = ("groundtruth.txt", "groundtruth_rect.txt")
    file = next((folder / one for one in names if (folder / one).is_file()), folder / names[0])
    frames, truth = images_in(inner), read_boxes(file)
    return _sequence(name, frames, truth, np.ones(len(frames), dtype=bool))


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in the order of the numbers in their names.

    Raises:
        DatasetError: there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"'{folder}'", "a folder of images", "nothing there")
    found = [path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise DatasetError(f"'{folder}'", "images", "none")
    return in_natural_order(found)


def _sequence(
    name: str,
    frames: Several[Path],
    truth: Boxes,
    seen: Flags,
    attributes: tuple[str, ...] = (),
) -> Sequence:
    """Puts the parts together: as many boxes as frames, or the first box alone.

    Raises:
        DatasetError: there are fewer than two frames, or the first box is none.
    """
    notes = []
    if len(frames) < 2:
        raise DatasetError(f"sequence '{name}'", "at least 2 frames", f"{len(frames)}")
    if not len(truth) or np.isnan(without_non_boxes(truth[:1])).any():
        raise DatasetError(f"sequence '{name}'", "a box of a size above 0 in its first frame")
    n_frames, n_boxes = len(frames), len(truth)
    if n_boxes > n_frames:
        notes.append(f"'{name}' has {n_boxes} boxes for {n_frames} frames: the last are left out.")
        truth = truth[:n_frames]
    elif 1 < n_boxes < n_frames:
        notes.append(f"'{name}' has {n_boxes} boxes for {n_frames} frames: the last have none.")
        missing = np.full((n_frames - n_boxes, 4), np.nan)
        truth = np.concatenate([truth, missing])
    return Sequence(name, tuple(frames), truth, _as_long(seen, n_frames), attributes, tuple(notes))


def _as_long(flags: Flags, count: int) -> Flags:
    out = np.ones(count, dtype=bool)
    out[: min(count, len(flags))] = flags[:count]
    return out


def _attributes(file: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names whose flag is 1; none if there is no such file."""
    if not file.is_file():
        return ()
    flags = read_flags(file, len(names))
    return tuple(name for name, is_so in zip(names, flags.tolist(), strict=True) if is_so)


def _corners(file: Path, rows: list[list[str]]) -> tuple[Boxes, Flags]:
    """Rows of: number, left, top, right, bottom, frame, lost, occluded, generated, label."""
    try:
        values = np.array([[float(word) for word in row[1:8]] for row in rows])
    except ValueError:
        raise DatasetError(f"'{file}'", "corners and flags as numbers", "something else") from None
    boxes = values[:, :4].copy()
    boxes[:, 2:] -= boxes[:, :2]
    return boxes, values[:, 5] == 0


def _part_of_folder(name: str, images: Path, n_boxes: int) -> list[Path]:
    """The frames of one part of a folder that several sequences of UAV123 share."""
    first = _uav123_parts().get(name)
    folder = images / name.rpartition("_")[0]
    if first is None or not folder.is_dir():
        raise DatasetError(f"'{images / name}'", "a folder of images", "nothing there")
    shared, last = images_in(folder), first - 1 + n_boxes
    if last > len(shared):
        needed = f"frames {first} to {last} of '{folder}'"
        raise DatasetError(f"sequence '{name}'", needed, f"{len(shared)} frames")
    return shared[first - 1 : last]


@cache
def _uav123_parts() -> dict[str, int]:
    """Number of the first frame of every part, counted from 1."""
    _, *rows = read_table(Path(__file__).with_name("uav123_parts.csv"))
    return {name: int(first) for name, first in rows}
