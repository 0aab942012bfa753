"""Where a connection's operand comes from: the neuron, input or memory behind it, step by step.

Counting watches these roots only, so every engine can serve it, whether or not it makes a repeated,
selected, stacked, delayed or flattened value of its own. A FloatScale (the 1/D of a float graph not
yet folded) is looked through as well: the root holds the integer spikes. A Delay of another number
of steps for each neuron is a root itself. A sum of spikes is looked through where a convolution
reads it; any other sum is a root, as is a pool, an accumulator or a membrane.
"""

from dataclasses import dataclass, replace
from itertools import chain
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

MAX_OPERANDS = 256
"""A sum of more operands, sums of sums included, is counted by its own values."""

NEURONS = (
    f.FloatNILIF, f.FloatCubaLIF, f.FloatThreshold,
    s.SpikeNILIF, s.SpikeCubaLIF, s.SpikeDelta, s.SpikeRelu,
)  # fmt: skip
"""Nodes that emit spikes."""

_LOOKED_THROUGH = (
    f.FloatScale,
    m.Repeat, m.SelectStep, m.StackSteps, m.PositionsToChannels, m.Flatten, m.Delay,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a root's value, or `SILENT`, its grid and channels moved by `moves` in order."""

    root: str
    step: int
    moves: Moves = ()


Step = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """What a connection reads, all of one kind.

    Attributes:
        parts: one part per step in order; of a sum looked through, one per step and operand.
        n_steps: T.
        kind: "spikes", "image", "memory", or "real" for any other value (or a mixture).
    """

    parts: tuple[Part, ...]
    n_steps: int
    kind: Kind

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


def trace(graph: Graph[Any], name: str, *, through_sums: bool = False) -> Operand:
    """Follows a value back to its roots.

    Args:
        graph: the graph.
        name: the value.
        through_sums: look through sums of spikes as well, for a connection that is linear in what
            it reads.
    """
    return _operand(graph, _steps(graph, name, through_sums))


def trace_feedback(graph: Graph[Any], name: str) -> Operand:
    """A layer's own spikes as it reads them: one step late."""
    return _operand(graph, _later(_own_steps(graph, name), 1))


def _operand(graph: Graph[Any], steps: list[Step]) -> Operand:
    parts = tuple(part for step in steps for part in step)
    kinds = {root_kind(graph, root) for root in {part.root for part in parts}}
    return Operand(parts, len(steps), kinds.pop() if len(kinds) == 1 else "real")


def _steps(graph: Graph[Any], name: str, through_sums: bool) -> list[Step]:
    """The parts of every step. Why no recursion: a file may nest thousands of sums."""
    behind: set[str] = set()
    left = [name]
    while left:
        node = graph[left.pop()]
        if node.name not in behind:
            behind.add(node.name)
            is_sum = through_sums and isinstance(node, f.FloatAdd | s.SpikeAdd)
            left.extend(node.inputs if is_sum or isinstance(node, _LOOKED_THROUGH) else ())
    found: dict[str, list[Step]] = {}
    for node in graph:
        if node.name in behind:
            sources = [found[one] for one in node.inputs if one in behind]
            found[node.name] = _steps_of(graph, node, sources)
    return found[name]


def _steps_of(graph: Graph[Any], node: AnyNode, sources: list[list[Step]]) -> list[Step]:
    """The parts of every step of a node; `sources` are those of its inputs, if looked through."""
    match node:
        case f.FloatScale():
            return sources[0]
        case m.Repeat():
            return sources[0] * node.n_steps
        case m.SelectStep():
            return [sources[0][node.step]]
        case m.StackSteps():
            return [step for one in sources for step in one]
        case m.PositionsToChannels():
            return _moved_steps(sources[0], "swap")
        case m.Flatten():
            return _moved_steps(sources[0], "flatten")
        case m.Delay() if (node.steps_q == node.steps_q.flat[0]).all():
            return _later(sources[0], int(node.steps_q.flat[0]))
        case f.FloatAdd() | s.SpikeAdd() if _is_sum_of_spikes(graph, sources):
            return [tuple(chain(*parts)) for parts in zip(*sources, strict=True)]
        case _:
            return _own_steps(graph, node.name)


def _own_steps(graph: Graph[Any], name: str) -> list[Step]:
    return [(Part(name, step),) for step in range(graph.shapes[name][0])]


def _is_sum_of_spikes(graph: Graph[Any], sources: list[list[Step]]) -> bool:
    roots = {part.root for one in sources for step in one for part in step}
    few = sum(max(map(len, one)) for one in sources) <= MAX_OPERANDS
    return bool(sources) and few and all(root_kind(graph, root) == "spikes" for root in roots)


def _moved_steps(steps: list[Step], move: Move) -> list[Step]:
    return [tuple(replace(part, moves=(*part.moves, move)) for part in step) for step in steps]


def _later(steps: list[Step], late: int) -> list[Step]:
    """The parts `late` steps late; what comes too late is never read."""
    silent = [tuple(replace(part, step=SILENT) for part in step) for step in steps[:late]]
    return [*silent, *steps[: len(steps) - len(silent)]]


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
    """Largest magnitude a neuron can emit, None where its type does not bound it, and for inputs.

    Why not the declared range of an input: it says what may come, and a file often says too much.
    """
    node = graph[name]
    if isinstance(node, f.FloatNILIF | s.SpikeNILIF):
        bound: int = node.max_spike
        return bound
    if isinstance(node, f.FloatCubaLIF | f.FloatThreshold | s.SpikeCubaLIF):
        return 1
    if isinstance(node, m.Delay):
        bounds = [max_spike(graph, root) for root in trace(graph, node.inputs[0]).roots]
        known = [bound for bound in bounds if bound is not None]
        return max(known) if len(known) == len(bounds) else None
    return None


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


def as_spikes(name: str, array: NDArray[Any], *, of_bytes: bool) -> NDArray[Any]:
    """Magnitudes of spikes, contiguous: uint8 if none exceeds 255, else int64.

    Args:
        name: the value, for errors.
        array: the spikes.
        of_bytes: whether its neuron sends nothing but 0..255.

    Raises:
        GraphError: something else than integers, or than bytes where the neuron sends those.
    """
    array = np.asarray(array)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if not _is_integral(array):
        found = f"other numbers ({array.dtype})"
        raise GraphError(f"value '{name}'", "spikes: integers", found)
    spikes = array.astype(np.int64)
    low, high = (int(spikes.min()), int(spikes.max())) if spikes.size else (0, 0)
    narrow = -255 <= low and high <= 255
    if of_bytes and (low < 0 or not narrow):
        raise GraphError(f"value '{name}'", "spikes of its neuron: 0..255", f"{low}..{high}")
    return np.ascontiguousarray(np.abs(spikes), np.uint8 if narrow else np.int64)


def _is_integral(array: NDArray[Any]) -> bool:
    if array.dtype.kind != "f":
        return array.dtype.kind in "iub"
    small = bool((np.abs(array) < 2.0**62).all())
    return small and bool((array == np.rint(array)).all())
