"""Quantises both float graphs of a model, then proves that nothing overflows.

Two walks per graph: a probe with wide streams finds the worst case of every stream from the
quantised weights; the second uses the finest grids that this worst case allows in the declared
width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from calibration.certificate import Bound, bounds_of, certify, summarise
from calibration.cuba_streams import note_neurons
from calibration.fit_graph import FitCrops, Fitter
from calibration.neuron_rounding import NeuronRounding
from calibration.obstacles import find_obstacles
from calibration.options import InputRange, QuantiseOptions
from calibration.safe_inputs import SafeInputs, enough_stream_bits, safe_inputs
from calibration.streams import Streams, choose_fractions, describe, find_streams
from calibration.to_integers import ToIntegers
from calibration.weights import QuantisedWeights
from conversion.passes import (
    fold_batchnorm,
    fold_bias,
    fold_input,
    fold_scales,
    pool_as_synapses,
    threshold_as_neuron,
)
from simulation.bounds.ranges import Ranges, value_ranges
from spiketrack.errors import GraphError, ObstacleError, OverflowBoundError, QuantisationError
from spiketrack.fixed_point import Float64
from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
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
        neurons: what rounding did to the parameters of neurons with a current.
        worth: real worth of one step of every synapses' and readout's integers, (C or 1,).
        offset: what is added to them, (C or 1,).
        certified_steps: steps the certificate holds for; 0: the graph's own.
        saved_by: what would make a certificate whole that is not.
    """

    graph: Graph[SpikeNode]
    source: Graph[FloatNode]
    certificate: list[Bound]
    streams: list[dict[str, object]]
    inexact_weights: dict[str, float] = field(default_factory=dict)
    neurons: list[NeuronRounding] = field(default_factory=list)
    worth: dict[str, Float64] = field(default_factory=dict)
    offset: dict[str, Float64] = field(default_factory=dict)
    certified_steps: int = 0
    saved_by: SafeInputs | None = None

    def retimed(self, n_steps: int) -> "QuantisedGraph":
        """Gives the result for another number of steps; the certificate stays what it was.

        Args:
            n_steps: T of both graphs, at least 1.

        Raises:
            GraphError: a graph that works with its own number of steps only.
        """
        graphs = retime(self.graph, n_steps), retime(self.source, n_steps)
        return replace(self, graph=graphs[0], source=graphs[1])

    def report(self) -> dict[str, Any]:
        """Reports all of it but the graphs, as JSON values."""
        more: dict[str, Any] = {}
        if self.neurons:
            more["neurons"] = [asdict(row) for row in self.neurons]
        if self.certified_steps:
            more["certified_steps"] = self.certified_steps
        if self.saved_by:
            more["saved_by_either"] = asdict(self.saved_by)
        return {
            **more,
            "certificate": {
                **summarise(self.certificate),
                "bounds": [asdict(b) for b in self.certificate],
            },
            "streams": self.streams,
            "share_of_channels_with_rounded_weights": self.inexact_weights,
        }


def quantise_model(
    graphs: Mapping[str, Graph[FloatNode]],
    options: QuantiseOptions,
    crops: Sequence[FitCrops] = (),
) -> dict[str, QuantisedGraph]:
    """Quantises the template graph and the search graph that reads its memories.

    Args:
        graphs: "template" and "search", folded, on normalised images.
        options: widths and rules.
        crops: what weights and biases are fitted to; without any, weights go to the nearest step.

    Raises:
        QuantisationError: widths that leave no room, or a graph that was not folded.
        OverflowBoundError: the certificate cannot be given; names node and bound.
    """
    sources = {name: with_integer_inputs(graph, options) for name, graph in graphs.items()}
    fitted = Fitter(sources, options, crops).fitted(options) if crops else sources

    def quantised(name: str, memory_high: int) -> QuantisedGraph:
        certified = _certified(fitted[name], options, memory_high)
        return replace(certified, source=sources[name])

    template = quantised("template", 0)
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
        "search": quantised("search", memory_high),
    }


def quantise_graph(
    graph: Graph[FloatNode], options: QuantiseOptions, *, memory_high: int
) -> QuantisedGraph:
    """Quantises one graph of a tracker.

    Args:
        graph: a float graph whose batch norms and scales are folded, on normalised images.
        options: widths and rules.
        memory_high: the largest integer of the memories that it reads; 0 where it reads none.

    Raises:
        QuantisationError: widths that leave no room, or a graph that was not folded.
        OverflowBoundError: the certificate cannot be given; names node and bound.
    """
    return _certified(with_integer_inputs(graph, options), options, memory_high)


def with_integer_inputs(
    graph: Graph[FloatNode], options: QuantiseOptions
) -> Graph[FloatNode]:
    """The float graph whose inputs take integers.

    Args:
        graph: on normalised images, or on integers already.
        options: the image rule.
    """
    return graph if options.values else fold_input(graph, options.image)


def _certified(
    source: Graph[FloatNode], options: QuantiseOptions, memory_high: int
) -> QuantisedGraph:
    quantised = _converted(source, options, memory_high)
    return replace(quantised, certificate=certify(quantised.graph))


def quantise_network(
    graph: Graph[FloatNode], options: QuantiseOptions | None = None
) -> QuantisedGraph:
    """Quantises a float graph of any origin; batch norms and scales need not be folded.

    Inputs are integers as `options.values` says, by default binary spikes. Values that
    cannot be proved to fit are listed, not refused: engines check every width as they run.

    Args:
        graph: of one step, to be retimed, or of its own number of steps.
        options: widths and rules.

    Raises:
        ObstacleError: all nodes that cannot become integers, each with its reason.
        UnsupportedOpError: a batch norm without a convolution of its own.
        QuantisationError: widths that leave no room, or a bias that cannot enter a current.
        OverflowBoundError: a worst case that not even the engines' own 64 bits hold.
    """
    options = options or QuantiseOptions()
    options = replace(options, values=options.values or InputRange())
    folded = fold_bias(fold_scales(fold_batchnorm(graph)))
    source = threshold_as_neuron(pool_as_synapses(folded))
    obstacles = find_obstacles(source)
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}'", obstacles)
    quantised = _converted(source, options, memory_high=0)
    planned = _planned(quantised.graph, options.n_steps)
    bounds = bounds_of(planned)
    saved_by = None
    if not all(bound.proved for bound in bounds):
        enough = enough_stream_bits(
            bounds, options.stream_bits, lambda bits: _is_whole(source, options, bits)
        )
        saved_by = safe_inputs(planned, enough)
    return replace(
        quantised,
        certificate=bounds,
        certified_steps=planned.shapes[planned.inputs[0].name][0],
        saved_by=saved_by,
    )


def _is_whole(source: Graph[FloatNode], options: QuantiseOptions, stream_bits: int) -> bool:
    """Whether a conversion with streams of another width has all its values proved."""
    try:
        made = _converted(source, replace(options, stream_bits=stream_bits), memory_high=0)
    except (QuantisationError, OverflowBoundError):
        return False
    return all(bound.proved for bound in bounds_of(_planned(made.graph, options.n_steps)))


def _planned(graph: Graph[SpikeNode], n_steps: int) -> Graph[SpikeNode]:
    """A graph of one step as it will be run; one that works with its own steps only as it is."""
    if {shape[0] for shape in graph.shapes.values()} != {1}:
        return graph
    try:
        return retime(graph, n_steps)
    except GraphError:  # graded neurons state their own number of steps
        return graph


def _converted(
    source: Graph[FloatNode], options: QuantiseOptions, memory_high: int
) -> QuantisedGraph:
    """Takes both walks; the certificate is made later."""
    streams = find_streams(source, integer_inputs=options.values is not None)
    note_neurons(source, streams)
    weights: dict[str, QuantisedWeights] = {}
    probe = dict.fromkeys(streams.of.values(), PROBE_FRACTION)
    wide = ToIntegers(source, options, streams, probe, PROBE_BITS, memory_high, weights)
    ranges = value_ranges(wide.run())
    _note_bounds(wide, ranges, streams)
    for node in source:
        if isinstance(node, f.FloatGateMix):
            streams.exact[streams.of[node.inputs[1]]] = GATE_LOGIT_FRACTION
    fractions = choose_fractions(streams, options.stream_bits)
    rows = describe(streams, fractions, options.stream_bits)
    walk = ToIntegers(
        source, options, streams, fractions, options.stream_bits, memory_high, weights,
        ranges.values,
    )  # fmt: skip
    made = walk.run()
    inexact = {name: float(1 - w.exact.mean()) for name, w in weights.items() if not w.exact.all()}
    meant = {
        node.name: walk.pending[node.name]
        for node in source
        if isinstance(node, f.FloatConv | f.FloatCubaLI)
    }
    worth = {name: value.scale for name, value in meant.items()}
    offset = {name: value.bias for name, value in meant.items()}
    return QuantisedGraph(made, source, [], rows, inexact, walk.neurons, worth, offset)


def _note_bounds(walk: ToIntegers, ranges: Ranges, streams: Streams) -> None:
    """Worst case of every stream: of its members, and of membranes with decay on it."""
    for value, stream in streams.of.items():
        source = walk.pending[value]
        bounds = ranges.values.get(source.name)
        if bounds is not None:
            ends = (end * source.scale + source.bias for end in (bounds.low, bounds.high))
            streams.reach(stream, max(float(abs(end).max()) for end in ends))
    for value, name in walk.on_stream.items():
        streams.reach(streams.of[value], ranges.values[name].peak * 2.0**-PROBE_FRACTION)
    for node in walk.graph:
        if isinstance(node, f.FloatNILIF) and node.decay.size:
            stream = streams.of[node.inputs[0]]
            streams.reach(stream, ranges.states[node.name].peak * 2.0**-PROBE_FRACTION)


def _memory_writers(graph: Graph[SpikeNode]) -> set[str]:
    return {node.inputs[0] for node in graph.outputs}
