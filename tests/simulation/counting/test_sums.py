"""Counts of convolutions that read sums and pools of spikes, by hand."""

from typing import Any

import numpy as np
import pytest

from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_run
from simulation.counting.sources import MAX_OPERANDS, trace
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.counts.conventions import describe
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import channel_last, conv, neuron, output, spike_input
from tests.simulation.neuron_layers import cuba_lif, number

FIVE = np.ones((5, 3, 1, 1))


def add(name: str, *sources: str) -> s.SpikeAdd:
    return s.SpikeAdd(name=name, inputs=sources, bits=24, scale=1.0)


def counted(graph: Graph[Any], **values: Any) -> Any:
    counter = EventCounter(graph)
    run = run_reference(graph, values)
    counter.add_run(run)
    watched = EventCounter(graph)
    FastEngine(graph).run(values, observer=watched)
    assert watched.counts("run") == counter.counts("run")
    return counter.counts("run")


def one_spike() -> Any:
    x = np.zeros((4, 1, 3, 1, 1), np.int64)
    x[0, 0, 0] = 1
    return x


def test_a_conv_on_two_neuron_layers_receives_the_events_of_both() -> None:
    x = spike_input("x", (4, 3, 1, 1), high=1)
    neurons = [cuba_lif(name, "x", threshold_q=number(0), v_decay_q=number(4096)) for name in "ab"]
    nodes = (x, *neurons, add("sum", "a", "b"), conv("c", "sum", FIVE), output("c"))
    row = counted(Graph("g", nodes), x=one_spike())["c"]
    # One spike of either layer meets five weights; dense: 4 steps x 3 channels x 5.
    assert (row.kind, row.events, row.graded, row.unary) == ("conv", 2, 10, 10)
    assert (row.effective_acs, row.effective_macs, row.true_macs) == (10, 0, 0)
    assert (row.inputs, row.dense_macs, row.macs_inside_borders) == (12, 60, 60)


def test_sums_are_looked_through_behind_other_sums_delays_and_flattening() -> None:
    nodes = (
        spike_input("x", (2, 2, 1, 2)),
        neuron("n", "x", n_steps=2),
        add("twice", "n", "n"),
        m.Delay(name="late", inputs=("n",), steps_q=number(1)),
        add("sum", "twice", "late", "x"),
        m.Flatten(name="flat", inputs=("sum",)),
        conv("c", "flat", np.array([[1, 0, 1, 1]]).reshape(1, 4, 1, 1)),
        output("c"),
    )
    graph: Graph[Any] = Graph("g", nodes)
    counter = EventCounter(graph)
    x = np.zeros((2, 1, 2, 1, 2), np.uint8)
    x[0, 0, 0, 0, 0], x[0, 0, 0, 0, 1], x[1, 0, 1, 0, 1] = 1, 2, 3
    for name in ("x", "n"):
        counter.add(name, channel_last(x))
    row = counter.counts("run")["c"]
    # Three spikes from x and twice from n; late, those two of the first step. Weight 1 is zero.
    assert (row.events, row.unary_spikes) == (3 * 3 + 2, 6 * 3 + 3)
    assert (row.graded, row.unary) == (2 * 3 + 1, 4 * 3 + 1)


def test_the_event_loop_takes_a_sum_apart_as_well() -> None:
    x = spike_input("x", (4, 3, 1, 1), high=1)
    neurons = [neuron(name, "x", n_steps=4) for name in "ab"]
    nodes = (x, *neurons, add("sum", "a", "b", "x"), conv("c", "sum", FIVE), output("c"))
    graph: Graph[Any] = Graph("g", nodes)
    events = count_run(graph, run_reference(graph, {"x": one_spike()}))["c"]
    assert (events.events, events.graded) == (3, 15)


def test_a_sum_with_an_operand_that_is_no_spike_is_counted_by_its_values() -> None:
    nodes = (
        spike_input("x", (1, 1, 1, 3)),
        conv("acc", "x", np.array([[[[-1]]]])),
        neuron("n", "x"),
        add("sum", "acc", "n"),
        conv("c", "sum", np.array([2, 0]).reshape(2, 1, 1, 1)),
        output("c"),
    )
    # n = x, so that 1 - 1 vanishes; 4 is the most that n sends.
    row = counted(Graph("g", nodes), x=np.array([1, 0, 3]).reshape(1, 1, 1, 1, 3))["c"]
    assert (row.kind, row.events, row.true_macs) == ("dense_conv", 0, 0)
    assert (row.effective_macs, row.macs_inside_borders) == (0, 6)


@pytest.mark.parametrize("factor", [2, 4])
def test_a_pool_of_spikes_is_read_by_its_cells(factor: int) -> None:
    pool = s.SpikeSumPool(name="p", inputs=("x",), factor=factor, bits=24, scale=1.0)
    nodes = (spike_input("x", (1, 2, 8, 8)), pool, conv("c", "p", np.ones((5, 2, 1, 1))))
    x = np.zeros((1, 1, 2, 8, 8), np.int64)
    x[0, 0, 0, 2, 2], x[0, 0, 0, 3, 3], x[0, 0, 1, 7, 7] = 1, 4, 1
    row = counted(Graph("g", (*nodes, output("c"))), x=x)["c"]
    # The first two spikes share a cell.
    cells = 2 * (8 // factor) ** 2
    assert (row.kind, row.events, row.graded, row.true_macs) == ("dense_conv", 0, 0, 2 * 5)
    assert (row.effective_acs, row.effective_macs) == (0, 2 * 5)
    assert row.macs_inside_borders == row.dense_macs == 5 * cells


def test_an_average_pool_counts_as_a_sum_pool() -> None:
    weight = np.ones((5, 2, 3, 3))
    nodes = (
        f.FloatInput(name="x", shape=(1, 2, 8, 8), signal="spikes"),
        f.FloatAvgPool(name="p", inputs=("x",), factor=2),
        f.FloatConv(name="c", inputs=("p",), weight=weight, bias=np.zeros(5)),
        f.FloatOutput(name="out", inputs=("c",)),
    )
    graph: Graph[Any] = Graph("g", nodes)
    counter = EventCounter(graph)
    x = np.zeros((1, 1, 2, 8, 8), np.float32)
    x[0, 0, 0, 3, 3] = 1
    run_float(graph, {"x": x}, observer=counter)
    # Cell (1, 1) of 4 x 4 is read by four windows of five filters: 20, not all 2 * 9 * 4 * 5.
    row = counter.counts("run")["c"]
    assert (row.true_macs, row.effective_macs, row.macs_inside_borders) == (20, 20, 360)


def test_sums_of_sums_end_at_a_limit_and_cost_no_time() -> None:
    depth = 2000
    sums = [add(f"s{i}", *[f"s{i - 1}" if i else "x"] * 2) for i in range(depth)]
    sources = (spike_input("x", (1, 1, 1, 1)), *sums)
    graph: Graph[Any] = Graph("g", (*sources, output(f"s{depth - 1}")))
    within = trace(graph, "s7", through_sums=True)
    assert (within.kind, len(within.parts), within.n_steps) == ("spikes", MAX_OPERANDS, 1)
    beyond = trace(graph, f"s{depth - 1}", through_sums=True)
    assert (beyond.kind, len(beyond.parts)) == ("real", 1)


def test_a_product_does_not_look_through_a_sum() -> None:
    graph: Graph[Any] = Graph(
        "g", (spike_input("x", (1, 2, 1, 2)), add("sum", "x", "x"), output("sum"))
    )
    assert trace(graph, "sum").kind == "real"


def test_the_conventions_say_how_sums_and_pools_count() -> None:
    told = describe()
    for words in ("each operand's events apart", "more than 256 operands", "largest seen"):
        assert words in told
