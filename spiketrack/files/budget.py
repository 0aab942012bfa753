"""What a file may make this program allocate: in proportion to its size, and never without end.

Every reader charges what it is about to make before it makes it: the numbers of a dataset, copies
of them in another type, arrays that a few bytes describe (fill values, channels, identity
matrices), paths and texts.
"""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spiketrack.errors import SpiketrackError, StoreError

GIB = 1 << 30
MOST_PER_STORED_BYTE = 1100
"""A little more than deflate, the tightest packing in the formats read here, can reach (1,032)."""
FREE_BYTES = 1 << 28
"""What even the smallest file may take: less than importing this program does."""
MOST_BYTES = 8 * GIB
"""What even the largest file may take beyond its own size."""
_ADVICE = "No file of its size may take more"


@dataclass
class Budget:
    """An account for one file.

    Attributes:
        what: the file, for messages.
        limit_bytes: all that may be made of it.
        error: what going beyond is.
        spent_bytes: what was charged so far.
    """

    what: str
    limit_bytes: int
    error: type[SpiketrackError] = StoreError
    spent_bytes: int = field(default=0, init=False)

    def charge(self, place: str, n_bytes: int) -> None:
        """Accounts for what is about to be made.

        Args:
            place: what needs it, for messages.
            n_bytes: how much.

        Raises:
            SpiketrackError: of the type `error`; more than the budget.
        """
        self.spent_bytes += n_bytes
        if self.spent_bytes > self.limit_bytes:
            needed, found = f"at most {self.limit_bytes} bytes in all", f"{self.spent_bytes}"
            raise self.error(place, needed, f"{found} with this entry", _ADVICE)


def allowance(stored_bytes: int, most_bytes: int = MOST_BYTES) -> int:
    """What may be made of a file or a part of one.

    Args:
        stored_bytes: what lies on the disk.
        most_bytes: a limit besides.
    """
    return min(most_bytes, FREE_BYTES + MOST_PER_STORED_BYTE * stored_bytes)


def allowance_of(path: str | os.PathLike[str], most_bytes: int = MOST_BYTES) -> int:
    """What may be made of a file, by the bytes that really lie on the disk.

    Why not its size: a file can be one long hole that takes no place and reads as zeros.

    Args:
        path: the file.
        most_bytes: a limit besides.

    Raises:
        OSError: it cannot be read.
    """
    with Path(path).open("rb") as file:
        stored = 0
        for n_bytes in _pieces(file.fileno()):
            stored += n_bytes
            if allowance(stored, most_bytes) == most_bytes:
                break  # why: a file may have pieces without end
    return allowance(stored, most_bytes)


def _pieces(file: int) -> Iterator[int]:
    """Lengths of the pieces of a file between its holes; one piece where holes are unknown."""
    size, at = os.fstat(file).st_size, 0
    while at < size:
        try:
            start = os.lseek(file, at, os.SEEK_DATA)
            at = os.lseek(file, start, os.SEEK_HOLE)
        except AttributeError:  # Windows
            start, at = at, size
        except OSError as error:
            # Nothing but a hole is left (ENXIO), or the file system does not know of holes.
            start, at = (size if error.errno == errno.ENXIO else at), size
        yield at - start
