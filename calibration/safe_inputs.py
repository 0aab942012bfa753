"""Finds what would make a certificate whole: fewer steps, smaller inputs, or wider streams."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from calibration.certificate import Bound, bounds_of, needed_stream_bits
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.neurons.registers import MAX_STATE_BITS
from spiketrack.graph.retime import retime


@dataclass(frozen=True)
class SafeInputs:
    """Either of these alone makes every value provable; 0 where it cannot.

    Attributes:
        max_steps: most steps from rest, with the inputs as they were promised.
        max_input: largest magnitude of an input's integers, with the steps as they are.
        stream_bits: fewest bits of streams and registers with which a conversion is proved whole,
            for the same steps and inputs.
    """

    max_steps: int
    max_input: int
    stream_bits: int = 0


def safe_inputs(graph: Graph[s.SpikeNode], stream_bits: int = 0) -> SafeInputs:
    """The most that a graph is proved for, in steps and in inputs; see `SafeInputs`.

    Args:
        graph: of the planned number of steps.
        stream_bits: what `enough_stream_bits` found, where the graph comes from a conversion.
    """
    steps = graph.shapes[graph.inputs[0].name][0]
    nodes = [node for node in graph if isinstance(node, s.SpikeInput)]
    largest = max(max(abs(node.low), abs(node.high)) for node in nodes)
    return SafeInputs(
        _most(steps, lambda t: _proved_for(graph, t)),
        _most(largest, lambda peak: _proved(_limited(graph, peak))),
        stream_bits,
    )


def enough_stream_bits(bounds: list[Bound], has: int, holds: Callable[[int], bool]) -> int:
    """The fewest stream bits of a conversion whose certificate is whole; 0 if there are none.

    Why by trial: a wider stream may get a finer grid too, so that what its registers need is known
    only once it has been converted. What the unproved registers need is nearly always right.

    Args:
        bounds: of the conversion with `has` bits, which are not all proved.
        has: stream bits that do not do.
        holds: whether the certificate of a conversion with so many is whole.
    """
    guess = needed_stream_bits(bounds)
    if not guess:
        return 0
    low, high, guesses = has, MAX_STATE_BITS + 1, [guess - 1, guess]
    while high - low > 1:
        bits = guesses.pop() if guesses else (low + high) // 2
        if not low < bits < high:
            continue
        low, high = (low, bits) if holds(bits) else (bits, high)
    return high if high <= MAX_STATE_BITS else 0


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
    """Gives the same graph with a promise that no input exceeds +-peak."""
    return Graph(graph.name, tuple(_limited_input(node, peak) for node in graph))


def _limited_input(node: s.SpikeNode, peak: int) -> s.SpikeNode:
    if not isinstance(node, s.SpikeInput):
        return node
    low, high = (min(max(end, -peak), peak) for end in (node.low, node.high))
    return replace(node, low=low, high=high)
