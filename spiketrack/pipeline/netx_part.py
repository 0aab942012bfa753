"""Chooses what goes into a netx file: a segment of a graph, its neurons lowered to stock LIFs."""

from typing import Literal

from hardware.stock import Thermometer, segment, synaptic_delays, thermometer_channels
from simulation.bounds.ranges import value_ranges
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeConv, SpikeNode

Lowering = Literal["thermometer"]
Ends = tuple[str, str]


def netx_part(
    graph: Graph[SpikeNode], ends: Ends | None = None, lowering: Lowering | None = None
) -> tuple[Graph[SpikeNode], list[str]]:
    """Cuts and lowers a graph as asked, and says what a user of the file must do about it.

    Args:
        graph: an integer graph.
        ends: names of the nodes whose values come in and go out; the whole graph if None.
        lowering: "thermometer" turns chains of NI-LIF layers into stock LIFs with D times the
            channels, the step that synapses take stated before each.

    Raises:
        GraphError: no such nodes, or what lies between them needs more than the first.
        ObstacleError: layers that cannot be lowered.
        OverflowBoundError: a value whose range nobody can bound.
    """
    notes: list[str] = []
    if ends is not None:
        graph = segment(graph, *ends, value_ranges(graph).values)
        notes.append(f"Only what lies between '{ends[0]}' and '{ends[1]}' is written")
    if lowering is None:
        return graph, notes
    lowered = thermometer_channels(graph, value_ranges(graph).values)
    n_channels = graph.shapes[graph.inputs[0].name][1], graph.shapes[graph.outputs[0].name][1]
    delayed = synaptic_delays(lowered.graph)
    return delayed, [*notes, *_notes(lowered, *n_channels)]


def _notes(lowered: Thermometer, n_in: int, n_out: int) -> list[str]:
    """Says how to encode the input and decode the output, and when the output comes."""
    notes = [f"Input: the {n_in} channels stay as they are"]
    if lowered.input_levels > 1:
        words = f"channel k * {n_in} + c is 1 where c was more than k, else 0"
        notes = [f"Input: {n_in} channels of 0..{lowered.input_levels} become binary: {words}"]
    if lowered.input_ones:
        notes.append(f"Input: {lowered.input_ones} more channels follow, which are 1 in every step")
    if lowered.output_levels > 1:
        words = f"add up the channels k * {n_out} + c, k = 0..{lowered.output_levels - 1}, to get c"
        notes.append(f"Output: {words}")
    else:
        notes.append(f"Output: the {n_out} channels stay as they were")
    late = sum(isinstance(node, SpikeConv) for node in lowered.graph)
    notes.append(f"Output: it comes a step later for each layer of synapses, {late} in all")
    return notes
