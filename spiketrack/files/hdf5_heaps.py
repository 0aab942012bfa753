"""Looks over the places where an HDF5 file keeps its strings, before the HDF5 library does.

Why: HDF5 2.0 walks a global heap by the sizes it finds there, and a size of 0 keeps it walking for
ever, in C, where no timer of Python's can end it. Nobody vouches for these files.
"""

import mmap
import os
from os import PathLike

from spiketrack.errors import StoreError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\x01\0\0\0"
_NEEDED = "a whole, readable HDF5 file"
_FIRST_USER_BLOCK = 512
_WORD = 8
_HEADER_BYTES = 16
# Where a superblock of each version says how many bytes an address and a size have.
_WIDTHS_AT = {0: 13, 1: 13, 2: 9, 3: 9}


def check_heaps(path: str | PathLike[str]) -> None:
    """Checks that every global heap of a file can be walked to its end.

    A block that merely looks like a heap (space that was given up) counts as one: rather a refusal
    than a program that hangs.

    Raises:
        StoreError: not an HDF5 file, sizes of an unusual width, or a heap without an end.
        OSError: the file cannot be read.
    """
    what = f"file '{path}'"
    if os.path.getsize(path) == 0:
        raise StoreError(what, _NEEDED, "an empty one")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        _check_widths(what, data)
        at = data.find(_HEAP)
        while at >= 0:
            _check_heap(what, data, at)
            at = data.find(_HEAP, at + len(_HEAP))


def _check_widths(what: str, data: mmap.mmap) -> None:
    """Raises StoreError unless addresses and sizes have 8 bytes, as HDF5 writes by default."""
    at = 0
    while data[at : at + len(_SIGNATURE)] != _SIGNATURE:
        at = max(2 * at, _FIRST_USER_BLOCK)
        if at >= len(data):
            raise StoreError(what, _NEEDED, "no HDF5 signature")
    start = data[at : at + 16].ljust(16, b"\0")
    place = _WIDTHS_AT.get(start[8])
    if place is None or start[place : place + 2] != bytes([_WORD, _WORD]):
        found = f"superblock version {start[8]} with other widths or unknown"
        raise StoreError(what, "HDF5 addresses and sizes of 8 bytes", found)


def _check_heap(what: str, data: mmap.mmap, start: int) -> None:
    end = start + _number(data, start + len(_HEAP))
    at = start + len(_HEAP) + _WORD
    if not at <= end <= len(data):
        raise StoreError(what, "heaps inside the file", f"one at byte {start} up to {end}", _ADVICE)
    while at + _HEADER_BYTES <= end:
        index, size = int.from_bytes(data[at : at + 2], "little"), _number(data, at + _WORD)
        # Index 0 is what is free; its size counts its own header.
        step = size if index == 0 else _HEADER_BYTES + -(-size // _WORD) * _WORD
        if step < _HEADER_BYTES or at + step > end:
            found = f"an entry of {size} bytes at byte {at}"
            raise StoreError(what, f"entries that fill the heap at byte {start}", found, _ADVICE)
        at += step


_ADVICE = "The file is damaged; if HDF5's own tools read it, h5repack mends it"


def _number(data: mmap.mmap, at: int) -> int:
    return int.from_bytes(data[at : at + _WORD], "little")
