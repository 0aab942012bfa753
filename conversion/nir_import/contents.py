"""Looks once at what one HDF5 group holds.

Why once: a group can be many nodes by hard links, a few bytes each, and HDF5 takes about a
millisecond to look at a node.
"""

from dataclasses import dataclass
from math import prod

import h5py
import numpy as np

from spiketrack.errors import StoreError
from spiketrack.files.hdf5 import BoundedReader
from spiketrack.graph.checks import Array

_KEPT_NUMBERS = 256
_FLOAT_BYTES = np.dtype(np.float64).itemsize


@dataclass(frozen=True, slots=True)
class Header:
    """A header says what a field is, without its numbers.

    Attributes:
        shape: of the array.
        is_text: whether it holds strings.
        problem: why it cannot be read; '' if it can.
    """

    shape: tuple[int, ...] = ()
    is_text: bool = False
    problem: str = ""


class Contents:
    """The fields of one group; short ones are kept."""

    def __init__(self, reader: BoundedReader, group: h5py.Group) -> None:
        self._reader, self._group = reader, group
        self._headers: dict[str, Header | None] = {}
        self._texts: dict[str, str] = {}
        self._arrays: dict[str, Array] = {}

    def header(self, field: str) -> Header | None:
        """What a field is; None where there is none."""
        if field not in self._headers:
            self._headers[field] = self._look(field)
        return self._headers[field]

    def floats(self, field: str) -> Array:
        """A field of numbers as float64, accounted for each time that it is asked for.

        Raises:
            StoreError: more than the limits allow.
        """
        if field not in self._arrays:
            array = self._reader.floats(self._group, field)
            array.setflags(write=False)
            # Large arrays are read once as a rule, and keeping them would double the memory.
            if array.size > _KEPT_NUMBERS:
                return array
            self._arrays[field] = array
        else:
            # A kept array costs no reading, but every node that takes it makes a copy.
            self.charge(self._arrays[field].size)
        return self._arrays[field]

    def text(self, field: str) -> str:
        """A field that is one string.

        Raises:
            StoreError: it is not.
        """
        if field not in self._texts:
            self._texts[field] = self._reader.text(self._group, field)
        return self._texts[field]

    def charge(self, n_numbers: int) -> None:
        """Accounts for float64 numbers about to be made, of which a node will keep a copy.

        Raises:
            StoreError: more than the limits allow.
        """
        self._reader.charge(self._group, "type", 2 * n_numbers * _FLOAT_BYTES)

    def _look(self, field: str) -> Header | None:
        if field not in self._group:
            return None
        try:
            dataset = self._reader.dataset(self._group, field)
        except StoreError as error:
            return Header(problem=f"needed {error.needed}, found {error.found}")
        is_text = h5py.check_string_dtype(dataset.dtype) is not None
        shape = tuple(dataset.shape)
        if not is_text and prod(shape) and dataset.dtype.kind not in "biuf":
            return Header(shape, problem=f"needed numbers, found {dataset.dtype}")
        return Header(shape, is_text)
