"""A node of a NIR file has a path, a type, and fields that are read when they are wanted.

Fields are read leniently, because exporters and versions of NIR differ: a missing one has a
default, a scalar stands for an array, a text for a number.
"""

from dataclasses import dataclass

import numpy as np

from conversion.nir_import.contents import Contents, Header
from spiketrack.errors import Obstacle, ObstacleError, StoreError
from spiketrack.graph.checks import Array, Pair

Axes = tuple[int, ...]
"""A shape as NIR counts it: without time and batch; (C,), (C, L) or (C, H, W)."""


@dataclass(frozen=True, slots=True, eq=False)
class FileNode:
    """A node as the file has it.

    Attributes:
        path: names from the root graph to the node, joined with '.'.
        kind: its NIR type; '' where that cannot be read.
        contents: its fields; several nodes may share them.
    """

    path: str
    kind: str
    contents: Contents

    def has(self, field: str) -> bool:
        """Whether the file has this field, and anything in it.

        Raises:
            ObstacleError: it has one that cannot be read.
        """
        header = self._header(field)
        return header is not None and 0 not in header.shape

    def floats(self, field: str, default: float | None = None) -> Array:
        """A field as float64, all finite.

        Raises:
            ObstacleError: missing without a default, no numbers, or NaN or infinity in it.
            StoreError: more than the limits allow.
        """
        header = self._header(field)
        if header is None or 0 in header.shape:
            if default is None:
                raise refused(self.path, f"a {self.kind} without {field}", f"write its {field}")
            return np.array(default, np.float64)
        if header.is_text:
            raise self._unreadable(field, "needed numbers, found a text")
        array = self.contents.floats(field)
        if not np.isfinite(array).all():
            raise refused(self.path, f"NaN or infinity in {field}", "write finite numbers")
        return array

    def sizes(self, field: str) -> Axes | None:
        """A field as whole numbers, a scalar as one of them; None where it is missing.

        Raises:
            ObstacleError: other numbers, more than 8, or none at all.
        """
        if not self.has(field):
            return None
        array = np.ravel(self.floats(field))
        # Eight axes are more than any layer has; a longer list is no list of sizes.
        if len(array) > 8 or (array != np.rint(array)).any() or np.abs(array).max() > 2**31:
            raise refused(self.path, f"{field} is no short list of whole numbers", "correct it")
        return tuple(int(size) for size in array)

    def integer(self, field: str, default: int) -> int:
        """A field as one whole number.

        Raises:
            ObstacleError: several numbers, or another one.
        """
        sizes = self.sizes(field) or (default,)
        if len(sizes) != 1:
            raise refused(self.path, f"{len(sizes)} numbers as {field}", "write one")
        return sizes[0]

    def pair(self, field: str, default: Pair) -> Pair:
        """A size per axis, rows first; a single number stands for both.

        Raises:
            ObstacleError: more than two numbers, or others.
        """
        sizes = self.sizes(field) or default
        if len(sizes) > 2:
            raise refused(self.path, f"{len(sizes)} numbers as {field}", "write one per axis")
        # A single number is first and last at once.
        return sizes[0], sizes[-1]

    def word(self, field: str) -> str:
        """A field if it is a text, else ''.

        Raises:
            ObstacleError: it cannot be read.
        """
        header = self._header(field)
        if header is None or not header.is_text:
            return ""
        try:
            return self.contents.text(field)
        except StoreError as error:
            raise self._unreadable(field, f"needed {error.needed}, found {error.found}") from error

    def extent(self, field: str) -> Axes:
        """The shape of an array without reading it; () where it is missing.

        Raises:
            ObstacleError: it cannot be read.
        """
        header = self._header(field)
        return () if header is None or 0 in header.shape else header.shape

    def charge(self, n_numbers: int) -> None:
        """Accounts for float64 numbers that are about to be made for this node.

        Raises:
            StoreError: more than the limits allow.
        """
        self.contents.charge(n_numbers)

    def _header(self, field: str) -> Header | None:
        header = self.contents.header(field)
        if header is not None and header.problem:
            raise self._unreadable(field, header.problem)
        return header

    def _unreadable(self, field: str, problem: str) -> ObstacleError:
        return refused(self.path, f"{field}: {problem}", "write it as a plain array")


def refused(path: str, reason: str, rewrite: str) -> ObstacleError:
    """An error about one node; the importer collects them."""
    return ObstacleError(f"node '{path}'", (Obstacle(path, reason, rewrite),))
