"""A meter keeps what counting needs of a value: class sums, and paired sums for products.

A product's operands come one after the other, and engines reuse their buffers, so each operand is
reduced when it comes (to hits per head and position, or per channel) and only the small result
waits for its partner.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.counting.kernels import add_class_sums, head_sums
from simulation.counting.sources import SILENT, Moves, Operand, moved
from spiketrack.errors import GraphError
from spiketrack.graph.fanout import AxisClasses, Int64, axis_classes

Spikes = NDArray[Any]
Reduce = Callable[[NDArray[Any]], Int64]


@dataclass(frozen=True, slots=True)
class Synops:
    """Spike-dependent counts of one connection; the names are those of `LayerCounts`."""

    events: int = 0
    unary_spikes: int = 0
    graded: int = 0
    unary: int = 0
    all_weights: int = 0
    unary_all_weights: int = 0

    def __add__(self, other: "Synops") -> "Synops":
        return Synops(
            self.events + other.events,
            self.unary_spikes + other.unary_spikes,
            self.graded + other.graded,
            self.unary + other.unary,
            self.all_weights + other.all_weights,
            self.unary_all_weights + other.unary_all_weights,
        )


@dataclass(eq=False)
class ClassTally:
    """Running sums of one root by position class under one geometry, per run of steps.

    A run is a stretch of steps that every connection reads equally often: usually all of them.
    """

    rows: AxisClasses
    columns: AxisClasses
    moves: Moves
    cuts: set[int] = field(default_factory=set)
    sums: Int64 | None = None

    def cut(self, times: Int64) -> None:
        """Makes room for a connection that reads step t times[t] times."""
        self.cuts.update((np.flatnonzero(np.diff(times)) + 1).tolist())

    def add(self, x: Spikes) -> None:
        """Takes magnitudes (T, B, H, W, C), uint8 or int64."""
        bounds = [0, *sorted(self.cuts), len(x)]
        classes = (self.rows.n_classes, self.columns.n_classes)
        if self.sums is None:
            channels = moved(x[:1, :1], self.moves).shape[-1]
            self.sums = np.zeros((2, len(bounds) - 1, *classes, channels), np.int64)
        in_place = self.moves == ("swap",) and classes == (1, 1)
        x = x if in_place else moved(x, self.moves)
        for i, (start, stop) in enumerate(pairwise(bounds)):
            maps, sums = x[start:stop].reshape(-1, *x.shape[2:]), self.sums[:, i : i + 1]
            if in_place:
                # Why: positions are the channels here, and this spares a transposed copy.
                class_sums = head_sums(maps.reshape(len(maps), -1, x.shape[-1]), 1)
                sums[:, 0, 0, 0] += class_sums.sum(axis=1)[..., 0]
            else:
                add_class_sums(maps, self.rows, self.columns, sums)

    def over(self, times: Int64) -> Int64:
        """(2, row classes, column classes, C): spike sums and hits so far, step t times[t] times.

        Requires: `cut` for the same times before the first value.
        """
        if self.sums is None:
            return np.zeros((2, 1, 1, 1), np.int64)
        per_run = times[[0, *sorted(self.cuts)]]
        total: Int64 = (self.sums * per_run[:, None, None, None]).sum(axis=1)
        return total

    def total(self) -> tuple[int, int]:
        """Sum of all spikes and number of non-zero ones."""
        return (0, 0) if self.sums is None else (int(self.sums[0].sum()), int(self.sums[1].sum()))


@cache
def plain_axis(size: int) -> AxisClasses:
    """Puts all cells of an axis into one class."""
    return axis_classes(size, kernel=1, stride=1, padding=0, dilation=1)


@dataclass(eq=False)
class ProductMeter:
    """Counts k^T v or q M once both operands of a run are there.

    Attributes:
        name: the node's name.
        operands: driver (k or q) and partner (v or M).
        reduce: per operand, a value (T, B, ...) to its sums and non-zero elements (2, T, B, ...)
            where the two meet: per head and position (k^T v), or per channel of q and row of M.
        row: d_v, weights an event of the driver meets.
        total: counts so far.
    """

    name: str
    operands: tuple[Operand, Operand]
    reduce: tuple[Reduce, Reduce]
    row: int
    total: Synops = field(default_factory=Synops)
    _waiting: dict[tuple[int, int, int], Int64] = field(default_factory=dict)

    @property
    def roots(self) -> frozenset[str]:
        """The names of all values that it needs."""
        return self.operands[0].roots | self.operands[1].roots

    def add(self, root: str, x: NDArray[Any]) -> None:
        """Takes a root's value (T, B, ...)."""
        for side, operand in enumerate(self.operands):
            here = [
                ((side, at, i), part)
                for at, step in enumerate(operand.steps)
                for i, part in enumerate(step)
                if part.root == root
            ]
            reduced = {
                moves: self.reduce[side](moved(x, moves))
                for moves in {part.moves for _, part in here}
            }
            for place, part in here:
                hits = reduced[part.moves][:, part.step]
                silent = part.step == SILENT
                self._put(place, root, np.zeros_like(hits) if silent else hits)
        if len(self._waiting) == sum(len(operand.parts) for operand in self.operands):
            self._count()

    @property
    def is_waiting(self) -> bool:
        """True while one operand came and its partner did not."""
        return bool(self._waiting)

    def clear(self) -> None:
        """Forgets everything."""
        self.total = Synops()
        self._waiting.clear()

    def _put(self, place: tuple[int, int, int], root: str, reduced: Int64) -> None:
        if place in self._waiting:
            needed = f"once before '{self.name}' is complete"
            raise GraphError(f"value '{root}'", needed, "it came twice")
        self._waiting[place] = reduced

    def _step(self, side: int, step: int) -> Int64:
        """One operand at one step; its parts are of different neurons, so that they add up."""
        n_parts = len(self.operands[side].steps[step])
        whole: Int64 = np.sum([self._waiting[side, step, i] for i in range(n_parts)], axis=0)
        return whole

    def _count(self) -> None:
        for step in range(self.operands[0].n_steps):
            sums, hits = self._step(0, step)
            partner = self._step(1, step)[1]
            events, unary = int(hits.sum()), int(sums.sum())
            self.total += Synops(
                events=events,
                unary_spikes=unary,
                graded=int((hits * partner).sum()),
                unary=int((sums * partner).sum()),
                all_weights=events * self.row,
                unary_all_weights=unary * self.row,
            )
        self._waiting.clear()


def per_head(x: Spikes, heads: int) -> Int64:
    """(T, B, H, W, C) -> (2, T, B, H*W, heads): spike sums and non-zero spikes."""
    steps, batch, height, width, channels = x.shape
    sums = head_sums(x.reshape(steps * batch, height * width, channels), heads)
    return sums.reshape(2, steps, batch, height * width, heads)


def per_channel(x: Spikes) -> Int64:
    """(T, B, H, W, C) -> (2, T, B, C): spike sums and non-zero spikes over all positions."""
    steps, batch, height, width, channels = x.shape
    sums = np.zeros((2, steps * batch, 1, 1, channels), np.int64)
    cells = x.reshape(steps * batch, height, width, channels)
    add_class_sums(cells, plain_axis(height), plain_axis(width), sums)
    return sums.reshape(2, steps, batch, channels)


def per_row(memory: NDArray[Any]) -> Int64:
    """(T, B, heads, d_k, d_v) -> (2, T, B, heads * d_k): non-zero entries of each row, twice."""
    steps, batch, heads, d_k, d_v = memory.shape
    filled = np.ascontiguousarray(memory != 0).view(np.uint8)
    hits = head_sums(filled.reshape(steps * batch, heads * d_k, d_v), 1)
    return hits.reshape(2, steps, batch, heads * d_k)
