"""Where a connection's operand comes from: the neuron, input or memory behind it, step by step.

Counting watches these roots only, so every engine can serve it, whether or not it makes a repeated,
selected, stacked, delayed or flattened value of its own. A FloatScale (the 1/D of a float graph not
yet folded) is looked through as well: the root holds the integer spikes. A Delay of another number
of steps for each neuron is a root itself.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.fanout import Int64
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import AnyNode

Kind = Literal["spikes", "image", "memory", "real"]
Move = Literal["swap", "flatten"]
Moves = tuple[Move, ...]
SILENT = -1
"""The step of a part that holds nothing but zeros: what a delay shows before its first value."""

NEURONS = (
    f.FloatNILIF, f.FloatCubaLIF, f.FloatThreshold,
    s.SpikeNILIF, s.SpikeCubaLIF, s.SpikeDelta, s.SpikeRelu,
)  # fmt: skip
"""Nodes that emit spikes."""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a root's value, or `SILENT`, its grid and channels moved by `moves` in order."""

    root: str
    step: int
    moves: Moves = ()


@dataclass(frozen=True, slots=True)
class Operand:
    """What a connection reads: one part per step, all of one kind.

    Attributes:
        parts: T parts in order.
        kind: "spikes", "image", "memory", or "real" for any other value (or a mixture).
        max_spike: largest magnitude of a spike that can come, None where unknown.
    """

    parts: tuple[Part, ...]
    kind: Kind
    max_spike: int | None

    @property
    def roots(self) -> frozenset[str]:
        """Names of all roots."""
        return frozenset(part.root for part in self.parts)

    def uses(self, graph: Graph[Any]) -> dict[tuple[str, Moves], Int64]:
        """How often each step of each root is read, (T of the root,)."""
        steps: dict[tuple[str, Moves], list[int]] = {}
        for part in self.parts:
            read = steps.setdefault((part.root, part.moves), [])
            if part.step != SILENT:
                read.append(part.step)
        return {
            key: np.bincount(np.array(read, np.int64), minlength=graph.shapes[key[0]][0])
            for key, read in steps.items()
        }


def trace(graph: Graph[Any], name: str) -> Operand:
    """Follows a value back to its roots."""
    return _operand(graph, _parts(graph, name))


def trace_feedback(graph: Graph[Any], name: str) -> Operand:
    """A layer's own spikes as it reads them: one step late."""
    return _operand(graph, _later(_parts(graph, name), 1))


def _operand(graph: Graph[Any], parts: list[Part]) -> Operand:
    roots = {part.root for part in parts}
    kinds = {root_kind(graph, root) for root in roots}
    bounds = [max_spike(graph, root) for root in roots]
    known = [bound for bound in bounds if bound is not None]
    return Operand(
        tuple(parts),
        kinds.pop() if len(kinds) == 1 else "real",
        max(known) if len(known) == len(bounds) else None,
    )


def _parts(graph: Graph[Any], name: str) -> list[Part]:
    node = graph[name]
    if isinstance(node, f.FloatScale):
        return _parts(graph, node.inputs[0])
    if isinstance(node, m.Repeat):
        return _parts(graph, node.inputs[0]) * node.n_steps
    if isinstance(node, m.SelectStep):
        return [_parts(graph, node.inputs[0])[node.step]]
    if isinstance(node, m.StackSteps):
        return [part for one in node.inputs for part in _parts(graph, one)]
    if isinstance(node, m.PositionsToChannels):
        return _moved_parts(_parts(graph, node.inputs[0]), "swap")
    if isinstance(node, m.Flatten):
        return _moved_parts(_parts(graph, node.inputs[0]), "flatten")
    if isinstance(node, m.Delay) and (node.steps_q == node.steps_q.flat[0]).all():
        return _later(_parts(graph, node.inputs[0]), int(node.steps_q.flat[0]))
    return [Part(name, step) for step in range(graph.shapes[name][0])]


def _moved_parts(parts: list[Part], move: Move) -> list[Part]:
    return [replace(part, moves=(*part.moves, move)) for part in parts]


def _later(parts: list[Part], steps: int) -> list[Part]:
    """The parts `steps` steps late; what comes too late is never read."""
    silent = [replace(part, step=SILENT) for part in parts[:steps]]
    return [*silent, *parts[: len(parts) - len(silent)]]


def root_kind(graph: Graph[Any], name: str) -> Kind:
    """What a root's value is."""
    node = graph[name]
    if isinstance(node, NEURONS):
        return "spikes"
    if isinstance(node, f.FloatMemoryWrite | s.SpikeMemoryWrite):
        return "memory"
    if isinstance(node, f.FloatInput | s.SpikeInput):
        signal: Kind = node.signal
        return signal
    return trace(graph, node.inputs[0]).kind if isinstance(node, m.Delay) else "real"


def max_spike(graph: Graph[Any], name: str) -> int | None:
    """Largest magnitude a root can emit, None where the graph does not say."""
    node = graph[name]
    if isinstance(node, f.FloatNILIF | s.SpikeNILIF):
        bound: int = node.max_spike
        return bound
    if isinstance(node, f.FloatCubaLIF | f.FloatThreshold | s.SpikeCubaLIF):
        return 1
    if isinstance(node, s.SpikeInput):
        return max(node.high, -node.low)
    return trace(graph, node.inputs[0]).max_spike if isinstance(node, m.Delay) else None


def is_sender(graph: Graph[Any], node: AnyNode) -> bool:
    """Whether a node sends spikes as messages.

    A rectifier that only delta encoders read is a part of their neurons and sends nothing.
    """
    if isinstance(node, s.SpikeRelu):
        readers = graph.consumers()[node.name]
        return not all(isinstance(reader, s.SpikeDelta) for reader in readers)
    enters = isinstance(node, f.FloatInput | s.SpikeInput) and node.signal == "spikes"
    return enters or isinstance(node, NEURONS)


def moved(x: NDArray[Any], moves: Moves) -> NDArray[Any]:
    """Moves grid and channels of a channel-last value, one move after the other.

    "swap" is PositionsToChannels: (..., H, W, C) -> (..., C, 1, H*W); "flatten" is Flatten:
    (..., H, W, C) -> (..., 1, 1, C*H*W).
    """
    for move in moves:
        *lead, height, width, channels = x.shape
        x = x.reshape(*lead, height * width, channels).swapaxes(-1, -2)
        x = x[..., None, :] if move == "swap" else x.reshape(*lead, 1, 1, -1)
    return np.ascontiguousarray(x)


def as_spikes(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Magnitudes of spikes, contiguous: uint8 if none exceeds 255, else int64.

    Raises:
        GraphError: something else than integers.
    """
    array = np.asarray(array)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if not _is_integral(array):
        found = f"other numbers ({array.dtype})"
        raise GraphError(f"value '{name}'", "spikes: integers", found)
    magnitude = np.abs(array.astype(np.int64))
    narrow = not magnitude.size or magnitude.max() <= 255
    return np.ascontiguousarray(magnitude, np.uint8 if narrow else np.int64)


def _is_integral(array: NDArray[Any]) -> bool:
    if array.dtype.kind != "f":
        return array.dtype.kind in "iub"
    small = bool((np.abs(array) < 2.0**62).all())
    return small and bool((array == np.rint(array)).all())
