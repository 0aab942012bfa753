"""Counts of networks with registers, delays, recurrence and graded signed spikes."""

from typing import Any

import numpy as np
import pytest
import torch

from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_node, count_run
from simulation.counting.meters import Synops
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.random_graphs import random_graph
from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.counts.conventions import describe
from spiketrack.counts.event_counts import EventCounts, alarms
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import synops
from tests.simulation.neuron_layers import (
    Array,
    cuba_lif,
    dense,
    float_cuba,
    number,
    output,
    spike_input,
)


def column(*values: int) -> Array:
    """One channel over time, (T, 1, 1, 1, 1)."""
    return np.array(values).reshape(-1, 1, 1, 1, 1)


def counted(graph: Graph[Any], run: Run) -> Any:
    counter = EventCounter(graph)
    counter.add_run(run)
    return counter.counts("run")


def run_and_count(nodes: tuple[s.SpikeNode, ...], x: Array) -> Any:
    graph = Graph("g", nodes)
    run = run_reference(graph, {"x": x})
    counts = counted(graph, run)
    watched = EventCounter(graph)
    FastEngine(graph).run({"x": x}, observer=watched)
    assert watched.counts("run") == counts
    return counts


def test_an_if_neuron_updates_every_step_and_sends_binary_messages() -> None:
    nodes = (
        spike_input((4, 1, 1, 1), 0, 3),
        cuba_lif("n", "x"),
        dense("fc", "n", np.array([[1], [0], [5]])),
        output("fc"),
    )
    counts = run_and_count(nodes, column(1, 0, 3, 1))
    # Sums 1, 1, 4, 1 against a threshold of 1 that must be exceeded: step 0 does not fire.
    neuron, layer = counts["n"], counts["fc"]
    assert (neuron.kind, neuron.neurons, neuron.neuron_updates) == ("neuron", 1, 4)
    assert (neuron.messages, neuron.unary_messages, neuron.message_bytes) == (1, 1, 1)
    # u keeps nothing and v keeps everything: 3 adds, no multiplication.
    assert (neuron.membrane_adds, neuron.rescale_multiplies) == (3, 0)
    assert (layer.kind, layer.events, layer.graded, layer.all_weights) == ("conv", 1, 2, 3)
    assert (layer.effective_acs, layer.effective_macs) == (2, 0)


def test_decays_biases_and_subtractive_resets_cost_operations() -> None:
    layer = cuba_lif(
        "n",
        "x",
        u_decay_q=number(1000),
        v_decay_q=number(2048),
        bias_mant_q=np.array([1, 0], np.int32).reshape(2, 1, 1),
        refractory=3,
        reset="subtract",
    )
    nodes = (spike_input((5, 2, 1, 1), 0, 1), layer, output("n"))
    row = run_and_count(nodes, np.zeros((5, 1, 2, 1, 1), np.int64))["n"]
    # Steps 1..4 and 2 neurons: u and v keep something, u is scaled by 3096/4096, v is shifted.
    assert row.rescale_multiplies == 4 * 2
    # Two registers and the reset at 4 steps, the bias of one neuron at 5.
    assert row.membrane_adds == 4 * 2 * 2 + 4 * 2 + 5
    # v read 10 times, u 8 times; both written 8 times; the refractory counter both ways.
    assert (row.state_reads, row.state_writes) == (10 + 8 + 10, 16 + 10)


def test_a_readout_sends_nothing_and_raises_no_alarm() -> None:
    readout = s.SpikeCubaLI(
        name="n",
        inputs=("x",),
        u_decay_q=number(4096),
        v_decay_q=number(0),
        bias_mant_q=number(0),
    )
    nodes = (spike_input((2, 1, 1, 1), 0, 3), readout, output("n"))
    graph: Graph[s.SpikeNode] = Graph("g", nodes)
    counts = counted(graph, run_reference(graph, {"x": column(1, 2)}))
    row = counts["n"]
    assert (row.kind, row.neurons, row.neuron_updates, row.messages) == ("readout", 1, 2, 0)
    assert alarms(EventCounts.of([counts])) == ()


def test_a_recurrent_layer_counts_its_own_spikes_in_a_row_of_their_own() -> None:
    recurrent = np.array([[0, 2], [3, 0]], np.int8)
    nodes = (
        spike_input((3, 2, 1, 1), 0, 2),
        cuba_lif("n", "x", recurrent_q=recurrent),
        output("n"),
    )
    x = np.array([[2, 0], [0, 0], [0, 2]]).reshape(3, 1, 2, 1, 1)
    counts = run_and_count(nodes, x)
    # Step 0: neuron 0. Step 1: neuron 1 (weight 3). Step 2: neuron 0 (weight 2), neuron 1 (input).
    assert counts["n"].messages == 4
    row = counts["n#recurrent"]
    assert row.kind == "recurrent"
    assert (row.events, row.graded, row.all_weights) == (2, 2, 4)
    assert (row.inputs, row.dense_macs, row.effective_acs) == (6, 3 * 4, 2)
    assert (counts["n"].events, counts["n"].graded) == (0, 0)


def test_a_spike_that_a_delay_carries_past_the_end_is_sent_but_never_arrives() -> None:
    nodes = (
        spike_input((3, 1, 1, 1), 0, 4),
        m.Delay(name="late", inputs=("x",), steps_q=number(2)),
        dense("fc", "late", np.ones((5, 1))),
        output("fc"),
    )
    counts = run_and_count(nodes, column(4, 0, 1))
    assert (counts["x"].messages, counts["x"].unary_messages) == (2, 5)
    assert (counts["fc"].events, counts["fc"].unary, counts["fc"].inputs) == (1, 4 * 5, 3)


def test_a_delay_is_looked_through_be_it_uniform_or_of_each_neuron() -> None:
    for steps in (number(1), np.array([[[0, 2]]], np.int32)):
        nodes = (
            spike_input((3, 1, 1, 2), 0, 4),
            m.Delay(name="late", inputs=("x",), steps_q=steps),
            m.Flatten(name="flat", inputs=("late",)),
            dense("fc", "flat", np.array([[1, 0]])),
            output("fc"),
        )
        assert EventCounter(Graph("g", nodes)).watched == {"x"}
    x = np.array([[1, 2], [3, 4], [0, 1]]).reshape(3, 1, 1, 1, 2)
    layer = run_and_count(nodes, x)["fc"]
    # Channel 0 arrives whole (1, 3), channel 1 two steps late (2); its weight is zero.
    assert (layer.events, layer.unary_spikes, layer.graded, layer.unary) == (3, 6, 2, 4)


def test_flattening_matches_weights_channel_by_channel() -> None:
    nodes = (
        spike_input((1, 2, 1, 3), 0, 4),
        m.Flatten(name="flat", inputs=("x",)),
        dense("fc", "flat", np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0]])),
        output("fc"),
    )
    x = np.zeros((1, 1, 2, 1, 3), np.int64)
    x[0, 0, 0, 0, 0], x[0, 0, 0, 0, 2], x[0, 0, 1, 0, 1] = 1, 2, 4
    layer = run_and_count(nodes, x)["fc"]
    assert (layer.events, layer.graded, layer.unary) == (3, 2 + 1 + 0, 1 * 2 + 2 * 1)


def test_signed_graded_spikes_are_counted_by_magnitude_however_large() -> None:
    nodes = (
        spike_input((3, 1, 1, 1), -100_000, 100_000),
        s.SpikeDelta(name="n", inputs=("x",), threshold_q=number(10)),
        dense("fc", "n", np.array([[1], [2]])),
        output("fc"),
    )
    counts = run_and_count(nodes, column(100_000, -300, -305))
    # Differences: 100000, -100300, -5; the last is too small to send.
    layer, neuron = counts["fc"], counts["n"]
    assert (layer.events, layer.unary_spikes) == (2, 200_300)
    assert (layer.graded, layer.unary) == (4, 2 * 200_300)
    assert (layer.effective_acs, layer.effective_macs) == (0, 4)
    assert (neuron.messages, neuron.unary_messages, neuron.message_bytes) == (2, 200_300, 8)
    assert (counts["x"].messages, counts["x"].message_bytes) == (3, 12)


def test_a_sigma_delta_neuron_updates_and_sends_once() -> None:
    nodes = (
        spike_input((2, 1, 1, 1), 0, 4),
        s.SpikeSigma(name="sigma", inputs=("x",)),
        s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=number(-1)),
        s.SpikeDelta(name="delta", inputs=("relu",), threshold_q=number(0)),
        dense("fc", "delta", np.array([[1]])),
        output("fc"),
    )
    counts = run_and_count(nodes, column(3, 1))
    rows = {layer.name: layer for layer in counts.layers}
    assert [rows[name].kind for name in ("sigma", "relu", "delta")] == [
        "sigma",
        "rectifier",
        "neuron",
    ]
    assert counts.totals()["neuron_updates"] == 2
    assert (rows["relu"].messages, rows["delta"].messages) == (0, 2)
    assert (rows["sigma"].membrane_adds, rows["relu"].membrane_adds) == (1, 2)


def test_a_rectifier_that_a_connection_reads_is_a_neuron() -> None:
    nodes = (
        spike_input((2, 1, 1, 1), -4, 4),
        s.SpikeRelu(name="relu", inputs=("x",), bias_q=number(0)),
        dense("fc", "relu", np.array([[1]])),
        output("fc"),
    )
    counts = run_and_count(nodes, column(3, -1))
    assert (counts["relu"].kind, counts["relu"].messages) == ("neuron", 1)
    assert counts["fc"].unary == 3


def test_a_layer_that_reads_membranes_counts_those_that_are_not_zero() -> None:
    nodes = (
        spike_input((2, 1, 1, 1), 0, 4),
        s.SpikeSigma(name="sigma", inputs=("x",)),
        dense("fc", "sigma", np.array([[1], [0]])),
        output("fc"),
    )
    layer = run_and_count(nodes, column(3, 1))["fc"]
    assert (layer.kind, layer.true_macs, layer.effective_macs) == ("dense_conv", 2, 2)
    assert layer.macs_inside_borders == 4


def test_a_silent_chip_neuron_raises_an_alarm() -> None:
    nodes = (spike_input((2, 1, 1, 1), 0, 4), cuba_lif("n", "x"), output("n"))
    counts = run_and_count(nodes, column(0, 0))
    told = " ".join(alarms(EventCounts.of([counts])))
    assert "input is silent at 'x'" in told
    assert "output side is silent: layer 'n' never fired" in told


def test_float_neurons_count_as_the_integer_ones_they_become() -> None:
    recurrent = np.array([[0.0, 0.5], [0.25, 0.0]])
    nodes: tuple[Any, ...] = (
        f.FloatInput(name="x", shape=(4, 2, 1, 1), signal="spikes"),
        float_cuba("n", "x", recurrent),
        f.FloatThreshold(name="t", inputs=("n",), level=np.full((1, 1, 1), 0.5)),
        f.FloatConv(name="fc", inputs=("t",), weight=np.ones((3, 2, 1, 1)), bias=np.zeros(3)),
        f.FloatOutput(name="out", inputs=("fc",)),
    )
    graph = Graph("g", nodes)
    x = np.random.default_rng(0).integers(0, 3, (4, 2, 2, 1, 1))
    counter = EventCounter(graph)
    run = run_float(graph, {"x": x}, dtype=torch.float64, observer=counter)
    counts = counter.counts("run")
    fired = int(run.values["n"].sum())
    assert 0 < fired < 16
    assert counts["n"].messages == counts["t"].messages == counts["fc"].events == fired
    assert (counts["n"].neuron_updates, counts["n"].rescale_multiplies) == (16, 0)
    assert counts["fc"].effective_acs == 3 * fired
    late = int(run.values["n"][:-1].sum())
    assert (counts["n#recurrent"].events, counts["n#recurrent"].graded) == (late, late)
    assert synops(counts["n#recurrent"]) == count_run(graph, run)["n#recurrent"]


def check_temporal_graphs(seed: int, n: int) -> int:
    """Compares every spike-driven connection of n random graphs; returns how many there were."""
    compared = 0
    for index in range(n):
        graph, inputs = random_graph(seed, index)
        run = run_reference(graph, inputs)
        counts = counted(graph, run)
        watched = EventCounter(graph)
        FastEngine(graph).run(inputs, observer=watched)
        assert watched.counts("run") == counts, (seed, index)
        expected = count_run(graph, run)
        for name, events in expected.items():
            row = counts[name]
            if row.kind in ("dense_conv", "rgb_conv"):
                assert row.effective_macs == events.graded, (seed, index, name)
            elif not row.true_macs:
                assert synops(row) == events, (seed, index, name)
                compared += 1
    return compared


def test_the_counts_of_random_temporal_graphs_equal_the_event_loop() -> None:
    assert check_temporal_graphs(5, 8) > 8


@pytest.mark.slow
def test_the_counts_of_a_hundred_random_temporal_graphs_equal_the_event_loop() -> None:
    assert check_temporal_graphs(6, 100) > 100


def test_the_event_loop_counts_magnitudes_and_own_spikes() -> None:
    weight = np.array([[1, 0], [1, 1]])
    assert count_node(dense("c", "x", weight), [np.array([-3, 2]).reshape(1, 1, 2, 1, 1)]) == (
        Synops(2, 5, 3, 3 * 2 + 2, 4, 5 * 2)
    )


def test_the_event_loop_walks_recurrent_weights_from_sender_to_receiver() -> None:
    recurrent = np.array([[0, 2, 1], [0, 0, 3], [0, 0, 0]], np.int8)
    x = spike_input((2, 3, 1, 1), 0, 1)
    graph = Graph("g", (x, cuba_lif("n", "x", recurrent_q=recurrent), output("n")))
    # Neurons 0 and 2 in the first step meet 0 and 2 weights; the last step is read by nobody.
    spikes = np.array([[1, 0, 1], [0, 1, 1]]).reshape(2, 1, 3, 1, 1)
    assert count_run(graph, Run("drawn", {}, {"n": spikes})) == {
        "n#recurrent": Synops(2, 2, 2, 2, 6, 6)
    }


def test_the_conventions_say_what_the_new_rows_mean() -> None:
    told = describe()
    for words in ("<layer>#recurrent", "readout (CUBA-LI, LI)", "past the last step", "|s|"):
        assert words in told
