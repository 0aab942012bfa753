"""A float graph and the integer graph made of it count the same, and as counted by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_network
from simulation.counting.connections import without_events
from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_run
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.counts.event_counts import PhaseCounts
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import Array, output, spike_input, synops
from tests.simulation.counting.spiking_networks import integrate_and_fire, random_network

WIDE = 40
"""Bits in which every sum of a random network fits, so that nothing is rounded."""
COMPARED = (
    "dense_macs", "macs_inside_borders", "inputs", "outputs", "events", "unary_spikes", "graded",
    "unary", "all_weights", "unary_all_weights", "effective_acs", "effective_macs", "true_macs",
    "messages", "unary_messages", "max_spike",
)  # fmt: skip


def counts_of_both(graph: Graph[Any], spikes: Array) -> tuple[PhaseCounts, PhaseCounts]:
    """Counts of the float graph and of its integer graph, where their neurons fire alike."""
    integer = quantise_network(graph, QuantiseOptions(stream_bits=WIDE)).graph
    graph = with_zeros_of(graph, integer)
    found = []
    run = run_reference(integer, {"x": spikes})
    neurons = (node.name for node in graph if isinstance(node, f.FloatCubaLIF))
    fired = {name: run.values[name] for name in neurons}
    runs = [run_float(graph, {"x": spikes}, dtype=torch.float64, forced=fired), run]
    graphs: list[Graph[Any]] = [graph, integer]
    for one, run in zip(graphs, runs, strict=True):
        counter = EventCounter(one)
        counter.add_run(run)
        counts = counter.counts("run")
        for name, events in count_run(one, run).items():
            row = counts[name]
            if row.kind == "dense_conv":
                assert row.effective_macs == row.true_macs == events.graded, name
            else:
                assert synops(row) == events, name
        found.append(counts)
    return found[0], found[1]


def with_zeros_of(graph: Graph[Any], integer: Graph[Any]) -> Graph[Any]:
    """The float graph without weights that rounding to eight bits made zero: they count less."""

    def rounded(node: Any) -> Any:
        if not isinstance(node, f.FloatConv):
            return node
        weight_q = integer[node.name].weight_q
        return replace(node, weight=np.where(weight_q == 0, 0.0, node.weight))

    return Graph(graph.name, tuple(rounded(node) for node in graph))


def difference(counts: tuple[PhaseCounts, PhaseCounts]) -> list[str]:
    """What connections and neurons of the float graph count otherwise in the integer graph."""
    float_rows = [row for row in counts[0].layers if row.dense_macs or row.messages]
    told = []
    for row in float_rows:
        other = counts[1][row.name]
        for field in COMPARED:
            if getattr(row, field) != getattr(other, field):
                told.append(f"{row.name}.{field} {getattr(row, field)} {getattr(other, field)}")
    return told


def network(*between: f.FloatNode, weights: Array, source: str = "v") -> Graph[Any]:
    """Neurons a and b on the input, what lies between, and a dense layer on the value `source`."""
    shape = (4, 2, 1, 2)
    nodes: list[f.FloatNode] = [
        f.FloatInput(name="x", shape=shape, signal="spikes"),
        integrate_and_fire("neuron_a", "x", 0.5),
        integrate_and_fire("neuron_b", "x", 0.5),
        *between,
        f.FloatConv(name="c", inputs=(source,), weight=weights, bias=np.zeros(len(weights))),
        integrate_and_fire("neuron_c", "c"),
        f.FloatOutput(name="o", inputs=("neuron_c",)),
        f.FloatOutput(name="o_b", inputs=("neuron_b",)),
    ]
    return Graph("g", tuple(nodes))


A, B = "neuron_a", "neuron_b"
SUM = f.FloatAdd(name="v", inputs=(A, B))
MIXED = np.array([0, 1], np.int32).reshape(2, 1, 1)
ONE_STEP = np.ones((1, 1, 1), np.int32)
# Every one of 4 x 2 x 2 cells fires in both layers: 16 spikes each. A delay loses those of a step.
BETWEEN: dict[str, tuple[tuple[f.FloatNode, ...], int]] = {
    "a sum": ((SUM,), 32),
    "a sum of sums": (
        (f.FloatAdd(name="u", inputs=(A, B)), f.FloatAdd(name="v", inputs=("u", A, "u"))),
        32 + 16 + 32,
    ),
    "a scaled sum": (
        (f.FloatAdd(name="u", inputs=(A, B)), f.FloatScale(name="v", inputs=("u",), factor=0.5)),
        32,
    ),
    "a sum of scaled spikes": (
        (
            f.FloatScale(name="u", inputs=(A,), factor=0.25),
            f.FloatScale(name="w", inputs=(B,), factor=2.0),
            f.FloatAdd(name="v", inputs=("u", "w")),
        ),
        32,
    ),
    "a delay before a sum": (
        (m.Delay(name="u", inputs=(A,), steps_q=ONE_STEP), f.FloatAdd(name="v", inputs=("u", B))),
        12 + 16,
    ),
    "delays of each neuron before a sum": (
        (m.Delay(name="u", inputs=(A,), steps_q=MIXED), f.FloatAdd(name="v", inputs=("u", B))),
        8 + 6 + 16,
    ),
    "delays of each neuron behind a sum": (
        (f.FloatAdd(name="u", inputs=(A, B)), m.Delay(name="v", inputs=("u",), steps_q=MIXED)),
        2 * (8 + 6),
    ),
    "delays of each neuron behind a scale": (
        (
            f.FloatScale(name="u", inputs=(A,), factor=0.5),
            m.Delay(name="v", inputs=("u",), steps_q=MIXED),
        ),
        8 + 6,
    ),
    "delays of each neuron twice": (
        (
            m.Delay(name="u", inputs=(A,), steps_q=MIXED),
            m.Delay(name="v", inputs=("u",), steps_q=1 - MIXED),
        ),
        12,
    ),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_every_spike_that_arrives_meets_its_weights_in_both_graphs(name: str) -> None:
    between, arriving = BETWEEN[name]
    weights = np.array([[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]]).reshape(3, 2, 1, 1)
    counts = counts_of_both(network(*between, weights=weights), np.ones((4, 1, 2, 1, 2), np.int64))
    assert difference(counts) == []
    for phase in counts:
        row = phase["c"]
        assert (row.events, row.graded, row.unary) == (arriving, 3 * arriving, 3 * arriving)
        assert (row.kind, row.effective_acs, row.true_macs) == ("conv", 3 * arriving, 0)


def test_a_sum_through_flatten_meets_the_weights_of_its_cells() -> None:
    between = (f.FloatAdd(name="u", inputs=(A, B)), m.Flatten(name="v", inputs=("u",)))
    weights = np.array([1.0, 1.0, 0.0, 1.0]).reshape(1, 4, 1, 1)
    counts = counts_of_both(network(*between, weights=weights), np.ones((4, 1, 2, 1, 2), np.int64))
    assert difference(counts) == []
    # 32 spikes on four cells, one of which has no weight.
    assert (counts[0]["c"].events, counts[0]["c"].graded) == (32, 24)


def test_a_pool_of_spikes_is_synapses_and_its_reader_counts_cells_that_are_not_zero() -> None:
    nodes = (
        f.FloatInput(name="x", shape=(1, 1, 4, 4), signal="spikes"),
        f.FloatAvgPool(name="p", inputs=("x",), factor=2),
        f.FloatConv(name="c", inputs=("p",), weight=np.ones((5, 1, 1, 1)), bias=np.zeros(5)),
        integrate_and_fire("neuron_c", "c"),
        f.FloatOutput(name="o", inputs=("neuron_c",)),
    )
    spikes = np.zeros((1, 1, 1, 4, 4), np.int64)
    spikes[0, 0, 0, 0, :2] = spikes[0, 0, 0, 3, 3] = 1
    counts = counts_of_both(Graph("g", nodes), spikes)
    assert difference(counts) == []
    for phase in counts:
        # Three spikes enter the pool; two of its four cells hold something, each read five times.
        assert (phase["p"].events, phase["p"].graded, phase["p"].dense_macs) == (3, 3, 16)
        row = phase["c"]
        assert (row.events, row.true_macs, row.effective_macs, row.dense_macs) == (0, 10, 10, 20)
        assert (row.weight_reads, row.state_writes) == (10, 10)


def test_an_upsampling_of_spikes_is_read_by_its_cells_and_said_to_have_no_events() -> None:
    nodes = (
        f.FloatInput(name="x", shape=(1, 1, 2, 2), signal="spikes"),
        f.FloatUpsample(name="up", inputs=("x",), factor=2),
        f.FloatConv(name="c", inputs=("up",), weight=np.ones((3, 1, 1, 1)), bias=np.zeros(3)),
        integrate_and_fire("neuron_c", "c"),
        f.FloatOutput(name="o", inputs=("neuron_c",)),
    )
    graph: Graph[Any] = Graph("g", nodes)
    spikes = np.zeros((1, 1, 1, 2, 2), np.int64)
    spikes[0, 0, 0, 0, 0] = 1
    counts = counts_of_both(graph, spikes)
    assert difference(counts) == []
    # Bilinear by two: a corner reaches 3 x 3 of 4 x 4 cells.
    assert (counts[0]["c"].events, counts[0]["c"].true_macs) == (0, 3 * 9)
    (told,) = without_events(graph)
    assert told == (
        "layer 'c' reads 'up' (FloatUpsample), which is no spike: counted as MACs, "
        "cells that are not zero x non-zero weights"
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_float_and_integer_graph_of_a_random_network_count_the_same(seed: int) -> None:
    graph, spikes = random_network(np.random.default_rng(seed), n_moves=6)
    assert difference(counts_of_both(graph, spikes)) == [], seed


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_float_and_integer_graph_of_a_large_random_network_count_the_same(seed: int) -> None:
    graph, spikes = random_network(np.random.default_rng(seed), n_moves=14)
    assert difference(counts_of_both(graph, spikes)) == [], seed


@pytest.mark.parametrize("seed", range(20))
def test_no_layer_counts_nothing_in_silence(seed: int) -> None:
    graph, spikes = random_network(np.random.default_rng(seed))
    told = " ".join(without_events(graph))
    counts = counts_of_both(graph, spikes)[0]
    for node in graph:
        if isinstance(node, f.FloatConv):
            assert (counts[node.name].kind == "conv") != (f"'{node.name}'" in told)


def test_a_product_that_reads_no_spikes_is_said_to_have_no_events() -> None:
    nodes = (
        spike_input("k", (1, 2, 1, 2)),
        spike_input("v", (1, 2, 1, 2)),
        s.SpikeAdd(name="sum", inputs=("k", "k"), bits=24, scale=1.0),
        s.SpikeMemoryWrite(name="kTv", inputs=("sum", "v"), heads=1),
        s.SpikeMemoryWrite(name="fine", inputs=("k", "v"), heads=1),
        output("kTv"),
        output("fine"),
    )
    assert without_events(Graph("g", nodes)) == (
        "product 'kTv' reads 'sum' (SpikeAdd), which is no spike: counted as MACs, every pair",
    )


def test_a_product_of_spikes_with_an_image_is_said_to_have_no_events_and_has_none() -> None:
    nodes = (
        spike_input("k", (1, 2, 1, 2)),
        replace(spike_input("v", (1, 2, 1, 2)), signal="image"),
        s.SpikeMemoryWrite(name="kTv", inputs=("k", "v"), heads=1),
        s.SpikeMemoryRead(name="read", inputs=("k", "w"), heads=1),
        output("kTv"),
        output("read"),
    )
    w = replace(spike_input("w", (1, 1, 2, 1)), signal="spikes")
    graph: Graph[s.SpikeNode] = Graph("g", (w, *nodes))
    assert without_events(graph) == (
        "product 'kTv' reads 'v' (SpikeInput), which is no spike: counted as MACs, every pair",
        "product 'read' reads 'w' (SpikeInput), which is no memory: counted as MACs, every pair",
    )
    counter = EventCounter(graph)
    sizes = {node.name: graph.shapes[node.name][1:] for node in graph.inputs}
    ones = {name: np.ones((1, 1, *size), np.int64) for name, size in sizes.items()}
    counter.add_run(run_reference(graph, ones))
    rows = {row.name: row for row in counter.counts("run").layers}
    assert [(rows[name].events, rows[name].true_macs) for name in ("kTv", "read")] == [
        (0, 2 * 2 * 2),  # C_k * C_v * positions
        (0, 2 * 2 * 1),  # C_q * positions * d_v
    ]


def test_a_product_reads_a_query_whose_neurons_are_late_by_different_steps() -> None:
    nodes = (
        spike_input("k", (2, 2, 1, 1)),
        spike_input("q", (2, 2, 1, 1)),
        m.Delay(name="late", inputs=("q",), steps_q=MIXED),
        s.SpikeMemoryWrite(name="kTv", inputs=("k", "k"), heads=1),
        s.SpikeMemoryRead(name="read", inputs=("late", "kTv"), heads=1),
        output("read"),
    )
    graph: Graph[Any] = Graph("g", nodes)
    x = np.array([[1, 2], [3, 0]]).reshape(2, 1, 2, 1, 1)
    run = run_reference(graph, {"k": np.ones_like(x), "q": x})
    counter = EventCounter(graph)
    counter.add_run(run)
    row = counter.counts("run")["read"]
    assert synops(row) == count_run(graph, run)["read"]
    # Channel 0 arrives whole (1, 3), channel 1 a step late (2); each meets a row of two entries.
    assert (row.events, row.unary_spikes, row.graded, row.unary) == (3, 6, 6, 12)
