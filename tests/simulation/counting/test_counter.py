"""Event counts of small graphs, by hand: every number can be checked on paper."""

from typing import Any

import numpy as np
import pytest

from simulation.counting.counter import EventCounter
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import (
    conv,
    image_input,
    memory_graph,
    neuron,
    one_conv,
    output,
    spike_input,
)


def test_one_spike_in_the_middle_meets_nine_weights_and_one_in_the_corner_four() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 3, 3)), (1, 1, 4, 4), padding=(1, 1)))
    x = np.zeros((1, 1, 4, 4, 1), np.uint8)
    x[0, 0, 1, 1, 0], x[0, 0, 0, 0, 0] = 3, 2
    counter.add("x", x)
    layer = counter.counts("track")["c"]
    assert (layer.events, layer.unary_spikes) == (2, 3 + 2)
    assert (layer.graded, layer.unary) == (9 + 4, 3 * 9 + 2 * 4)
    assert (layer.all_weights, layer.unary_all_weights) == (9 + 4, 3 * 9 + 2 * 4)
    assert (layer.dense_macs, layer.macs_inside_borders) == (16 * 9, 10 * 10)
    assert layer.rate_x_dense == 5 * 144 // 16


def test_zero_weights_count_in_all_weights_only() -> None:
    weight = np.array([1, 0, 0, 7]).reshape(4, 1, 1, 1)
    counter = EventCounter(one_conv(weight, (1, 1, 2, 2)))
    counter.add("x", np.array([[0, 1], [0, 4]], np.uint8).reshape(1, 1, 2, 2, 1))
    layer = counter.counts("track")["c"]
    assert (layer.graded, layer.unary) == (2 * 2, 5 * 2)
    assert (layer.all_weights, layer.unary_all_weights) == (2 * 4, 5 * 4)
    assert (layer.weight_reads, layer.weight_bytes_read) == (4, 4)
    assert (layer.state_reads, layer.state_writes, layer.state_bytes) == (4, 4, 4 * 8)


def on_two_cells(first: int, second: int) -> Any:
    return np.array([first, second], np.uint8).reshape(1, 1, 1, 2, 1)


@pytest.mark.parametrize(("max_spike", "acs", "macs"), [(1, 6, 0), (4, 0, 6)])
def test_a_neuron_that_can_send_more_than_one_makes_multiply_accumulates(
    max_spike: int, acs: int, macs: int
) -> None:
    nodes = (
        f.FloatInput(name="x", shape=(1, 1, 1, 2), signal="image"),
        f.FloatNILIF(name="n", inputs=("x",), max_spike=max_spike, decay=np.zeros(0)),
        f.FloatConv(name="c", inputs=("n",), weight=np.ones((3, 1, 1, 1)), bias=np.zeros(3)),
        f.FloatOutput(name="out", inputs=("c",)),
    )
    counter = EventCounter(Graph("g", nodes))
    counter.add("n", on_two_cells(1, 1))
    layer = counter.counts("track")["c"]
    assert (layer.effective_acs, layer.effective_macs) == (acs, macs)


FLOAT_INPUT = f.FloatInput(name="x", shape=(1, 1, 1, 2), signal="spikes")


@pytest.mark.parametrize("source", [FLOAT_INPUT, spike_input("x", (1, 1, 1, 2), high=4)])
def test_an_input_is_binary_until_it_sends_more_than_one(source: Any) -> None:
    if isinstance(source, f.FloatInput):
        layer = f.FloatConv(name="c", inputs=("x",), weight=np.ones((3, 1, 1, 1)), bias=np.zeros(3))
        graph = Graph("g", (source, layer, f.FloatOutput(name="out", inputs=("c",))))
    else:
        graph = Graph("g", (source, conv("c", "x", np.ones((3, 1, 1, 1))), output("c")))
    counter = EventCounter(graph)
    found = []
    for values in ((1, 1), (0, 2)):
        counter.add("x", on_two_cells(*values))
        found.append(counter.counts("track")["c"])
    assert [(one.effective_acs, one.effective_macs) for one in found] == [(6, 0), (0, 9)]
    counter.reset()
    counter.add("x", on_two_cells(0, 2))
    assert found[0] + counter.counts("track")["c"] == found[1]


def test_the_convolution_on_pixels_does_true_macs_and_no_synops() -> None:
    weight = np.ones((2, 3, 3, 3))
    weight[0, 0] = 0
    nodes = (image_input((1, 3, 4, 4)), conv("rgb", "image", weight, padding=(1, 1)), output("rgb"))
    counter = EventCounter(Graph("g", nodes))
    x = np.zeros((1, 1, 4, 4, 3), np.int16)
    x[0, 0, 1, 1] = [-100, 0, 55]
    counter.add("image", x)
    layer = counter.counts("track")["rgb"]
    assert (layer.kind, layer.true_macs, layer.graded, layer.events) == ("rgb_conv", 600, 0, 0)
    # Non-zero pixels x non-zero weights: red meets 9 weights of one filter, blue 9 of both.
    assert layer.effective_macs == 9 + 18
    sent = counter.counts("track")["image"]
    assert (sent.kind, sent.messages, sent.message_bytes) == ("input", 48, 48)


def test_products_of_spikes_count_pairs_of_the_same_head_step_and_position() -> None:
    counter = EventCounter(memory_graph())
    # Two heads of one k channel and two v channels; rows are positions.
    counter.add("k", np.array([[3, 0], [1, 2]], np.uint8).reshape(1, 1, 1, 2, 2))
    counter.add("v", np.array([[1, 0, 1, 1], [1, 1, 0, 4]], np.uint8).reshape(1, 1, 1, 2, 4))
    counter.add("kTv", np.array([[[4, 1]], [[0, 8]]], np.int64).reshape(1, 1, 2, 1, 2))
    counter.add("q", np.array([[2, 0], [0, 1], [1, 0]], np.uint8).reshape(1, 1, 1, 3, 2))
    counts = counter.counts("track")
    write, read = counts["kTv"], counts["qkv"]
    assert (write.events, write.unary_spikes, write.inputs) == (3, 6, 4)
    assert (write.graded, write.unary) == (1 + 2 + 1, 3 * 1 + 1 * 2 + 2 * 1)
    assert (write.all_weights, write.unary_all_weights, write.dense_macs) == (3 * 2, 6 * 2, 4 * 2)
    # q fires at head 0 with 2 and 1 (two entries of M), at head 1 with 1 (one entry is zero).
    assert (read.graded, read.unary) == (2 + 2 + 1, 2 * 2 + 1 * 2 + 1 * 1)
    assert (read.all_weights, read.unary_all_weights, read.dense_macs) == (3 * 2, 4 * 2, 6 * 2)
    assert (read.weight_reads, read.state_reads, read.state_writes) == (0, 2 * 5, 5)


def test_the_partner_of_a_product_may_come_first_and_buffers_may_be_reused() -> None:
    counter = EventCounter(memory_graph())
    v = np.ones((1, 1, 1, 2, 4), np.uint8)
    counter.add("v", v)
    v[:] = 0
    counter.add("k", np.ones((1, 1, 1, 2, 2), np.uint8))
    counter.add("kTv", np.ones((1, 1, 2, 1, 2), np.int64))
    counter.add("q", np.ones((1, 1, 1, 3, 2), np.uint8))
    assert counter.counts("track")["kTv"].graded == 4 * 2


def test_a_neuron_layer_updates_every_neuron_each_step_and_sends_its_spikes_once() -> None:
    weight = np.ones((2, 3, 1, 1))
    nodes = (
        spike_input("x", (3, 3, 2, 2)),
        neuron("n", "x", n_steps=3),
        conv("a", "n", weight),
        conv("b", "n", weight),
        output("a"),
        output("b"),
    )
    counter = EventCounter(Graph("g", nodes))
    x = np.zeros((3, 1, 2, 2, 3), np.uint8)
    x[0, 0, 0, 0] = [4, 0, 1]
    counter.add("x", x)
    counter.add("n", x)
    counts = counter.counts("track")
    layer = counts["n"]
    assert (layer.neurons, layer.n_steps, layer.neuron_updates) == (12, 3, 36)
    assert (layer.messages, layer.unary_messages, layer.message_bytes) == (2, 5, 2)
    assert (layer.events, layer.inputs) == (0, 0)
    assert (layer.rescale_multiplies, layer.membrane_adds) == (2 * 12, 2 * 2 * 12)
    assert (layer.state_reads, layer.state_writes) == (36, 24)
    assert counts["a"].events == counts["b"].events == 2
    assert counts.totals()["events"] == 4


def test_the_gate_reads_spikes_and_multiplies_them_truly() -> None:
    x = spike_input("x", (2, 3, 2, 2))
    swap = m.PositionsToChannels(name="swap", inputs=("x",))
    logits = conv("logits", "swap", np.ones((1, 4, 1, 1)))
    table = np.array([4, 2, 1], np.int32)
    gate = s.SpikeGateMix(name="gate", inputs=("x", "logits"), table_q=table, logit_shift=0)
    counter = EventCounter(Graph("g", (x, swap, logits, gate, output("gate"))))
    spikes = np.zeros((2, 1, 2, 2, 3), np.uint8)
    spikes[0, 0, 0, 1] = [2, 0, 1]
    spikes[1, 0, 1, 1] = [0, 0, 3]
    counter.add("x", spikes)
    counts = counter.counts("track")
    mixed = counts["gate"]
    assert (mixed.kind, mixed.true_macs, mixed.events, mixed.unary_spikes) == ("gate_mix", 24, 3, 6)
    assert mixed.membrane_adds == 3 * (1 + 2 + 1)
    assert mixed.rescale_multiplies == 3 * 2 + 12
    assert (counts["logits"].inputs, counts["logits"].graded, counts["logits"].unary) == (24, 3, 6)


def test_streams_are_counted_though_they_carry_no_spikes() -> None:
    rescale = s.SpikeRescale(
        name="r",
        inputs=("c",),
        multiplier_q=np.array([3, 4], np.int32),
        shift_q=np.zeros(2, np.int8),
        bias_q=np.zeros(2, np.int64),
        bits=24,
        scale=1.0,
    )
    table = np.ones((1, 2, 4, 4), np.int64)
    nodes = (
        spike_input("x", (1, 1, 4, 4)),
        conv("c", "x", np.ones((2, 1, 1, 1))),
        rescale,
        s.SpikeBias(name="b", inputs=("r",), table_q=table, bits=24, scale=1.0),
        s.SpikeAdd(name="a", inputs=("b", "r", "c"), bits=24, scale=1.0),
        s.SpikeSumPool(name="p", inputs=("a",), factor=2, bits=24, scale=1.0),
        s.SpikeUpsample(name="u", inputs=("p",), factor=2, bits=30, scale=1.0),
        output("u"),
    )
    counter = EventCounter(Graph("g", nodes))
    counter.add("x", np.zeros((1, 1, 4, 4, 1), np.uint8))
    counts = counter.counts("track")
    # One of the two channels is multiplied by 4, which is a shift.
    assert (counts["r"].rescale_multiplies, counts["r"].membrane_adds) == (16, 0)
    assert (counts["b"].membrane_adds, counts["b"].weight_bytes_read) == (32, 4 * 32)
    assert (counts["a"].membrane_adds, counts["a"].state_reads) == (2 * 32, 3 * 32)
    assert counts["p"].membrane_adds == 8 * 3
    # Rows first: 2 channels x 4 x 2 values, then columns: 2 x 4 x 4.
    assert (counts["u"].membrane_adds, counts["u"].rescale_multiplies) == (16 + 32, 2 * (16 + 32))


def float_nilif(name: str, source: str) -> f.FloatNILIF:
    return f.FloatNILIF(name=name, inputs=(source,), max_spike=4, decay=np.zeros(1))


def test_a_float_graph_counts_the_same_with_and_without_its_division_by_d() -> None:
    weight, bias = np.array([0.5, 0.0]).reshape(2, 1, 1, 1), np.zeros(2)
    x = f.FloatInput(name="x", shape=(2, 1, 2, 2), signal="spikes")
    step = m.SelectStep(name="step", inputs=("scaled",), step=1)
    scaled = f.FloatScale(name="scaled", inputs=("n",), factor=0.25)
    late = f.FloatConv(name="c", inputs=("step",), weight=weight, bias=bias)
    out = f.FloatOutput(name="out", inputs=("c",))
    unfolded = Graph("g", (x, float_nilif("n", "x"), scaled, step, late, out))
    plain = m.SelectStep(name="step", inputs=("n",), step=1)
    folded = Graph("g", (x, float_nilif("n", "x"), plain, late, out))
    spikes = np.arange(8, dtype=np.uint8).reshape(2, 1, 2, 2, 1) % 5
    rows = []
    for graph in (unfolded, folded):
        counter = EventCounter(graph)
        assert counter.watched == {"n", "x"}
        for name in ("x", "n"):
            counter.add(name, spikes)
        rows.append(counter.counts("track")["c"])
    # Step 1 holds 4, 0, 1, 2.
    assert rows[0] == rows[1]
    assert (rows[0].events, rows[0].unary, rows[0].weight_bytes_read) == (3, 7, 3 * 4)


def test_a_power_of_two_costs_no_multiplication_and_a_float_bias_one_addition() -> None:
    x = f.FloatInput(name="x", shape=(1, 1, 2, 2), signal="image")
    weight, bias = np.ones((2, 1, 1, 1)), np.array([0.0, 0.1])
    nodes = (
        x,
        f.FloatConv(name="c", inputs=("x",), weight=weight, bias=bias),
        f.FloatScale(name="quarter", inputs=("c",), factor=0.25),
        f.FloatScale(name="third", inputs=("quarter",), factor=1 / 3),
        f.FloatBatchNorm(
            name="bn",
            inputs=("third",),
            gain=np.array([0.5, 0.7]),
            mean=np.zeros(2),
            bias=np.ones(2),
        ),
        f.FloatOutput(name="out", inputs=("bn",)),
    )
    counter = EventCounter(Graph("g", nodes))
    counter.add("x", np.ones((1, 1, 2, 2, 1), np.float32))
    counts = counter.counts("track")
    assert counts["c"].membrane_adds == 8
    assert counts["quarter"].rescale_multiplies == 0
    assert counts["third"].rescale_multiplies == 8
    assert (counts["bn"].rescale_multiplies, counts["bn"].membrane_adds) == (4, 8)


def test_a_layer_on_values_that_are_no_spikes_counts_the_cells_that_are_not_zero() -> None:
    nodes = (
        spike_input("x", (1, 1, 2, 2)),
        conv("c", "x", np.ones((1, 1, 1, 1))),
        conv("d", "c", np.array([1, 0]).reshape(2, 1, 1, 1)),
        output("d"),
    )
    counter = EventCounter(Graph("g", nodes))
    assert counter.watched == {"x", "c"}
    counter.add("x", np.ones((1, 1, 2, 2, 1), np.uint8))
    counter.add("c", np.array([-300, 0, 1, 0]).reshape(1, 1, 2, 2, 1))
    layer = counter.counts("track")["d"]
    # Four cells x two weights, of which two cells and one weight are not zero.
    assert (layer.kind, layer.true_macs, layer.effective_macs) == ("dense_conv", 2, 2)
    assert (layer.dense_macs, layer.macs_inside_borders) == (8, 8)
    assert (layer.events, layer.graded, layer.weight_reads) == (0, 0, 2)
