"""Finds which values share one fixed-point grid, and how fine that grid is.

A stream is a set of values tied together by additions: a residual path, a positional table, the
steps of a neuron with decay. Each stream has one power-of-two scale 2**-f. f is as fine as
exactness asks for and never finer than the worst case allows in the declared width: so no stream
can overflow.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from typing_extensions import assert_never

from spiketrack.errors import QuantisationError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatCuba
from spiketrack.graph.signals import integer_values

MARGIN = 1.0001
LEAST_FRACTION = 2
NO_GRID = 60
"""Fraction bits from which on a stream's members count as lying on no grid at all."""


@dataclass
class Streams:
    """Streams of one graph.

    Attributes:
        of: stream of every value that lies on one, or is put on one for a reader.
        integers: values that stay what they are, spikes or what only moves them: one on a stream
            too is put there by a rescale of its own, so that its inputs need not lie on it.
        exact: per stream, fraction bits that its own members ask for to lose nothing.
        after: per stream, (earlier stream, fraction bits gained on the way) for pooled and
            upsampled members.
        decay: per stream, further bits that the products with decay in its neurons ask for
            (`NO_GRID` where a decay had to be rounded).
        growth: per stream, bits its values grow by inside an upsampling that reads it.
        bound: per stream, largest magnitude (real) in the worst case.
        most: per stream that neurons with a current read, fraction bits their parameters can bear.
        least: per such stream, fraction bits below which a threshold becomes too coarse: worth
            more than a proof that no register overflows.
    """

    of: dict[str, str]
    integers: frozenset[str] = frozenset()
    exact: dict[str, int] = field(default_factory=dict)
    after: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    decay: dict[str, int] = field(default_factory=dict)
    growth: dict[str, int] = field(default_factory=dict)
    bound: dict[str, float] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)

    def ask(self, stream: str, fraction: int) -> None:
        """Notes that a member needs this many fraction bits."""
        self.exact[stream] = max(self.exact.get(stream, 0), fraction)

    def ask_for_decay(self, stream: str, fraction: int) -> None:
        """Notes that a neuron with state multiplies into this many further fraction bits."""
        self.decay[stream] = max(self.decay.get(stream, 0), fraction)

    def wanted(self, stream: str, fractions: Mapping[str, int]) -> int:
        """Fraction bits that lose nothing, given those of the streams before it.

        A stream that follows itself, round a pool or an upsampling, finds no grid fine enough.
        """
        asked = [
            fractions[before] + gain if before in fractions else NO_GRID
            for before, gain in self.after.get(stream, [])
        ]
        members = max([LEAST_FRACTION, self.exact.get(stream, 0), *asked])
        return members + self.decay.get(stream, 0)

    def reach(self, stream: str, magnitude: float) -> None:
        """Notes that a member can be this large."""
        self.bound[stream] = max(self.bound.get(stream, 0.0), magnitude)

    def finest(self, stream: str, bits: int) -> int:
        """Most fraction bits with which the worst case fits `bits` bits signed."""
        # The margin covers the float arithmetic of the bound, and the summand a stream of zeros,
        # whose logarithm there is not.
        magnitude = self.bound.get(stream, 0.0) * MARGIN + 2.0**-12
        room = bits - 1 - math.ceil(math.log2(magnitude))
        proved = room - self.growth.get(stream, 0)
        if stream not in self.most:
            return proved
        # A threshold that rounds away changes the network for certain, an overflow only in the
        # worst case.
        return min(self.most[stream], max(proved, min(room, self.least[stream])))

    def bear(self, stream: str, least: int, most: int, growth: int) -> None:
        """Notes what the registers and parameters of a neuron that reads a stream allow."""
        self.least[stream] = max(self.least.get(stream, least), least)
        self.most[stream] = min(self.most.get(stream, most), most)
        self.growth[stream] = max(self.growth.get(stream, 0), growth)


def find_streams(graph: Graph[FloatNode], *, integer_inputs: bool = False) -> Streams:
    """Ties values together by additions; notes how pooled and upsampled members follow others.

    Args:
        graph: a folded float graph.
        integer_inputs: images enter as integers too.
    """
    tied = _Ties()
    streamed: set[str] = set()
    integers = integer_values(graph, integer_images=integer_inputs)
    for node in graph:
        streamed.update(_on_streams(graph, node, integers))
        if _shares_a_grid(node, integers):
            for name in node.inputs:
                tied.join(node.name, name)
    of = {node.name: tied.root(node.name) for node in graph if node.name in streamed}
    streams = Streams(of, integers)
    _note_growth(graph, streams)
    return streams


def _shares_a_grid(node: FloatNode, integers: frozenset[str]) -> bool:
    """Whether the value of a node and all its inputs must lie on one grid."""
    if isinstance(node, m.StructuralNode):
        return node.name not in integers
    return isinstance(node, f.FloatAdd | f.FloatBias)


def _on_streams(
    graph: Graph[FloatNode], node: FloatNode, integers: frozenset[str]
) -> tuple[str, ...]:
    """Names those among a node's value and its inputs that need the grid of a stream."""
    if isinstance(node, m.StructuralNode):
        return () if node.name in integers else (node.name, *node.inputs)
    match node:
        case f.FloatAdd() | f.FloatBias() | f.FloatAvgPool() | f.FloatUpsample():
            return (node.name, *node.inputs)
        case f.FloatCubaLIF() | f.FloatCubaLI():
            return () if reads_synapses(graph, node) else node.inputs
        case f.FloatNILIF():
            return node.inputs if node.decay.size else ()
        case f.FloatGateMix():
            return (node.inputs[1],)
        case (
            f.FloatInput() | f.FloatOutput() | f.FloatConv() | f.FloatBatchNorm() | f.FloatScale()
            | f.FloatThreshold() | f.FloatMemoryWrite() | f.FloatMemoryRead()
        ):  # fmt: skip
            return ()
        case _:
            assert_never(node)


def choose_fractions(streams: Streams, bits: int) -> dict[str, int]:
    """Chooses each stream's fraction bits: what exactness needs, but no more than the width allows.

    Raises:
        QuantisationError: a stream whose worst case leaves no room for a neuron's step.
    """
    # Streams that follow others come after them, since pooling adds fraction bits.
    chosen = _settle(streams, lambda stream, wanted: min(wanted, streams.finest(stream, bits)))
    for stream, fraction in chosen.items():
        if fraction < LEAST_FRACTION and stream not in streams.most:
            found = f"worst case +-{streams.bound.get(stream, 0.0):.4g}"
            needed = f"a worst case that fits {bits} bits"
            advice = f"Convert with --stream-bits {bits + LEAST_FRACTION - fraction}"
            raise QuantisationError(f"stream of '{stream}'", needed, found, advice)
    return chosen


def _settle(streams: Streams, settle: Callable[[str, int], int]) -> dict[str, int]:
    """Fraction bits of every stream, those it follows first, by a rule on what it wants."""
    chosen: dict[str, int] = {}
    entered: set[str] = set()

    def visit(stream: str) -> None:
        # Entered before it is settled: a ring of streams ends here and not in a recursion without
        # end.
        if stream not in entered:
            entered.add(stream)
            for before, _ in streams.after.get(stream, []):
                visit(before)
            chosen[stream] = settle(stream, streams.wanted(stream, chosen))

    for stream in streams.of.values():
        visit(stream)
    return chosen


def growth_bits(node: f.FloatAvgPool | f.FloatUpsample) -> int:
    """Bits by which the integer sum grows: 2 log2(k) for a k x k pool, 2 log2(2k) for bilinear."""
    base = node.factor if isinstance(node, f.FloatAvgPool) else 2 * node.factor
    # Factors are powers of two, so that the logarithm is whole.
    return 2 * int(math.log2(base))


def reads_synapses(graph: Graph[FloatNode], node: FloatNode) -> bool:
    """Whether a neuron with a current reads synapses that nobody else reads as a current."""
    conv = synapses_before(graph, node)
    if conv is None:
        return False
    return len([reader for reader in current_readers(graph, conv) if reader is not node]) == 0


def synapses_before(graph: Graph[FloatNode], node: FloatNode) -> f.FloatConv | None:
    """The convolution whose accumulator, at most scaled, is a node's input."""
    source = graph[node.inputs[0]]
    while isinstance(source, f.FloatScale):
        source = graph[source.inputs[0]]
    return source if isinstance(source, f.FloatConv) else None


def current_readers(graph: Graph[FloatNode], conv: f.FloatConv) -> list[FloatCuba]:
    """Neurons with a current whose input is this convolution's accumulator."""
    neurons = [node for node in graph if isinstance(node, FloatCuba)]
    return [node for node in neurons if synapses_before(graph, node) is conv]


def _note_growth(graph: Graph[FloatNode], streams: Streams) -> None:
    for node in graph:
        if isinstance(node, f.FloatAvgPool | f.FloatUpsample):
            source, target = streams.of[node.inputs[0]], streams.of[node.name]
            streams.after.setdefault(target, []).append((source, growth_bits(node)))
            # An upsampling multiplies on the stream's own grid; a pool can coarsen its input first.
            if isinstance(node, f.FloatUpsample):
                streams.growth[source] = max(streams.growth.get(source, 0), growth_bits(node))


class _Ties:
    """Union-find over value names; the first name seen is the root."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        while self.parent.get(name, name) != name:
            name = self.parent[name]
        return name

    def join(self, a: str, b: str) -> None:
        self.parent[self.root(b)] = self.root(a)


def describe(streams: Streams, fractions: Mapping[str, int], bits: int) -> list[dict[str, object]]:
    """Describes each stream in a row: members, fraction bits needed and given, worst case, bits."""
    rows: list[dict[str, object]] = []
    # Capped, because what follows a stream without a grid has none either.
    exact = _settle(streams, lambda stream, wanted: min(wanted, NO_GRID))
    for stream, asked in exact.items():
        rows.append(
            {
                "stream": stream,
                "members": sum(1 for root in streams.of.values() if root == stream),
                "fraction_bits": fractions[stream],
                "fraction_bits_for_exactness": asked,
                "worst_case": streams.bound.get(stream, 0.0),
                "bits_for_exactness": None
                if asked >= NO_GRID
                else bits + asked - streams.finest(stream, bits),
            }
        )
    return rows
