"""The first 512 bytes of a model file: what it is, its version, and the SHA-256 of what follows.

Why: the HDF5 library may crash the whole process on a damaged file, so damage is found before HDF5
sees a byte. The block is HDF5's own "user block", which every HDF5 tool skips.
"""

import hashlib
import re
from os import PathLike

from spiketrack.errors import StoreError

BLOCK_BYTES = 512
_PIECE_BYTES = 1 << 20


def seal_block(kind: str, version: int, rest: bytes | memoryview) -> bytes:
    """The 512 bytes that go before `rest`: one line of text, then zeros."""
    line = f"{kind} {version} {hashlib.sha256(rest).hexdigest()}\n"
    return line.encode("ascii").ljust(BLOCK_BYTES, b"\0")


def check_seal(path: str | PathLike[str], kind: str, version: int) -> None:
    """Checks that a file is of this kind, of a version this program knows, and undamaged.

    Raises:
        StoreError: another kind or version, other bytes than were sealed, or unreadable.
    """
    what = f"file '{path}'"
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            block = file.read(BLOCK_BYTES)
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise StoreError(what, "a file that can be read", found) from error
    match = re.fullmatch(rb"(\S+) (\d{1,9}) ([0-9a-f]{64})\n\0*", block)
    if match is None or match[1] != kind.encode() or len(block) != BLOCK_BYTES:
        raise StoreError(what, f"a '{kind}' file", "another one, or its first bytes are damaged")
    found_version = int(match[2])
    if found_version != version:
        who = "A newer spiketrack wrote it"
        if found_version < version:
            who = "An older spiketrack wrote it: convert the network again"
        raise StoreError(what, f"format version {version}", str(found_version), who)
    if match[3].decode() != digest.hexdigest():
        raise StoreError(what, "the bytes it was sealed with", "damaged or truncated ones")
