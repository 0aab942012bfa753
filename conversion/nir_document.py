"""A NIR document is a NIR file as plain data, between the graph and HDF5.

A node of ours becomes one NIR node of the same name, or several: `name#...` are its parts.
`FloatNILIF`  thresholds `#1`..`#D`; with more than one step also `#carry` (Input), `#u` (Scale of
              ones: the membrane before firing) and `#membrane` (Output).
`FloatBias`   `#table` (Input) and the sum, a Scale of ones; on one point an Affine by the identity.
`FloatCubaLIF` an IF, LIF or CubaLIF; with recurrent weights also `#recurrent`, a Linear (or, on
              values with three axes, a Conv2d) from the neuron and back to it.
`FloatConv`   on one point an Affine between values (C,); one that ends there also `#point`, a
              Flatten of its result (O, 1, 1). `FloatAvgPool` likewise.
`FloatAdd`    a Scale of ones whose in-edges are the operands; an operand named twice passes through
              one more Scale of ones, `#copy1`.
A cut         an Output `#0`, `#1` per operand and an Input for the result.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from spiketrack.graph.checks import Array

Dialect = Literal["portable", "compact"]
FORMAT_VERSION = 2
NIR_VERSION = "1.0.8"
MAX_NODES = 1 << 13
"""Most nodes of a file that is read, ours or another's, nested ones included."""
KEY = "spiketrack"
NOTES_KEY = "spiketrack_notes"
NOTES = (
    "Exported by spiketrack. One executor step is one step of the value; the metadata of a node "
    "tells its number of steps. Conv2d, Scale, Threshold, AvgPool2d and sums of in-edges mean what "
    "they are; an executor in float32 rounds the float64 weights. An integer spike 0..D is the sum "
    "of D Thresholds, whose levels reproduce round-half-to-even in float32. Only metadata tells: "
    "what to feed into an Input '#table' (step by step), into '#carry' ((U[t-1] - s[t-1] / D) * "
    "decay[t-1], zeros at step 0, U read from '#membrane') and into the Input of a cut (its type "
    "applied to the Outputs '#0', '#1', ...); the order of nodes and of operands; the groups of an "
    "expanded convolution; the dt for which time constants and delays were made from exact numbers "
    "per step; that a neuron's reset is 'subtract' (NIR itself knows only v_reset)."
)


@dataclass(frozen=True, slots=True)
class Filled:
    """An array of one value everywhere; stored by its fill value, never as numbers."""

    shape: tuple[int, ...]
    value: Any  # a float32 or float64 scalar


@dataclass(frozen=True, slots=True, eq=False)
class BlockDiagonal:
    """A grouped kernel (O, C/groups, K_h, K_w), or matrix, that shows itself dense."""

    weight: Array
    groups: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The dense shape (O, C, K_h, K_w) or (O, C)."""
        out_channels, in_channels, *kernel = self.weight.shape
        return (out_channels, in_channels * self.groups, *kernel)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """An array that follows from metadata: a file that has other numbers contradicts itself."""

    array: Array


Content = Array | Filled | BlockDiagonal | Derived


@dataclass(frozen=True, slots=True, eq=False)
class NirNode:
    """A NIR node of the document.

    Attributes:
        kind: its NIR type.
        fields: what that type requires.
        meaning: what our metadata says about it, JSON.
        tables: arrays in its metadata.
    """

    kind: str
    fields: dict[str, Content]
    meaning: dict[str, Any]
    tables: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class NirDocument:
    """A whole NIR graph; `meaning` holds format version, dialect, graph name and node order."""

    nodes: dict[str, NirNode]
    edges: list[tuple[str, str]]
    meaning: dict[str, Any]


def part(name: str, what: str | int) -> str:
    """The NIR name of one part of a node."""
    return f"{name}#{what}"


def firing_levels(max_spike: int) -> list[np.float32]:
    """Levels of D strict comparisons that count to round_half_even(clamp(u, 0, D)) in float32.

    s >= k iff u > k - 0.5 for odd k (a tie rounds down to k - 1), iff u >= k - 0.5 for even k,
    which is u > the float32 number just below.
    """
    halves = [np.float32(k - 0.5) for k in range(1, max_spike + 1)]
    below = np.float32(-np.inf)
    return [half if k % 2 else np.nextafter(half, below) for k, half in enumerate(halves, 1)]


def smallest_float(array: Array) -> Array:
    """The array as float32 if that loses no bit of any value, else as it is (float64)."""
    with np.errstate(over="ignore", under="ignore"):
        narrow = array.astype(np.float32)
    return narrow if np.array_equal(narrow.astype(np.float64), array) else array
