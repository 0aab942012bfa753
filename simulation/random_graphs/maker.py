"""Holds a graph that is being grown, and gives every move what it needs of it.

Bounds are kept as exact Python integers per value, so that every declared width holds in the worst
case: nothing in a grown graph can overflow.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.float_nodes import Shape, Signal
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import output_shape

Inputs = dict[str, NDArray[np.int64]]
Case = tuple[Graph[s.SpikeNode], Inputs]
MAX_STREAM_BITS = 40
MAX_ACCUMULATOR = 2**23 - 1
MAX_CELLS = 600
LONG = 6
"""From this many steps on, a state has time to build up and to fall."""
GRAPH_NAME = "random"


@dataclass(frozen=True)
class Value:
    """A value of the graph that is being made.

    Attributes:
        name: the node that makes it.
        shape: (T, C, H, W).
        low: no element is below it.
        high: no element is above it.
        typical: a magnitude that elements have often; no bound.
    """

    name: str
    shape: Shape
    low: int
    high: int
    typical: float

    @property
    def peak(self) -> int:
        """Largest magnitude."""
        return max(abs(self.low), abs(self.high))

    @property
    def is_spikes(self) -> bool:
        """Whether every element is 0..255."""
        return self.low >= 0 and self.high <= 255


class Maker:
    """Holds a graph that grows node by node.

    Args:
        rng: the only source of randomness.
        batch: B of the inputs.
    """

    def __init__(self, rng: np.random.Generator, batch: int) -> None:
        """Starts without a node."""
        self.rng = rng
        self.batch = batch
        # 4 is SpikeTrack's; 1 is binary, and 7 needs more than two bits.
        self.max_spike = int(rng.choice([1, 2, 4, 4, 4, 7]))
        self.nodes: list[s.SpikeNode] = []
        self.values: list[Value] = []
        self.shapes: dict[str, Shape] = {}
        self.shares: dict[str, float] = {}
        self.inputs: Inputs = {}

    def integer(self, low: int, high: int) -> int:
        """A random integer, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return bool(self.rng.random() < probability)

    def pair(self, low: int, high: int) -> Pair:
        """A number per axis: mostly the same one, sometimes two."""
        first = self.integer(low, high)
        return (first, self.integer(low, high) if self.chance(0.4) else first)

    def per_neuron(self, source: Value, low: int, high: int) -> Array:
        """Random int32 numbers that fit (C, H, W) of a value, every axis whole or of length 1."""
        shape = [size if self.chance(0.5) else 1 for size in source.shape[1:]]
        return self.rng.integers(low, high + 1, shape).astype(np.int32)

    def pick(self, wanted: Callable[[Value], bool]) -> Value | None:
        """A value that fits, later ones more often; None if there is none."""
        fitting = [value for value in self.values if wanted(value)]
        if not fitting:
            return None
        # The later of two draws: graphs grow deep and not only wide.
        return fitting[max(self.integer(0, len(fitting) - 1), self.integer(0, len(fitting) - 1))]

    def pick_long(self, wanted: Callable[[Value], bool]) -> Value | None:
        """Picks mostly a value of `LONG` steps, a new input if there is none; else as `pick`."""
        if self.chance(0.1):
            return self.pick(wanted)
        picked = self.pick(lambda value: value.shape[0] >= LONG and wanted(value))
        if picked is None:
            value = self.add_input(steps=(LONG, 8, 12, 20))
            picked = value if wanted(value) else None
        return picked

    def put(
        self,
        node: s.SpikeNode,
        low: int,
        high: int,
        *,
        typical: float | None = None,
        is_hidden: bool = False,
    ) -> Value:
        """Appends a node whose value lies in low..high; hidden ones are kept from other readers.

        Without a `typical` magnitude its share of the peak is that of the node's first input.
        """
        shape = output_shape(node, [self.shapes[name] for name in node.inputs])
        if typical is None:
            share = self.shares[node.inputs[0]] if node.inputs else 0.5
            # Binary spikes are about as often 1 as 0.
            typical = max(abs(low), abs(high)) * (0.5 if (low, high) == (0, 1) else share)
        value = Value(node.name, shape, low, high, typical)
        self.nodes.append(node)
        self.shapes[node.name] = shape
        self.shares[node.name] = typical / max(value.peak, 1)
        if not is_hidden:
            self.values.append(value)
        return value

    def name(self, kind: str) -> str:
        """A name that no other node has."""
        return f"{kind}{len(self.nodes)}"

    def bits(self, low: int, high: int) -> int:
        """A width that holds low..high."""
        # Now and then wider than needed, as a graph of somebody else's may be.
        return min(signed_bits(low, high) + self.integer(0, 2), MAX_STREAM_BITS)

    def add_input(self, steps: tuple[int, ...] = (1, 1, 1, 1, 2, 3, 6, 12)) -> Value:
        """Pixels with a mean, or spikes; for one of these numbers of steps."""
        shape = (
            int(self.rng.choice(steps)),
            int(self.rng.choice([1, 2, 3, 4, 6, 8])),
            int(self.rng.choice([2, 4, 5, 8])),
            int(self.rng.choice([2, 4, 6, 8])),
        )
        image = self.chance(0.4)
        offset = self.rng.integers(100, 131, shape[1]) if image else np.zeros(shape[1])
        offset_q = offset.astype(np.int32)
        low, high = 0, self.max_spike
        if image:
            low, high = -int(offset_q.max()), 255 - int(offset_q.min())
        top = 255 if image else self.max_spike
        signal: Signal = "image" if image else "spikes"
        return self.put_input(signal, shape, low, high, offset_q, top)

    def put_input(
        self, signal: Signal, shape: Shape, low: int, high: int, offset_q: Array, top: int
    ) -> Value:
        """An input node and raw values 0..top for it."""
        name = self.name(signal)
        node = s.SpikeInput(
            name=name, shape=shape, signal=signal, low=low, high=high, scale=1.0, offset_q=offset_q
        )  # fmt: skip
        self.inputs[name] = self.rng.integers(0, top + 1, (shape[0], self.batch, *shape[1:]))
        return self.put(node, low, high, is_hidden=signal == "memory")

    def finish(self) -> Case:
        """Lets every unread value out; the graph and its inputs."""
        used = {name for node in self.nodes for name in node.inputs}
        one, zero = np.ones(1), np.zeros(1)
        for name in [node.name for node in self.nodes if node.name not in used]:
            out = s.SpikeOutput(name=f"{name}.out", inputs=(name,), scale=one, bias=zero)
            self.nodes.append(out)
        return Graph(GRAPH_NAME, tuple(self.nodes)), self.inputs
