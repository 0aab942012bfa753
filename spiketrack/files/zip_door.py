"""Opens zip files after a look at how many entries they list.

Why: Python reads the whole list when it opens a file, and makes half a kibibyte of each entry of
some fifty bytes.
"""

import os
import re
import struct
import zipfile
from pathlib import Path

MAX_LISTING_BYTES = 1 << 24


class LongListing(zipfile.BadZipFile):
    """A list of entries that would take too much memory."""


_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 1 << 16
_IN_64 = 0xFFFFFFFF
"""A size that stands in the record of 64 bits instead."""


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip file opened for reading.

    Raises:
        LongListing: a list of entries that is too long.
        zipfile.BadZipFile: no zip file.
        OSError: it cannot be read.
    """
    n_bytes = _listing_bytes(path)
    if n_bytes > MAX_LISTING_BYTES:
        found = f"a list of entries of {n_bytes} bytes"
        raise LongListing(f"{found}, more than {MAX_LISTING_BYTES}")
    return zipfile.ZipFile(path)


def _listing_bytes(path: Path) -> int:
    """The longest list of entries that the end of the file speaks of; 0 if it speaks of none."""
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST_COMMENT - _END.size - _LOCATOR.size - _END_64.size))
        tail = file.read()
        records = [tail[at : at + _END_64.size] for at in _places(tail, b"PK\6\6", _END_64)]
        for at in _places(tail, b"PK\6\7", _LOCATOR):
            file.seek(min(_LOCATOR.unpack_from(tail, at)[2], size))
            records.append(file.read(_END_64.size))
    sizes = [_END.unpack_from(tail, at)[5] for at in _places(tail, b"PK\5\6", _END)]
    sizes = [n_bytes for n_bytes in sizes if n_bytes != _IN_64]
    sizes += [_END_64.unpack(record)[8] for record in records if len(record) == _END_64.size]
    return min(max(sizes, default=0), size)


def _places(tail: bytes, magic: bytes, record: struct.Struct) -> list[int]:
    """Where records may start. Why all: which of them counts differs between versions of Python."""
    starts = (match.start() for match in re.finditer(re.escape(magic), tail))
    return [at for at in starts if at + record.size <= len(tail)]
