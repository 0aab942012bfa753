"""What would make a certificate whole: fewer steps, or smaller inputs."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from calibration.certificate import bounds_of
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime


@dataclass(frozen=True)
class SafeInputs:
    """Either of these alone makes every value provable; 0 where it cannot.

    Attributes:
        max_steps: most steps from rest, with the inputs as they were promised.
        max_input: largest magnitude of an input's integers, with the steps as they are.
    """

    max_steps: int
    max_input: int


def safe_inputs(graph: Graph[s.SpikeNode]) -> SafeInputs:
    """The most that a graph is proved for, in steps and in inputs; see `SafeInputs`."""
    steps = graph.shapes[graph.inputs[0].name][0]
    nodes = [node for node in graph if isinstance(node, s.SpikeInput)]
    largest = max(max(abs(node.low), abs(node.high)) for node in nodes)
    return SafeInputs(
        _most(steps, lambda t: _proved_for(graph, t)),
        _most(largest, lambda peak: _proved(_limited(graph, peak))),
    )


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """Largest n in 0..limit that holds, if all below it hold too; 0 is taken to hold."""
    low, high = 0, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _proved_for(graph: Graph[s.SpikeNode], n_steps: int) -> bool:
    try:
        return _proved(retime(graph, n_steps))
    except GraphError:  # a graph that works with its own number of steps only
        return False


def _proved(graph: Graph[s.SpikeNode]) -> bool:
    return all(bound.proved for bound in bounds_of(graph))


def _limited(graph: Graph[s.SpikeNode], peak: int) -> Graph[s.SpikeNode]:
    """The same graph, no input beyond +-peak."""
    return Graph(graph.name, tuple(_limited_input(node, peak) for node in graph))


def _limited_input(node: s.SpikeNode, peak: int) -> s.SpikeNode:
    if not isinstance(node, s.SpikeInput):
        return node
    low, high = (min(max(end, -peak), peak) for end in (node.low, node.high))
    return replace(node, low=low, high=high)
