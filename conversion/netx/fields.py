"""Reads the fields of one layer of a `.net` file, within bounds, as checked plain values."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import h5py
import numpy as np

from spiketrack.errors import Obstacle, ObstacleError, StoreError
from spiketrack.files.hdf5 import BoundedReader
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.shapes import MAX_NEURONS

Grid = tuple[int, int, int]
MAX_SIZE = 1 << 31
_INT32 = np.iinfo(np.int32)


def refused(path: str, reason: str, rewrite: str) -> ObstacleError:
    """Makes an error of one obstacle; the reader of the file collects them."""
    return ObstacleError(f"'{path}'", (Obstacle(path, reason, rewrite),))


@contextmanager
def noting(obstacles: list[Obstacle]) -> Iterator[None]:
    """Puts the obstacles that are raised inside into the list, and goes on behind it."""
    try:
        yield
    except ObstacleError as error:
        obstacles.extend(error.obstacles)


def raise_all(path: str, obstacles: list[Obstacle]) -> None:
    """Raises one error for all of them, or none.

    Raises:
        ObstacleError: if there are any.
    """
    if obstacles:
        raise ObstacleError(f"'{path}'", tuple(obstacles))


def to_int32(path: str, numbers: Array) -> Array:
    """The same numbers as int32, the width of a node's parameters.

    Why here: NumPy would wrap them round in silence, past the limits that the node checks.

    Raises:
        ObstacleError: a number beyond 32 bits.
    """
    if numbers.size and (numbers.min() < _INT32.min or numbers.max() > _INT32.max):
        reason = f"numbers {numbers.min()}..{numbers.max()}, beyond 32 bits in the neuron"
        raise refused(path, reason, "scale the layer")
    return numbers.astype(np.int32)


def require_room(path: str, grid: Grid) -> Grid:
    """The same (C, H, W), of no more neurons than a graph takes.

    Raises:
        ObstacleError: more.
    """
    if prod(grid) > MAX_NEURONS:
        reason = f"{prod(grid)} values (C, H, W) = {grid}"
        raise refused(path, reason, f"at most {MAX_NEURONS} in a layer, with its padding")
    return grid


@dataclass(frozen=True, slots=True)
class Fields:
    """A group of a file, `layer/3` or its `neuron`."""

    reader: BoundedReader
    group: h5py.Group

    @property
    def path(self) -> str:
        """Path in the file, without the first slash."""
        return str(self.group.name).lstrip("/")

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self.group

    def require(self, *names: str) -> None:
        """Sees to it that the fields are there.

        Raises:
            ObstacleError: those that are missing.
        """
        raise_all(
            self.path,
            [
                Obstacle(f"{self.path}/{name}", "a missing field", "export the layer again")
                for name in names
                if not self.has(name)
            ],
        )

    def sub(self, name: str) -> "Fields":
        """A group inside."""
        return Fields(self.reader, self.reader.group(self.group, name))

    def is_group(self, name: str) -> bool:
        """Whether the field is there and is a group."""
        return self.group.get(name, getclass=True) is h5py.Group

    def word(self, name: str) -> str:
        """A text, alone or as an array of one.

        Raises:
            ObstacleError: no such field.
            StoreError: no text.
        """
        self.require(name)
        dataset = self.reader.dataset(self.group, name)
        is_text = h5py.check_string_dtype(dataset.dtype) is not None
        if not is_text or dataset.shape not in ((), (1,)):
            needed, found = "one text", f"{dataset.dtype} {dataset.shape}"
            raise StoreError(f"{self.reader.what}, '{self.path}/{name}'", needed, found)
        cell = dataset[()] if dataset.shape == () else dataset[0]
        raw = bytes(cell)
        self.reader.charge(self.group, name, len(raw))
        return raw.decode("ascii")

    def integers(self, name: str) -> Array:
        """Numbers without fractions, as int64 of the shape in the file.

        Raises:
            ObstacleError: no such field, a fraction, NaN, or a number beyond 2**31.
            StoreError: no numbers.
        """
        self.require(name)
        self.reader.charge(self.group, name, 8 * self.reader.dataset(self.group, name).size)
        values = self.reader.array(self.group, name)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise refused(f"{self.path}/{name}", "NaN or infinity", "export the layer again")
        if values.size and np.abs(values.astype(np.float64)).max() > MAX_SIZE:
            raise refused(f"{self.path}/{name}", "numbers beyond 2**31", "scale the layer")
        whole = values.astype(np.int64)
        if values.dtype.kind == "f" and (whole != values).any():
            rewrite = "quantise in training, lava-dl's loader would cut the fractions off"
            raise refused(f"{self.path}/{name}", "numbers that are no integers", rewrite)
        return whole

    def integer(self, name: str, default: int | None = None) -> int:
        """Reads one whole number, alone or as an array of one; `default` if the field is missing.

        Raises:
            ObstacleError: as `integers`, or several numbers.
            StoreError: no numbers.
        """
        if default is not None and not self.has(name):
            return default
        values = self.integers(name)
        if values.size != 1:
            reason = f"{values.size} numbers where one is needed"
            raise refused(f"{self.path}/{name}", reason, "give all neurons of a layer the same")
        return int(values.reshape(())[()])

    def pair(self, name: str, default: int) -> Pair:
        """A number per axis, rows first; one number stands for both.

        Raises:
            ObstacleError: as `integers`, or neither one nor two numbers.
            StoreError: no numbers.
        """
        if not self.has(name):
            return default, default
        sizes = [int(size) for size in self.integers(name).ravel()]
        if len(sizes) not in (1, 2):
            raise refused(f"{self.path}/{name}", f"{len(sizes)} numbers", "one per axis")
        return sizes[0], sizes[-1]

    def shape(self) -> Grid | None:
        """(C, H, W) as the layer declares it; None if it does not.

        Raises:
            ObstacleError: as `integers`, or no shape of one to three positive sizes, or too large.
            StoreError: no numbers.
        """
        if not self.has("shape"):
            return None
        sizes = [int(size) for size in self.integers("shape").ravel()]
        if not 1 <= len(sizes) <= 3 or min(sizes) < 1:
            reason = f"the shape {sizes}" if len(sizes) <= 3 else f"a shape of {len(sizes)} axes"
            raise refused(f"{self.path}/shape", reason, "(C, H, W), all positive")
        ones = [1] * (3 - len(sizes))
        channels, height, width = ones + sizes if len(sizes) == 2 else sizes + ones
        return require_room(f"{self.path}/shape", (channels, height, width))
