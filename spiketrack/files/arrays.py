"""NumPy files: read within bounds because nobody vouches for them, written whole or not at all.

Objects, which are code, are never loaded. What a header promises is checked before memory is taken.
"""

import zipfile
import zlib
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import StoreError
from spiketrack.files.atomic import write_whole
from spiketrack.files.budget import GIB, Budget, allowance_of
from spiketrack.files.zip_door import open_zip

Array = NDArray[Any]
MAX_ARRAY_BYTES = 4 * GIB
MAX_MEMBERS = 4096
_KINDS = "biuf"
# Why this one: a header of format 2.0 may claim 4 GiB, and only tables of records need one.
_VERSION = (1, 0)
_STUMBLES = (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error,
             NotImplementedError, RuntimeError)  # fmt: skip


def read_arrays(path: Path, *, max_bytes: int = MAX_ARRAY_BYTES) -> dict[str, Array]:
    """The arrays of a .npz file by name, or the one of a .npy file under the name "".

    Args:
        path: the file; its content decides, not its name.
        max_bytes: what all arrays together may take; of a small file, `allowance_of` is less.

    Raises:
        StoreError: missing, damaged, too large, or holding anything but numbers.
    """
    what = f"file '{path}'"
    try:
        with open(path, "rb") as file:
            budget = Budget(what, allowance_of(path, max_bytes))
            if file.read(4) == b"PK\x03\x04":
                return _members(path, what, budget)
            file.seek(0)
            return {"": _array(file, what, budget)}
    except _STUMBLES as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        found = str(reason).splitlines()[0][:120]
        raise StoreError(what, "a whole .npy or .npz file", found) from error


def write_npz(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes a compressed .npz file: complete under its name, or nothing.

    Raises:
        StoreError: the disk refuses; an older file stays as it was.
    """
    write_whole(path, lambda file: _put_members(file, arrays))


def write_npy(path: Path, array: Array) -> None:
    """Writes a .npy file: complete under its name, or nothing.

    Raises:
        StoreError: the disk refuses; an older file stays as it was.
    """
    write_whole(path, lambda file: np.save(file, array, allow_pickle=False))


def _put_members(file: BinaryIO, arrays: Mapping[str, Array]) -> None:
    # Why not NumPy's own: it takes names as arguments of Python, and `file` is one of its own.
    layout: Any = np.lib.format  # Untyped in NumPy.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                layout.write_array(member, np.asanyarray(array), allow_pickle=False)


def _members(path: Path, what: str, budget: Budget) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    with open_zip(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise StoreError(what, f"at most {MAX_MEMBERS} arrays", str(len(members)))
        for member in members:
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise StoreError(what, "each name once", f"'{name}' twice")
            with archive.open(member) as file:
                arrays[name] = _array(file, f"{what}, '{name}'", budget)
    return arrays


def _array(file: IO[bytes], what: str, budget: Budget) -> Array:
    layout: Any = np.lib.format  # Untyped in NumPy.
    version = layout.read_magic(file)
    if version != _VERSION:
        raise StoreError(what, "NumPy format 1.0", str(version))
    shape, is_fortran, dtype = layout.read_array_header_1_0(file)
    if dtype.kind not in _KINDS or dtype.hasobject:
        raise StoreError(what, "an array of numbers", str(dtype)[:80])
    if min(shape, default=0) < 0:
        raise StoreError(what, "sizes of at least 0", f"shape {shape}"[:120])
    budget.charge(what, prod(shape) * dtype.itemsize)
    array: Array = np.empty(prod(shape), dtype)
    _fill(file, array.view(np.uint8), what)
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


def _fill(file: IO[bytes], buffer: NDArray[np.uint8], what: str) -> None:
    done = 0
    while done < len(buffer):
        part = file.read(min(len(buffer) - done, 1 << 24))
        if not part:
            raise StoreError(what, f"{len(buffer)} bytes of numbers", f"{done}")
        buffer[done : done + len(part)] = np.frombuffer(part, np.uint8)
        done += len(part)
