"""Where a connection's operand comes from: the neuron, input or memory behind it, step by step.

Counting watches these roots only, so every engine can serve it, whether or not it makes a repeated,
selected or stacked value of its own. A FloatScale (the 1/D of a float graph not yet folded) is
looked through as well: the root holds the integer spikes.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import AnyNode

Kind = Literal["spikes", "image", "memory", "real"]


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a root's value, its grid and channels swapped `swaps` times."""

    root: str
    step: int
    swaps: int = 0


@dataclass(frozen=True, slots=True)
class Operand:
    """What a connection reads: one part per step, all of one kind.

    Attributes:
        parts: T parts in order.
        kind: "spikes", "image", "memory", or "real" for any other value (or a mixture).
        max_spike: largest spike that can come, None where unknown.
    """

    parts: tuple[Part, ...]
    kind: Kind
    max_spike: int | None

    @property
    def roots(self) -> frozenset[str]:
        """Names of all roots."""
        return frozenset(part.root for part in self.parts)


def trace(graph: Graph[Any], name: str) -> Operand:
    """Follows a value back to its roots."""
    parts = tuple(_parts(graph, name))
    kinds = {root_kind(graph, part.root) for part in parts}
    bounds = [max_spike(graph[part.root]) for part in parts]
    known = [bound for bound in bounds if bound is not None]
    return Operand(
        parts,
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
        parts = _parts(graph, node.inputs[0])
        return [Part(part.root, part.step, part.swaps + 1) for part in parts]
    return [Part(name, step) for step in range(graph.shapes[name][0])]


def root_kind(graph: Graph[Any], name: str) -> Kind:
    """What a root's value is."""
    node = graph[name]
    if isinstance(node, f.FloatNILIF | s.SpikeNILIF):
        return "spikes"
    if isinstance(node, f.FloatMemoryWrite | s.SpikeMemoryWrite):
        return "memory"
    if isinstance(node, f.FloatInput | s.SpikeInput):
        signal: Kind = node.signal
        return signal
    return "real"


def max_spike(node: AnyNode) -> int | None:
    """Largest spike a root can emit, None where the graph does not say."""
    if isinstance(node, f.FloatNILIF | s.SpikeNILIF):
        return node.max_spike
    return node.high if isinstance(node, s.SpikeInput) else None


def swapped(x: NDArray[Any], swaps: int) -> NDArray[Any]:
    """PositionsToChannels, channel-last, `swaps` times: (..., H, W, C) -> (..., C, 1, H*W)."""
    for _ in range(swaps):
        *lead, height, width, channels = x.shape
        x = x.reshape(*lead, height * width, channels).swapaxes(-1, -2)[..., None, :]
    return np.ascontiguousarray(x)


def as_spikes(name: str, array: NDArray[Any]) -> NDArray[np.uint8]:
    """A spike value as contiguous uint8.

    Raises:
        GraphError: something else than integers 0..255.
    """
    array = np.asarray(array)
    if array.dtype != np.uint8:
        spikes = array.astype(np.uint8) if _fits(array) else None
        if spikes is None or (spikes != array).any():
            found = f"other numbers ({array.dtype})"
            raise GraphError(f"value '{name}'", "spikes: integers 0..255", found)
        array = spikes
    return np.ascontiguousarray(array)


def _fits(array: NDArray[Any]) -> bool:
    if array.dtype.kind not in "iufb" or not array.size:
        return array.dtype.kind in "iufb"
    return bool(array.min() >= 0 and array.max() <= 255)
