"""The fast count equals the walk over every single event, on random layers and random graphs."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_node, count_run
from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.counts.event_counts import EventCounts
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import conv_output_size
from tests.simulation.counting.counted_graphs import synops
from tests.strategies import random_spike_graph

Array = np.ndarray[Any, Any]
SEEDS = st.integers(0, 2**32 - 1)
MAX_SPIKE = 4


def spikes(rng: np.random.Generator, *shape: int) -> Array:
    """Sparse spikes 0..4 (T, B, C, H, W)."""
    values = rng.integers(1, MAX_SPIKE + 1, shape)
    return np.where(rng.random(shape) < rng.uniform(0, 0.7), values, 0)


def spike_input(name: str, x: Array) -> s.SpikeInput:
    offset = np.zeros(x.shape[2], np.int32)
    shape = (x.shape[0], x.shape[2], x.shape[3], x.shape[4])
    return s.SpikeInput(
        name=name, shape=shape, signal="spikes", low=0, high=4, scale=1.0, offset_q=offset
    )


def output(source: str) -> s.SpikeOutput:
    one, zero = np.ones(1), np.zeros(1)
    return s.SpikeOutput(name=f"{source}.out", inputs=(source,), scale=one, bias=zero)


def random_conv(rng: np.random.Generator, batch: int = 1) -> tuple[Graph[Any], Run]:
    """One convolution of random geometry, with zero weights, on sparse spikes."""
    groups, per_group = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    x = spikes(rng, int(rng.integers(1, 3)), batch, groups * per_group, *rng.integers(1, 8, 2))
    kernel = rng.integers(1, 5, 2)
    weight = rng.integers(-3, 4, (groups * int(rng.integers(1, 4)), per_group, *kernel))
    stride, dilation, padding = (
        (int(rng.integers(low, 4)), int(rng.integers(low, 4))) for low in (1, 1, 0)
    )
    axes = zip(x.shape[3:], kernel.tolist(), stride, padding, dilation, strict=True)
    sizes = [conv_output_size(*axis) for axis in axes]
    assume(min(sizes) >= 1)
    conv = s.SpikeConv(
        name="c",
        inputs=("x",),
        weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    return Graph("g", (spike_input("x", x), conv, output("c"))), Run("drawn", {}, {"x": x})


def random_products(rng: np.random.Generator) -> tuple[Graph[Any], Run]:
    """k^T v and q M with the memory it makes."""
    steps, batch, heads = (int(n) for n in rng.integers(1, 3, 3))
    d_k, d_v = (int(n) * heads for n in rng.integers(1, 4, 2))
    cells, queries = rng.integers(1, 4, 2), rng.integers(1, 4, 2)
    values = {
        "k": spikes(rng, steps, batch, d_k, *cells),
        "v": spikes(rng, steps, batch, d_v, *cells),
        "q": spikes(rng, steps, batch, d_k, *queries),
    }
    nodes: tuple[s.SpikeNode, ...] = (
        *(spike_input(name, x) for name, x in values.items()),
        s.SpikeMemoryWrite(name="kTv", inputs=("k", "v"), heads=heads),
        s.SpikeMemoryRead(name="qkv", inputs=("q", "kTv"), heads=heads),
        output("qkv"),
    )
    graph = Graph("g", nodes)
    return graph, run_reference(graph, values)


def counted(graph: Graph[Any], run: Run) -> Any:
    counter = EventCounter(graph)
    counter.add_run(run)
    return counter.counts("track")


@given(SEEDS)
def test_the_count_of_a_random_convolution_equals_the_event_loop(seed: int) -> None:
    graph, run = random_conv(np.random.default_rng(seed))
    assert synops(counted(graph, run)["c"]) == count_run(graph, run)["c"]


@given(SEEDS)
@settings(max_examples=50)
def test_the_counts_of_random_products_equal_the_event_loop(seed: int) -> None:
    graph, run = random_products(np.random.default_rng(seed))
    expected = count_run(graph, run)
    counts = counted(graph, run)
    assert {name: synops(counts[name]) for name in expected} == expected


@given(SEEDS)
@settings(max_examples=30)
def test_a_gate_and_step_by_step_layers_equal_the_event_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = spikes(rng, 3, 2, 2, 3, 2)
    weights = rng.integers(-1, 2, (4, 2, 2, 3, 3)).astype(np.int8)
    logit_weight = rng.integers(-1, 2, (1, 6, 1, 1)).astype(np.int8)
    steps: list[s.SpikeNode] = []
    for t in (2, 0):
        steps.append(m.SelectStep(name=f"step{t}", inputs=("x",), step=t))
        scale, weight = np.ones(2), weights[t]
        name, source = f"c{t}", f"step{t}"
        steps.append(
            s.SpikeConv(
                name=name, inputs=(source,), weight_q=weight, weight_scale=scale, padding=(1, 1)
            )
        )
    nodes: tuple[s.SpikeNode, ...] = (
        spike_input("x", x),
        *steps,
        m.StackSteps(name="stack", inputs=("step2", "step0", "step2")),
        m.PositionsToChannels(name="swap", inputs=("stack",)),
        s.SpikeConv(
            name="logits", inputs=("swap",), weight_q=logit_weight, weight_scale=np.ones(1)
        ),
        output("logits"),
        output("c0"),
        output("c2"),
    )
    graph = Graph("g", nodes)
    run = run_reference(graph, {"x": x})
    expected = count_run(graph, run)
    counts = counted(graph, run)
    assert {name: synops(counts[name]) for name in expected} == expected
    assert set(expected) == {"c0", "c2", "logits"}


def check_random_graphs(first_seed: int, n: int) -> int:
    """Compares every spike-driven connection of n random graphs; returns how many there were."""
    compared = 0
    for seed in range(first_seed, first_seed + n):
        graph, inputs = random_spike_graph(np.random.default_rng(seed), batch=1 + seed % 2)
        run = run_reference(graph, inputs)
        counts = counted(graph, run)
        for name, events in count_run(graph, run).items():
            row = counts[name]
            if row.kind in ("dense_conv", "rgb_conv"):
                assert row.effective_macs == events.graded, (seed, name)
            elif not row.true_macs:
                assert synops(row) == events, (seed, name)
                compared += 1
    return compared


def test_the_counts_of_random_graphs_equal_the_event_loop() -> None:
    assert check_random_graphs(0, 15) > 15


@pytest.mark.slow
def test_the_counts_of_two_hundred_random_graphs_equal_the_event_loop() -> None:
    assert check_random_graphs(1000, 200) > 200


@given(SEEDS)
def test_graded_never_exceeds_all_weights_and_unary_lies_between_graded_and_d_times_it(
    seed: int,
) -> None:
    layer = counted(*random_conv(np.random.default_rng(seed)))["c"]
    assert layer.graded <= layer.all_weights <= layer.macs_inside_borders <= layer.dense_macs
    assert layer.graded <= layer.unary <= MAX_SPIKE * layer.graded
    assert layer.unary <= layer.unary_all_weights <= MAX_SPIKE * layer.all_weights


@given(SEEDS, st.integers(1, 4))
@settings(max_examples=40)
def test_counts_are_equal_over_any_split_of_the_frames(seed: int, cut: int) -> None:
    graph, run = random_conv(np.random.default_rng(seed), batch=5)
    x = run.values["x"]
    parts = []
    for part in (x[:, :cut], x[:, cut:]):
        parts.append(EventCounts.of([counted(graph, Run("drawn", {}, {"x": part}))]))
    whole = EventCounts.of([counted(graph, run)])
    assert (parts[0] + parts[1]).to_dict() == whole.to_dict()
    assert (parts[1] + parts[0]).to_dict() == whole.to_dict()


@given(SEEDS)
@settings(max_examples=40)
def test_effective_and_dense_operations_equal_neurobenchs_definition(seed: int) -> None:
    """NeuroBench sums the output of the layer with inputs and weights made binary."""
    graph, run = random_conv(np.random.default_rng(seed))
    node = graph["c"]
    x = torch.from_numpy(run.values["x"].astype(np.float64)).flatten(0, 1)
    weight = torch.from_numpy(node.weight_q.astype(np.float64))
    geometry = (None, node.stride, node.padding, node.dilation, node.groups)
    effective = torch.conv2d((x != 0).double(), (weight != 0).double(), *geometry).sum()
    dense = torch.conv2d(torch.ones_like(x), torch.ones_like(weight), *geometry).sum()
    layer = counted(graph, run)["c"]
    assert (layer.effective_macs, layer.effective_acs) == (int(effective), 0)
    assert layer.macs_inside_borders == int(dense)


def test_more_than_257_rows_do_not_overflow_the_short_sums() -> None:
    x = np.full((1, 1, 1, 600, 3), 255)
    nodes: tuple[s.SpikeNode, ...] = (
        s.SpikeInput(
            name="x",
            shape=(1, 1, 600, 3),
            signal="spikes",
            low=0,
            high=255,
            scale=1.0,
            offset_q=np.zeros(1, np.int32),
        ),
        s.SpikeConv(
            name="c",
            inputs=("x",),
            weight_q=np.ones((1, 1, 1, 1), np.int8),
            weight_scale=np.ones(1),
        ),
        output("c"),
    )
    layer = counted(Graph("g", nodes), Run("drawn", {}, {"x": x}))["c"]
    assert (layer.events, layer.unary_spikes) == (1800, 1800 * 255)


def test_the_event_loop_refuses_a_run_that_was_not_kept() -> None:
    graph, _ = random_products(np.random.default_rng(0))
    with pytest.raises(GraphError, match="needed all values kept, found no 'k'"):
        count_run(graph, Run("fast", {}))


def test_the_event_loop_refuses_a_node_that_is_no_connection() -> None:
    with pytest.raises(TypeError, match="node 'c.out' .SpikeOutput. is no connection"):
        count_node(output("c"), [])


def test_an_engine_that_is_observed_gives_the_counts_of_a_kept_run() -> None:
    for seed in range(15):
        graph, inputs = random_spike_graph(np.random.default_rng(seed), batch=1 + seed % 2)
        observed = EventCounter(graph)
        FastEngine(graph).run(inputs, observer=observed)
        assert observed.counts("track") == counted(graph, run_reference(graph, inputs)), seed
