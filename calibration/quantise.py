"""Quantises both float graphs of a model, then proves that nothing overflows.

Two walks per graph: a probe with wide streams finds the worst case of every stream from the
quantised weights; the second uses the finest grids that this worst case allows in the declared
width.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from calibration.certificate import Bound, certify, summarise
from calibration.lower import Lowering
from calibration.options import QuantiseOptions
from calibration.streams import Streams, choose_fractions, describe, find_streams
from calibration.weights import QuantisedWeights
from conversion.passes import fold_input
from simulation.ranges import Ranges, value_ranges
from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

PROBE_FRACTION, PROBE_BITS = 16, 62
GATE_LOGIT_FRACTION = 14


@dataclass(frozen=True)
class QuantisedGraph:
    """An integer graph and how it came about.

    Attributes:
        graph: the integer graph.
        source: the float graph it stands for, image input already in integers.
        certificate: worst case of every value against its width.
        streams: one row a stream: fraction bits asked for, given, and what exactness would need.
        inexact_weights: share of output channels whose weights moved, per convolution.
    """

    graph: Graph[SpikeNode]
    source: Graph[FloatNode]
    certificate: list[Bound]
    streams: list[dict[str, object]]
    inexact_weights: dict[str, float] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        """All of it but the graphs, as JSON values."""
        return {
            "certificate": {
                **summarise(self.certificate),
                "bounds": [asdict(b) for b in self.certificate],
            },
            "streams": self.streams,
            "share_of_channels_with_rounded_weights": self.inexact_weights,
        }


def quantise_model(
    graphs: Mapping[str, Graph[FloatNode]], options: QuantiseOptions
) -> dict[str, QuantisedGraph]:
    """Quantises the template graph and the search graph that reads its memories.

    Args:
        graphs: "template" and "search", folded, on normalised images.
        options: widths and rules.

    Raises:
        QuantisationError: widths that leave no room, or a graph that was not folded.
        OverflowBoundError: the certificate cannot be given; names node and bound.
    """
    template = quantise_graph(graphs["template"], options, memory_high=0)
    memory_high = max(
        (
            bound.high
            for bound in template.certificate
            if bound.node in _memory_writers(template.graph)
        ),
        default=0,
    )
    return {
        "template": template,
        "search": quantise_graph(graphs["search"], options, memory_high=memory_high),
    }


def quantise_graph(
    graph: Graph[FloatNode], options: QuantiseOptions, *, memory_high: int
) -> QuantisedGraph:
    """Quantises one graph whose memories, if it reads any, hold integers of 0..memory_high."""
    source = fold_input(graph, options.image)
    streams = find_streams(source)
    weights: dict[str, QuantisedWeights] = {}
    probe = dict.fromkeys(streams.of.values(), PROBE_FRACTION)
    wide = Lowering(source, options, streams, probe, PROBE_BITS, memory_high, weights)
    wide_graph = wide.run()
    _note_bounds(wide, value_ranges(wide_graph), streams)
    for node in source:
        if isinstance(node, f.FloatGateMix):
            streams.exact[streams.of[node.inputs[1]]] = GATE_LOGIT_FRACTION
    fractions = choose_fractions(streams, options.stream_bits)
    rows = describe(streams, fractions, options.stream_bits)
    lowered = Lowering(
        source, options, streams, fractions, options.stream_bits, memory_high, weights
    ).run()
    inexact = {name: float(1 - w.exact.mean()) for name, w in weights.items() if not w.exact.all()}
    return QuantisedGraph(lowered, source, certify(lowered), rows, inexact)


def _note_bounds(lowering: Lowering, ranges: Ranges, streams: Streams) -> None:
    """Worst case of every stream: of its members, and of membranes with decay on it."""
    for value, stream in streams.of.items():
        source = lowering.pending[value]
        found = ranges.values.get(source.name)
        if found is not None:
            ends = (end * source.scale + source.bias for end in (found.low, found.high))
            streams.reach(stream, max(float(abs(end).max()) for end in ends))
    for value, name in lowering.on_stream.items():
        streams.reach(streams.of[value], ranges.values[name].peak * 2.0**-PROBE_FRACTION)
    for node in lowering.graph:
        if isinstance(node, f.FloatNILIF) and node.decay.size:
            stream = streams.of[node.inputs[0]]
            streams.reach(stream, ranges.states[node.name].peak * 2.0**-PROBE_FRACTION)


def _memory_writers(graph: Graph[SpikeNode]) -> set[str]:
    return {node.inputs[0] for node in graph.outputs}
