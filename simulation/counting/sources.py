"""Follows a connection's operand back to the neurons, inputs or memories behind it, by step.

Counting watches these roots only, so every engine can serve it, whether or not it makes a value of
its own for what lies between. `simulation.counting.spike_roles` says what that does: whatever moves
spikes or scales them is looked through (the 1/D of a float graph, the rescale onto a stream of an
integer graph, a delay of any number of steps for each neuron), and so is a sum of spikes where a
convolution reads it. Any other sum is a root, as is a pool, an accumulator or a membrane.
"""

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.counting.spike_roles import RootKind, role, root_kind
from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.fanout import Int64
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import AnyNode


@dataclass(frozen=True, slots=True)
class Kept:
    """The neurons that a `Delay` makes `steps` late; the others are zero.

    `steps_q` (C or 1, H or 1, W or 1) is the delay's own; its name stands for it in comparisons.
    """

    delay: str
    steps: int
    steps_q: Array = field(compare=False)

    def of(self, x: NDArray[Any]) -> NDArray[Any]:
        """The neurons kept of a channel-last value (..., H, W, C)."""
        mask = np.moveaxis(self.steps_q == self.steps, 0, -1)
        kept: NDArray[Any] = x * mask.astype(x.dtype)
        return kept


Move = Literal["swap", "flatten"] | Kept
Moves = tuple[Move, ...]
SILENT = -1
"""The step of a part that holds nothing but zeros: what a delay shows before its first value."""

MAX_OPERANDS = 256
"""A sum of more operands, sums of sums included, is counted by its own values; so is a delay that
makes more parts than that."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part is one step of a root's value, or `SILENT`, after `moves` of its grid and channels."""

    root: str
    step: int
    moves: Moves = ()


Step = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand is what a connection reads, all of one kind.

    Attributes:
        steps: the parts of every step in order: one; one per operand of a sum looked through; one
            per number of steps of a delay that differs from neuron to neuron.
        kind: "spikes", "image", "memory", or "real" for any other value (or a mixture).
    """

    steps: tuple[Step, ...]
    kind: RootKind

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of all steps."""
        return tuple(chain(*self.steps))

    @property
    def n_steps(self) -> int:
        """T."""
        return len(self.steps)

    @property
    def roots(self) -> frozenset[str]:
        """The names of all roots."""
        return frozenset(part.root for part in self.parts)

    def uses(self, graph: Graph[Any]) -> dict[tuple[str, Moves], Int64]:
        """Counts how often each step of each root is read, (T of the root,)."""
        steps: dict[tuple[str, Moves], list[int]] = {}
        for part in self.parts:
            # The key stays even where all steps are silent: the connection has a row of zeros.
            read = steps.setdefault((part.root, part.moves), [])
            # A silent step is read, but brings no events.
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
    kinds = {root_kind(graph[root]) for root in {part.root for step in steps for part in step}}
    # A mixture of kinds has no events that would mean one thing.
    return Operand(tuple(steps), kinds.pop() if len(kinds) == 1 else "real")


def _steps(graph: Graph[Any], name: str, through_sums: bool) -> list[Step]:
    """The parts of every step. Why no recursion: a file may nest thousands of sums."""
    behind: set[str] = set()
    left = [name]
    while left:
        node = graph[left.pop()]
        if node.name not in behind:
            behind.add(node.name)
            left.extend(node.inputs if _may_be_looked_through(node, through_sums) else ())
    steps: dict[str, list[Step]] = {}
    # The graph's own order: whatever a node reads has its steps before the node needs them.
    for node in graph:
        if node.name in behind:
            sources = [steps[source] for source in node.inputs if source in behind]
            steps[node.name] = _steps_of(graph, node, sources)
    return steps[name]


def _may_be_looked_through(node: AnyNode, through_sums: bool) -> bool:
    what = role(node)
    return what in ("passes", "moves") or (through_sums and what == "sums")


def _steps_of(graph: Graph[Any], node: AnyNode, sources: list[list[Step]]) -> list[Step]:
    """The parts of every step of a node; `sources` are those of its inputs, if looked through."""
    if isinstance(node, m.StructuralNode):
        return _moved_in_time(graph, node, sources)
    what = role(node)
    if what == "passes" and (isinstance(node, f.FloatScale) or _are_exact(graph, sources[0])):
        return sources[0]
    if what == "sums" and sources and _are_few_spikes(graph, sources):
        return [tuple(chain(*parts)) for parts in zip(*sources, strict=True)]
    return _own_steps(graph, node.name)


def _moved_in_time(
    graph: Graph[Any], node: m.StructuralNode, sources: list[list[Step]]
) -> list[Step]:
    """The parts of every step of a structural node."""
    match node:
        case m.Repeat():
            return sources[0] * node.n_steps
        case m.SelectStep():
            return [sources[0][node.step]]
        case m.StackSteps():
            return [step for source in sources for step in source]
        case m.PositionsToChannels():
            return _moved_steps(sources[0], "swap")
        case m.Flatten():
            return _moved_steps(sources[0], "flatten")
        case m.Delay():
            return _delayed(graph, node, sources[0])
        case _:
            assert_never(node)


def _own_steps(graph: Graph[Any], name: str) -> list[Step]:
    return [(Part(name, step),) for step in range(graph.shapes[name][0])]


def _kinds(graph: Graph[Any], sources: list[list[Step]]) -> set[RootKind]:
    roots = {part.root for source in sources for step in source for part in step}
    return {root_kind(graph[root]) for root in roots}


def _are_exact(graph: Graph[Any], source: list[Step]) -> bool:
    """Whether the integers behind a rescale are what came in: it could round any other to zero."""
    return _kinds(graph, [source]) <= {"spikes", "image"}


def _are_few_spikes(graph: Graph[Any], sources: list[list[Step]], times: int = 1) -> bool:
    few = times * sum(max(map(len, source)) for source in sources) <= MAX_OPERANDS
    return few and _kinds(graph, sources) == {"spikes"}


def _moved_steps(steps: list[Step], move: Move) -> list[Step]:
    return [_moved_step(step, move) for step in steps]


def _moved_step(step: Step, move: Move) -> Step:
    return tuple(replace(part, moves=(*part.moves, move)) for part in step)


def _delayed(graph: Graph[Any], node: m.Delay, source: list[Step]) -> list[Step]:
    """The parts behind a delay: late ones, and one for every number of steps where it varies."""
    lates = np.unique(node.steps_q).tolist()
    # A delay that is the same everywhere only renames steps and needs no masks.
    if len(lates) == 1:
        return _later(source, lates[0])
    if not _are_few_spikes(graph, [source], len(lates)):
        return _own_steps(graph, node.name)
    each = [
        _moved_steps(_later(source, late), Kept(node.name, late, node.steps_q)) for late in lates
    ]
    return [tuple(chain(*parts)) for parts in zip(*each, strict=True)]


def _later(steps: list[Step], late: int) -> list[Step]:
    """The parts `late` steps late; what comes too late is never read."""
    # As many silent steps come first as steps are lost at the end: T stays what it was.
    silent = [tuple(replace(part, step=SILENT) for part in step) for step in steps[:late]]
    return [*silent, *steps[: len(steps) - len(silent)]]


def moved(x: NDArray[Any], moves: Moves) -> NDArray[Any]:
    """Moves grid and channels of a channel-last value, one move after the other.

    "swap" is PositionsToChannels: (..., H, W, C) -> (..., C, 1, H*W); "flatten" is Flatten:
    (..., H, W, C) -> (..., 1, 1, C*H*W).
    """
    for move in moves:
        if isinstance(move, Kept):
            x = move.of(x)
            continue
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
        raise GraphError(f"value '{name}'", "spikes: integers", f"other numbers ({array.dtype})")
    spikes = array.astype(np.int64)
    low, high = (int(spikes.min()), int(spikes.max())) if spikes.size else (0, 0)
    # The fast loops count bytes; a sign plays no part, for a magnitude is what is counted.
    narrow = -255 <= low and high <= 255
    if of_bytes and (low < 0 or not narrow):
        raise GraphError(f"value '{name}'", "spikes of its neuron: 0..255", f"{low}..{high}")
    return np.ascontiguousarray(np.abs(spikes), np.uint8 if narrow else np.int64)


def _is_integral(array: NDArray[Any]) -> bool:
    if array.dtype.kind != "f":
        return array.dtype.kind in "iub"
    # Larger floats would not survive the way to int64; NaN fails both comparisons.
    small = bool((np.abs(array) < 2.0**62).all())
    return small and bool((array == np.rint(array)).all())
