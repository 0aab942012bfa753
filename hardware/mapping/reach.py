"""Which source cells a range of target cells reads, axis by axis, through a chain of nodes.

All connections of the graph are windows on each axis: a box of target neurons (channels x rows x
columns) reads a box of source neurons. A box may be larger than the cells truly read (dilation,
stride above the kernel): then it counts too much, never too little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Sizes = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Cells first..last of the target's axis read these of the source's axis.

    first' = floor((first * step + start) / divisor) * group;
    last' = floor((last * step + start) / divisor) * group + extra;
    both clipped to 0..size - 1.
    """

    size: int
    step: int = 1
    start: int = 0
    divisor: int = 1
    group: int = 1
    extra: int = 0

    def __call__(self, first: Int64, last: Int64) -> tuple[Int64, Int64]:
        """First and last source cell."""
        low = (first * self.step + self.start) // self.divisor * self.group
        high = (last * self.step + self.start) // self.divisor * self.group + self.extra
        # Cells in the padding do not exist: the window ends at the border of the map.
        return np.clip(low, 0, self.size - 1), np.clip(high, 0, self.size - 1)


@dataclass(frozen=True, slots=True)
class AxisPath:
    """How one source axis follows from a target axis.

    Attributes:
        size: cells of the source axis.
        driver: the target axis (0 channels, 1 rows, 2 columns) that picks the cells; None: every
            target reads the whole axis.
        reaches: from the target to the source, one after the other.
    """

    size: int
    driver: int | None
    reaches: tuple[Reach, ...] = ()

    def intervals(self, first: Int64, last: Int64) -> tuple[Int64, Int64]:
        """First and last source cell for target cells first..last of the driving axis."""
        if self.driver is None:
            return np.zeros_like(first), np.full_like(last, self.size - 1)
        for reach in self.reaches:
            first, last = reach(first, last)
        return first, last


Paths = tuple[AxisPath, AxisPath, AxisPath]
Step = tuple[int | None, Reach | None]
"""How one axis of a node's input follows from its output: (output axis, reach); (None, None) for
the whole axis, reach None for cell to cell."""


def identity(sizes: Sizes) -> Paths:
    """Paths before the first node: every cell reads itself."""
    channels, rows, columns = sizes
    return AxisPath(channels, 0), AxisPath(rows, 1), AxisPath(columns, 2)


def extend(paths: Paths, steps: tuple[Step, Step, Step], sizes: Sizes) -> Paths:
    """Goes one node further towards the source.

    Args:
        paths: up to the node's output.
        steps: of the node, per input axis.
        sizes: (C, H, W) of the node's input.
    """
    used: set[int] = set()
    extended: list[AxisPath] = []
    for (axis, reach), size in zip(steps, sizes, strict=True):
        path = AxisPath(size, None)
        before = None if axis is None else paths[axis]
        # Why used: one target axis drives one source axis; a second one is read as a whole.
        if before is not None and before.driver is not None and before.driver not in used:
            used.add(before.driver)
            chain = before.reaches if reach is None else (*before.reaches, reach)
            path = AxisPath(size, before.driver, chain)
        extended.append(path)
    return extended[0], extended[1], extended[2]


def cuts(size: int, parts: int) -> Int64:
    """(parts + 1,) borders that part `size` cells as evenly as possible."""
    return np.arange(parts + 1, dtype=np.int64) * size // parts
