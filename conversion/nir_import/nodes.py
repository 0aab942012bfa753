"""One node of a NIR file: its path, its type, and its fields read when they are asked for.

Fields are read leniently, because exporters and versions of NIR differ: a missing one has a
default, a scalar stands for an array, a text for a number.
"""

from dataclasses import dataclass

import h5py
import numpy as np

from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.hdf5_file import BoundedReader

Axes = tuple[int, ...]
"""A shape as NIR counts it: without time and batch; (C,), (C, L) or (C, H, W)."""


@dataclass(frozen=True, slots=True, eq=False)
class FileNode:
    """A node as the file has it.

    Attributes:
        path: names from the root graph to the node, joined with '.'.
        kind: its NIR type.
    """

    path: str
    kind: str
    reader: BoundedReader
    group: h5py.Group

    def has(self, field: str) -> bool:
        """Whether the file has this field, and anything in it."""
        if field not in self.group:
            return False
        return self.reader.dataset(self.group, field).size not in (0, None)

    def floats(self, field: str, default: float | None = None) -> Array:
        """A field as float64, all finite.

        Raises:
            ObstacleError: missing without a default, or NaN or infinity in it.
        """
        if not self.has(field):
            if default is None:
                raise refused(self.path, f"a {self.kind} without {field}", f"write its {field}")
            return np.float64(default).reshape(())
        array = self.reader.floats(self.group, field)
        if not np.isfinite(array).all():
            raise refused(self.path, f"NaN or infinity in {field}", "write finite numbers")
        return array

    def sizes(self, field: str) -> Axes | None:
        """A field as whole numbers, a scalar as one of them; None where it is missing."""
        if not self.has(field):
            return None
        array = np.ravel(self.floats(field))
        if len(array) > 8 or (array != np.rint(array)).any() or np.abs(array).max() > 2**31:
            raise refused(self.path, f"{field} is no short list of whole numbers", "correct it")
        return tuple(int(size) for size in array)

    def integer(self, field: str, default: int) -> int:
        """A field as one whole number."""
        sizes = self.sizes(field) or (default,)
        if len(sizes) != 1:
            raise refused(self.path, f"{len(sizes)} numbers as {field}", "write one")
        return sizes[0]

    def pair(self, field: str, default: Pair) -> Pair:
        """A size per axis, rows first; a single number stands for both."""
        sizes = self.sizes(field) or default
        if len(sizes) > 2:
            raise refused(self.path, f"{len(sizes)} numbers as {field}", "write one per axis")
        return sizes[0], sizes[-1]

    def word(self, field: str) -> str:
        """A field if it is a text, else ''."""
        if field not in self.group:
            return ""
        found = self.reader.dataset(self.group, field)
        is_text = h5py.check_string_dtype(found.dtype) is not None
        return self.reader.text(self.group, field) if is_text else ""

    def extent(self, field: str) -> Axes:
        """The shape of an array without reading it; () where it is missing."""
        return tuple(self.reader.dataset(self.group, field).shape) if self.has(field) else ()

    def charge(self, n_numbers: int) -> None:
        """Accounts for float64 numbers that are about to be made for this node."""
        self.reader.charge(self.group, "type", n_numbers * np.dtype(np.float64).itemsize)


def refused(path: str, reason: str, rewrite: str) -> ObstacleError:
    """An error about one node; the importer collects them."""
    return ObstacleError(f"node '{path}'", (Obstacle(path, reason, rewrite),))
