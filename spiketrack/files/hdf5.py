"""HDF5 files, written whole or not at all, and read within bounds because nobody vouches for them.

Why built in memory first: HDF5 cannot close a file cleanly once the disk is full, plain bytes can.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import prod
from os import PathLike
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import StoreError
from spiketrack.files.atomic import part_of
from spiketrack.files.budget import (
    GIB,
    MOST_BYTES,
    MOST_PER_STORED_BYTE,
    Budget,
    allowance,
    allowance_of,
)
from spiketrack.files.hdf5_heaps import check_heaps
from spiketrack.files.hdf5_trial import check_survives
from spiketrack.files.seal import BLOCK_BYTES, seal_block

Array = NDArray[Any]
# Filters built into HDF5 (gzip, shuffle, checksum): any other would load a plug-in, which is code.
_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_MAX_STRING_ROWS = 4096
_CELL_BYTES = 128
"""What Python needs for the shortest text and its place in a table."""
_CHUNK_BYTES = 1 << 20
# HDF5 takes about 10 us for every chunk, stored or not; tiny ones would make a small read long.
_MAX_CHUNKS = 1 << 17
_REFERENCE = np.dtype([("length", "<u4"), ("address", "<u8"), ("number", "<u4")])
# What HDF5, NumPy and JSON values of a wrong kind lead to; our own errors pass through untouched.
_STUMBLES = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may make the reader allocate, bytes: in one dataset and in all together.

    A small file may take less: see `spiketrack.files.budget.allowance`.
    """

    dataset_bytes: int = 2 * GIB
    total_bytes: int = MOST_BYTES


def write_hdf5(
    path: str | PathLike[str],
    fill: Callable[[h5py.File], None],
    seal: tuple[str, int] | None = None,
) -> None:
    """Writes an HDF5 file: complete under its name, or nothing.

    Args:
        path: where; an existing file is replaced at the end, in one step.
        fill: puts groups and datasets into the open file.
        seal: kind and version of the file; it then starts with a block that names its SHA-256.

    Raises:
        StoreError: the disk is full, the folder is missing or not writable.
    """
    image = BytesIO()
    with h5py.File(image, "w", userblock_size=BLOCK_BYTES if seal else 0) as hdf5_file:
        fill(hdf5_file)
    # Why views are closed: one that an error's traceback still held would keep the image from it.
    # Path.write_bytes makes such a view of its own.
    with image.getbuffer() as view, part_of(path) as part, part.open("wb") as file:
        if seal:
            with view[BLOCK_BYTES:] as rest:
                view[:BLOCK_BYTES] = seal_block(*seal, rest)
        file.write(view)


def put_array(group: h5py.Group, name: str, array: Array, *, level: int) -> None:
    """Adds one dataset without times; compressed with gzip if it is larger than a kibibyte."""
    options: dict[str, Any] = {}
    if array.nbytes > 1024 and array.ndim:
        # Why whole rows: HDF5's own guess cuts kernels too, and pads what it cut.
        rows = max(1, min(len(array), _CHUNK_BYTES * len(array) // array.nbytes))
        options = {"chunks": (rows, *array.shape[1:]), "compression": "gzip"}
        options |= {"compression_opts": level, "shuffle": True}
    group.create_dataset(name, data=array, track_times=False, **options)


@contextmanager
def reading(path: str | PathLike[str], limits: Limits | None = None) -> Iterator["BoundedReader"]:
    """Opens a file for bounded reading; whatever HDF5 stumbles over becomes a `StoreError`."""
    try:
        size = _size_without_holes(path)
        check_heaps(path)
        check_survives(os.fspath(path))
        with h5py.File(path, "r") as file:
            yield BoundedReader(file, f"file '{path}'", size, limits or Limits())
    except _STUMBLES as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        found = str(reason).splitlines()[0]
        raise StoreError(f"file '{path}'", "a whole, readable HDF5 file", found) from error


def _size_without_holes(path: str | PathLike[str]) -> int:
    """The size of a file that is not mostly a hole, which would be searched for texts for hours."""
    size = os.path.getsize(path)
    most = allowance_of(path, size)
    if size > most:
        needed = f"a file of at most {most} bytes, as little of it is stored"
        raise StoreError(f"file '{path}'", needed, f"{size}, most of them a hole")
    return size


class BoundedReader:
    """Reads groups, arrays and texts of one open file and keeps account of the bytes."""

    def __init__(self, file: h5py.File, what: str, file_bytes: int, limits: Limits) -> None:
        self.root: h5py.Group = file
        self.what = what
        self._path: str = file.filename
        self._file_bytes = max(file_bytes, 1)
        self._limits = limits
        self._budget = Budget(what, allowance_of(self._path, limits.total_bytes))
        self._chunks = 0

    def group(self, parent: h5py.Group, name: str) -> h5py.Group:
        """The sub-group of that name."""
        group = self._member(parent, name)
        if not isinstance(group, h5py.Group):
            raise StoreError(self._place(parent, name), "a group", "a dataset")
        return group

    def dataset(self, parent: h5py.Group, name: str) -> h5py.Dataset:
        """The dataset of that name, not read yet: a plain one, of a size within the limits."""
        dataset = self._member(parent, name)
        place = self._place(parent, name)
        if not isinstance(dataset, h5py.Dataset):
            raise StoreError(place, "a dataset", "a group")
        settings = dataset.id.get_create_plist()
        filters = {settings.get_filter(i)[0] for i in range(settings.get_nfilters())}
        if (
            dataset.external
            or dataset.is_virtual
            or not filters <= _FILTERS
            or dataset.shape is None
        ):
            raise StoreError(place, "plain data", "external, virtual, empty or unknown storage")
        self._allow(
            place, max(prod(dataset.shape), prod(dataset.chunks or ())) * dataset.dtype.itemsize
        )
        self._allow_chunks(place, _n_chunks(dataset))
        return dataset

    def array(self, parent: h5py.Group, name: str) -> Array:
        """All numbers of a dataset."""
        dataset = self.dataset(parent, name)
        if dataset.dtype.kind not in "biuf":
            raise StoreError(self._place(parent, name), "numbers", str(dataset.dtype))
        place, n_bytes = self._place(parent, name), dataset.size * dataset.dtype.itemsize
        stored = dataset.id.get_storage_size()
        if n_bytes > allowance(stored):
            needed = f"numbers that are stored, {MOST_PER_STORED_BYTE} bytes of them in one at most"
            raise StoreError(place, needed, f"{stored} stored for {n_bytes} declared")
        self._budget.charge(place, n_bytes)
        self._chunks += _n_chunks(dataset)
        self._allow_chunks(place, self._chunks)
        return np.asarray(dataset[()])

    def floats(self, parent: h5py.Group, name: str) -> Array:
        """All numbers of a dataset as float64.

        Why charged twice: a node of a graph keeps a copy of its own.
        """
        n_bytes = self.dataset(parent, name).size * np.dtype(np.float64).itemsize
        self.charge(parent, name, n_bytes)
        self.spend(f"{self.what}, '{name}'", n_bytes)
        return self.array(parent, name).astype(np.float64)

    def charge(self, parent: h5py.Group, name: str, n_bytes: int) -> None:
        """Accounts for what is about to be allocated for a dataset beside its own numbers.

        Why: a byte in the file may stand for a float64, and a fill value for any number of them.

        Raises:
            StoreError: more than the limits allow.
        """
        place = self._place(parent, name)
        self._allow(place, n_bytes)
        self._budget.charge(place, n_bytes)

    def spend(self, place: str, n_bytes: int) -> None:
        """Accounts for what is about to be made of the file, dataset or not.

        Raises:
            StoreError: more than the limits allow.
        """
        self._budget.charge(place, n_bytes)

    def text(self, parent: h5py.Group, name: str) -> str:
        """A dataset that holds one string."""
        dataset = self.dataset(parent, name)
        if h5py.check_string_dtype(dataset.dtype) is None or dataset.shape != ():
            raise StoreError(self._place(parent, name), "one string", str(dataset.dtype))
        self._check_lengths(self._place(parent, name), dataset)
        raw: bytes = dataset[()]
        self._budget.charge(self._place(parent, name), len(raw))
        return raw.decode("utf-8")

    def text_rows(self, parent: h5py.Group, name: str, columns: int) -> list[tuple[str, ...]]:
        """A table of strings, read in slices so that no slice can outgrow the limit.

        Why: many short references may point to one long string; no header states the size.
        """
        dataset = self.dataset(parent, name)
        place = self._place(parent, name)
        if dataset.shape == (0,):
            return []
        is_text = h5py.check_string_dtype(dataset.dtype) is not None
        if not is_text or len(dataset.shape) != 2 or dataset.shape[1] != columns:
            raise StoreError(
                place, f"rows of {columns} strings", f"{dataset.dtype} {dataset.shape}"
            )
        self._check_lengths(place, dataset)
        self._budget.charge(place, dataset.size * _CELL_BYTES)
        fitting = self._limits.dataset_bytes // (columns * self._file_bytes)
        step = min(max(fitting, 1), _MAX_STRING_ROWS)
        rows: list[tuple[str, ...]] = []
        for start in range(0, dataset.shape[0], step):
            part = dataset[start : start + step]
            self._budget.charge(place, sum(len(cell) for row in part for cell in row))
            rows.extend(tuple(bytes(cell).decode("utf-8") for cell in row) for row in part)
        return rows

    def _check_lengths(self, place: str, dataset: h5py.Dataset) -> None:
        """Refuses a string said to be longer than the file, for which HDF5 would make room first.

        A reference to a string is its length (4 bytes), where it lies (8) and its number (4); only
        those stored in one piece, as they usually are, can be seen without HDF5.
        """
        start = dataset.id.get_offset()
        if start is None or h5py.check_string_dtype(dataset.dtype).length is not None:
            return
        with open(self._path, "rb") as file:
            file.seek(start)
            raw = file.read(dataset.size * _REFERENCE.itemsize)
        longest = int(np.frombuffer(raw, _REFERENCE)["length"].max(initial=0))
        if longest > self._file_bytes:
            raise StoreError(place, f"texts of at most {self._file_bytes} bytes", f"{longest}")

    def _member(self, parent: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
        link = parent.get(name, getlink=True)
        if link is None:
            raise StoreError(self._place(parent, name), "an entry", "nothing")
        if not isinstance(link, h5py.HardLink):
            raise StoreError(self._place(parent, name), "an entry of this file", "a link elsewhere")
        return parent[name]

    def _place(self, parent: h5py.Group, name: str) -> str:
        return f"{self.what}, '{parent.name.rstrip('/')}/{name}'"

    def _allow(self, place: str, n_bytes: int) -> None:
        if n_bytes > self._limits.dataset_bytes:
            needed = f"at most {self._limits.dataset_bytes} bytes"
            raise StoreError(place, needed, f"{n_bytes} declared")

    def _allow_chunks(self, place: str, n_chunks: int) -> None:
        if n_chunks > _MAX_CHUNKS:
            raise StoreError(place, f"at most {_MAX_CHUNKS} chunks in all", str(n_chunks))


def _n_chunks(dataset: h5py.Dataset) -> int:
    """How many chunks cover a dataset; 0 where it is stored in one piece."""
    if dataset.chunks is None:
        return 0
    return prod(-(-n // size) for n, size in zip(dataset.shape, dataset.chunks, strict=True))
