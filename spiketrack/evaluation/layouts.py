"""Opens a benchmark's folder: which sequences it has, and what is wrong with those it cannot use.

Every layout is one function in one table. It finds the sequences' names, and a second function
reads one of them; whatever that one raises costs this sequence only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spiketrack.errors import DatasetError, SpiketrackError
from spiketrack.evaluation.box_files import read_table, read_text
from spiketrack.evaluation.one_sequence import (
    Reader,
    read_folder,
    read_got10k,
    read_lasot,
    read_nfs,
    read_otb,
    read_tnl2k,
    read_trackingnet,
    read_uav123,
)
from spiketrack.evaluation.protocols import protocol_of
from spiketrack.evaluation.sequences import Dataset, Scene, Sequence, Unreadable
from spiketrack.tracking.video_folder import in_natural_order
from spiketrack.training.evaluate import held_out_scene

SCENES = 30
"""Generated scenes where nobody says how many."""

SCENE_FRAMES = 100


@dataclass(frozen=True)
class _Listing:
    """Names of sequences with their places, and how each is read."""

    places: list[tuple[str, Path]]
    read: Reader
    notes: tuple[str, ...] = ()


def open_dataset(
    where: str | Path,
    layout: str,
    subset: str | None = None,
    *,
    only: Iterable[str] | None = None,
    limit: int | None = None,
) -> Dataset:
    """Lists and reads the sequences of a benchmark; their frames are not opened yet.

    Args:
        where: the benchmark's folder; for "synthetic" the seed of the scenes, as text.
        layout: a key of `spiketrack.evaluation.FORMATS`.
        subset: which part of it; None takes the first that the protocol names.
        only: names of sequences; None takes all of them.
        limit: how many sequences from the first on; None takes all of them.

    Raises:
        DatasetError: the folder is not there, has no sequence, or not one that was named.
        ValueError: the layout or its subset does not exist.
    """
    subsets = protocol_of(layout).subsets
    part = subset if subset is not None else next(iter(subsets), "")
    if part and part not in subsets:
        known = ", ".join(subsets) or "none, since the layout has no parts"
        raise ValueError(f"subset: needed one of {known}, found '{part}'")
    if layout == "synthetic":
        return _scenes(str(where), only, limit)
    root = Path(where)
    if not root.is_dir():
        raise DatasetError(f"'{root}'", "a folder", "a file" if root.exists() else "nothing there")
    listing = _LAYOUTS[layout](root, part)
    places = _chosen(listing.places, root, layout, only)[:limit]
    found = [_read(listing.read, name, place) for name, place in places]
    return Dataset(
        format=layout,
        subset=part,
        sequences=tuple(one for one in found if isinstance(one, Sequence)),
        unreadable=tuple(one for one in found if isinstance(one, Unreadable)),
        notes=listing.notes,
    )


def _chosen(
    places: list[tuple[str, Path]], root: Path, layout: str, only: Iterable[str] | None
) -> list[tuple[str, Path]]:
    if not places:
        raise DatasetError(f"'{root}'", f"sequences in the layout '{layout}'", "none")
    if only is None:
        return places
    wanted = set(only)
    missing = sorted(wanted - {name for name, _ in places})
    if missing:
        raise DatasetError(f"sequence '{missing[0]}'", f"one of '{root}'", "none of that name")
    return [(name, place) for name, place in places if name in wanted]


def _read(read: Reader, name: str, place: Path) -> Sequence | Unreadable:
    try:
        return read(name, place)
    except (SpiketrackError, OSError) as error:
        return Unreadable(name, str(error))


def _folders(root: Path) -> list[tuple[str, Path]]:
    return [
        (path.name, path)
        for path in in_natural_order([path for path in root.iterdir() if path.is_dir()])
        if not path.name.startswith(".")
    ]


def _listed(path: Path) -> list[str]:
    return [row[0] for row in read_table(path)]


def _got10k(root: Path, subset: str) -> _Listing:
    folder = root / subset if (root / subset).is_dir() else root
    names = folder / "list.txt"
    if names.is_file():
        return _Listing([(name, folder / name) for name in _listed(names)], read_got10k)
    return _Listing(_folders(folder), read_got10k, (f"'{folder.name}' has no list.txt.",))


def _lasot(root: Path, subset: str) -> _Listing:
    there = [
        pair
        for name, place in _folders(root)
        for pair in ([(name, place)] if (place / "groundtruth.txt").is_file() else _folders(place))
    ]
    names = {"test": "testing_set.txt", "train": "training_set.txt"}.get(subset)
    if names is None:
        return _Listing(there, read_lasot)
    if not (root / names).is_file():
        note = f"'{root.name}' has no {names}: all its {len(there)} sequences are taken."
        return _Listing(there, read_lasot, (note,))
    by_name = dict(there)
    places = [(n, by_name.get(n, root / n.split("-")[0] / n)) for n in _listed(root / names)]
    return _Listing(places, read_lasot)


def _otb(root: Path, subset: str) -> _Listing:
    places = []
    for name, folder in _folders(root):
        files = sorted(folder.glob("groundtruth_rect*.txt"))
        # Why: OTB leaves an empty file where the first of two targets is not annotated.
        files = [file for file in files if len(files) == 1 or read_text(file).strip()]
        for number, file in enumerate(files, 1):
            places.append((name if len(files) == 1 else f"{name}-{number}", file))
    return _Listing(places, read_otb)


def _uav123(root: Path, subset: str) -> _Listing:
    boxes = next((p for p in (root / "anno" / "UAV123", root / "anno") if p.is_dir()), root)
    files = in_natural_order([p for p in boxes.glob("*.txt") if p.is_file()])
    return _Listing([(path.stem, path) for path in files], read_uav123)


def _trackingnet(root: Path, subset: str) -> _Listing:
    boxes = root / subset / "anno"
    files = in_natural_order(list(boxes.glob("*.txt"))) if boxes.is_dir() else []
    return _Listing([(path.stem, path) for path in files], read_trackingnet)


def _nfs(root: Path, subset: str) -> _Listing:
    places = [(n, p / subset / f"{n}.txt") for n, p in _folders(root) if (p / subset).is_dir()]
    return _Listing(places, read_nfs)


_LAYOUTS: Mapping[str, Callable[[Path, str], _Listing]] = {
    "got10k": _got10k,
    "lasot": _lasot,
    "lasot-ext": _lasot,
    "otb": _otb,
    "uav123": _uav123,
    "tnl2k": lambda root, subset: _Listing(_folders(root), read_tnl2k),
    "trackingnet": _trackingnet,
    "nfs": _nfs,
    "folder": lambda root, subset: _Listing(_folders(root), read_folder),
}


def _scenes(text: str, only: Iterable[str] | None, limit: int | None) -> Dataset:
    """Generated scenes of a seed; their names are their numbers."""
    if not text.isdecimal():
        raise DatasetError(f"'{text}'", "the seed of the generated scenes, a whole number")
    seed = int(text)
    indices = range(SCENES if limit is None else limit)
    if only is not None:
        words = list(only)
        wrong = [word for word in words if not word.isdecimal()]
        if wrong:
            raise DatasetError(f"sequence '{wrong[0]}'", "the number of a scene")
        chosen = sorted({int(word) for word in words})[:limit]
    else:
        chosen = list(indices)
    return Dataset("synthetic", "", tuple(_scene(seed, index) for index in chosen))


def _scene(seed: int, index: int) -> Sequence:
    scene = held_out_scene(seed, index)
    boxes = [scene.box(t) for t in range(SCENE_FRAMES)]
    truth = np.array([[np.nan] * 4 if box is None else list(box) for box in boxes])
    return Sequence(
        name=str(index),
        frames=Scene(seed, index, SCENE_FRAMES),
        truth=truth,
        in_view=~np.isnan(truth[:, 0]),
        attributes=tuple(sorted(scene.attributes)),
    )
