"""What a file may make this program allocate: in proportion to its size, and never without end.

Every reader charges what it is about to make before it makes it: the numbers of a dataset, copies
of them in another type, arrays that a few bytes describe (fill values, channels, identity
matrices), paths and texts.
"""

from dataclasses import dataclass, field

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
