"""A segment computes what the whole graph computes between its ends."""

import numpy as np
import pytest

from hardware.stock import segment, synaptic_delays, thermometer_channels
from simulation.bounds.ranges import value_ranges
from simulation.reference.engine import run_reference
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.retime import retime
from tests.hardware.stock import chains


def cut(graph: chains.SpikeGraph, first: str, last: str) -> chains.SpikeGraph:
    return segment(graph, first, last, value_ranges(graph).values)


def test_the_middle_of_a_chain_gives_the_same_spikes() -> None:
    graph = chains.random_chain(0)
    part = cut(graph, "a", "c")
    assert [node.name for node in part] == ["a", "second", "b", "flat", "dense", "c", "output"]
    values = run_reference(graph, chains.frames(graph, 0)).values
    found = run_reference(part, {"a": values["a"]}).outputs["output"]
    assert np.array_equal(found, values["c"])


def test_the_input_has_the_bounds_of_the_value_and_the_output_its_scale() -> None:
    graph = chains.random_chain(0)
    part = cut(graph, "b", "readout")
    source, sink, old = part["b"], part["output"], graph["out"]
    assert isinstance(source, s.SpikeInput) and isinstance(sink, s.SpikeOutput)
    assert (source.low, source.high, source.signal) == (0, 4, "spikes")
    assert isinstance(old, s.SpikeOutput) and sink.scale[0] == old.scale[0]


def test_a_segment_may_begin_at_the_input() -> None:
    graph = chains.random_chain(0)
    assert cut(graph, "in", "a")["in"] is graph["in"]


def test_an_unknown_end_is_an_error() -> None:
    with pytest.raises(GraphError, match="a node to cut at, found no 'nowhere'"):
        cut(chains.random_chain(0), "a", "nowhere")


def test_ends_without_a_way_between_them_are_an_error() -> None:
    with pytest.raises(GraphError, match="segment 'c' to 'a': needed a way"):
        cut(chains.random_chain(0), "c", "a")


def test_a_second_input_is_an_error() -> None:
    one = np.ones((1, 1, 1, 1))
    nodes = (
        chains.spikes_in(1, 2), chains.conv("x", "in", one), chains.conv("y", "in", one),
        s.SpikeAdd(name="sum", inputs=("x", "y"), bits=24, scale=1.0), chains.out("sum"),
    )  # fmt: skip
    with pytest.raises(GraphError, match="'in' as well, which 'y' reads|'y' as well, which 'sum'"):
        cut(Graph("two", nodes), "x", "sum")


def test_stated_delays_shift_a_chain_without_memory_by_a_step_for_each_conv() -> None:
    graph = chains.random_chain(4)
    found = thermometer_channels(graph, value_ranges(graph).values)
    raw = chains.frames(graph, 4, batch=6)["in"]
    ours = run_reference(graph, {"in": raw}).outputs["out"].swapaxes(0, 1)
    late = retime(synaptic_delays(found.graph), 10)
    data = np.concatenate([found.encode(raw)[0], np.zeros((4, *found.graph.shapes["in"][1:]))])
    theirs = run_reference(late, {"in": data.astype(np.int64)[:, None]}).outputs["out"]
    assert np.array_equal(found.decode(theirs)[4:], ours)


def test_delays_that_are_there_are_left() -> None:
    once = synaptic_delays(chains.random_chain(4))
    assert len(synaptic_delays(once)) == len(once)
