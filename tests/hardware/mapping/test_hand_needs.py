"""Copies, axons, registers and memory of small networks, each worked out by hand."""

import numpy as np
import pytest

from hardware.mapping import MapOptions, map_graph, record_of
from hardware.mapping.activity import assumed_activity
from hardware.mapping.connections import synapse
from hardware.mapping.demand import tiling_of
from hardware.mapping.extract import network_of
from hardware.mapping.node_state import node_state, registers
from hardware.mapping.partition import partition, tile_demands
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.mapping.chip_graphs import (
    binary_target,
    conv,
    neuron,
    small_target,
    two_layers,
)
from tests.hardware.mapping.test_extract import attention
from tests.hardware.mapping.test_hand_ways import halves
from tests.hardware.mapping.test_partition import ROOMY
from tests.simulation.counting.test_products import memory_over_steps


def test_copies_of_weights_are_what_is_stored_more_than_once() -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 128})
    layers = {
        one.name: one
        for one in record_of(
            map_graph(two_layers(4, 8, 3), target, MapOptions(moves=0, spare=0.0)), {}
        ).layers
    }
    second = layers["second"]
    # 4 x 4 x 9 weights. Cut along the map, each core has all of them; along channels, its own.
    channels, rows, columns = second.parts
    assert channels * rows * columns == 2
    copies = rows * columns
    assert (second.weights, second.duplicated_weights) == (144 * copies, 144 * (copies - 1))
    assert (layers["out"].weights, layers["out"].duplicated_weights) == (4, 0)


def test_out_axons_are_one_for_every_neuron_and_tile_that_reads_it() -> None:
    network, target, _, tilings = halves(2)
    demands = tile_demands(network, target, tilings)
    # 128 neurons of a strip; one row of 32 is read by both strips of the next layer.
    assert demands[1]["out_axons"].tolist() == [128 + 32, 128 + 32]
    # The second layer: one readout reads all.
    assert demands[2]["out_axons"].tolist() == [128, 128]
    # A strip reads its own 4 rows and one more of 8 positions, 4 channels in one axon.
    assert demands[2]["in_axons"].tolist() == [5 * 8, 5 * 8]


def test_binary_spikes_need_an_out_axon_for_each_level() -> None:
    network = network_of(two_layers(4, 8, 3))
    target = binary_target(**ROOMY)
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    demand = tile_demands(network, target, tilings)[1]
    assert demand["neurons"].tolist() == [4 * 256]
    assert demand["out_axons"].tolist() == [4 * 256]


@pytest.mark.parametrize(
    ("node", "steps", "expected"),
    [
        (f.FloatNILIF(name="n", inputs=("x",), max_spike=4, decay=np.zeros(0)), 1, 1),
        (f.FloatNILIF(name="n", inputs=("x",), max_spike=4, decay=np.full(2, 0.5)), 3, 2),
        (f.FloatMemoryWrite(name="k", inputs=("x", "x"), heads=1), 3, 3),
        (f.FloatAdd(name="a", inputs=("x", "x")), 3, 1),
    ],
)
def test_registers_of_a_neuron(node: f.FloatNode, steps: int, expected: int) -> None:
    assert registers(node, steps) == expected


def test_bits_of_tables_and_parameters() -> None:
    # Words of 24 bits; a rescale of 16 + 6 + 24.
    rescale = s.SpikeRescale(
        name="r", inputs=("x",), multiplier_q=np.ones(2, np.int32), shift_q=np.zeros(2, np.int8),
        bias_q=np.zeros(2, np.int64), bits=24, scale=1.0,
    )  # fmt: skip
    assert node_state(rescale).channel_bits == 16 + 6 + 24
    table = s.SpikeBias(
        name="b", inputs=("x",), table_q=np.zeros((3, 2, 4, 4), np.int64), bits=24, scale=1.0
    )
    assert (node_state(table).extra_bits, node_state(table).channel_bits) == (3 * 24, 0)
    fires = s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=4, thresholds_q=np.array([[1, 2, 3, 4]]),
        decay_q=np.zeros(0, np.int32), reset_q=0, bits=24,
    )  # fmt: skip
    assert (node_state(fires).extra_bits, node_state(fires).channel_bits) == (0, 4 * 24)
    late = m.Delay(name="d", inputs=("x",), steps_q=np.full((2, 1, 1), 5, np.int32))
    assert node_state(late).extra_bits == 5 * 24


def test_a_memory_is_stored_by_everyone_who_reads_it() -> None:
    # q of 2 heads of 3 keys, values of 2 heads of 5: each output channel needs 3 entries.
    graph: Graph[f.FloatNode] = Graph(
        "read",
        (
            f.FloatInput(name="x", shape=(1, 6, 4, 4), signal="spikes"),
            f.FloatInput(name="memory", shape=(1, 2, 3, 5), signal="memory"),
            conv("q", "x", (6, 6), 1),
            neuron("fires", "q"),
            f.FloatMemoryRead(name="qM", inputs=("fires", "memory"), heads=2),
            neuron("n", "qM"),
            f.FloatOutput(name="out", inputs=("n",)),
        ),
    )
    network, target = network_of(graph), small_target(**ROOMY)
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    index = next(one.index for one in network.populations if one.name == "n")
    demand = tile_demands(network, target, tilings)[index]
    # 10 channels x 3 entries of 24 bits, and a register of 24 bits for each of 10 x 4 x 4 neurons.
    assert demand["state_bits"].tolist() == [10 * 3 * 24 + 160 * 24]
    layer = next(one for one in record_of(map_graph(graph, target, MapOptions(moves=0)), {}).layers
                 if one.name == "n")  # fmt: skip
    assert (layer.contents, layer.duplicated_contents) == (10 * 3, 0)


def test_a_recurrent_layer_sends_each_spike_to_every_tile_of_its_own() -> None:
    one = np.full((1, 1, 1), 1, np.int32)
    graph = Graph(
        "loop",
        (
            s.SpikeInput(name="x", shape=(1, 6, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
                         offset_q=np.zeros(1, np.int32)),
            s.SpikeCubaLIF(name="n", inputs=("x",), u_decay_q=one, v_decay_q=one, threshold_q=one,
                           bias_mant_q=one, recurrent_q=np.ones((6, 6), np.int8)),
            s.SpikeOutput(name="out", inputs=("n",), scale=np.ones(1), bias=np.zeros(1)),
        ),
    )  # fmt: skip
    network, target = network_of(graph), small_target(**ROOMY)
    for parts in (1, 2, 3):
        tilings = {1: tiling_of((6, 1, 1), (parts, 1, 1))}
        demand = tile_demands(network, target, tilings)[1]
        # Of each neuron one axon to the host and one to every part of the layer.
        assert demand["out_axons"].tolist() == [6 // parts * (1 + parts)] * parts
        # In each part 6 weights of 8 bits a neuron, and one of the input for each.
        assert demand["synapse_bits"].tolist() == [6 // parts * (6 + 1) * 8] * parts
        registers_and_axons = demand["state_bits"] + 32 * (demand["in_axons"] + demand["out_axons"])
        assert (
            demand["memory_bits"].tolist()
            == (demand["synapse_bits"] + registers_and_axons).tolist()
        )


def test_a_product_holds_the_spikes_of_k_until_v_has_come() -> None:
    network, target = network_of(attention()), small_target(**ROOMY)
    index = next(one.index for one in network.populations if one.name == "kTv")
    tilings = {
        one.index: tiling_of(one.shape, (1, 1, 1)) for one in network.populations if one.is_on_chip
    }
    demand = tile_demands(network, target, tilings)[index]
    # 2 heads of 2 x 3 entries, a register of 24 bits each; k is 4 channels at 4 positions, 4 bits.
    assert demand["state_bits"].tolist() == [12 * 24 + 4 * 4 * 4]


def test_products_of_three_steps_are_three_times_the_work_and_the_memory() -> None:
    graph = memory_over_steps()
    read, write = graph["qkv"], graph["kTv"]
    shapes, out = graph.shapes, graph.shapes["qkv"]
    assert synapse(read, 0, shapes["q"], out).macs == 3 * 12
    # The contents of all steps are stored: one entry of 24 bits a channel, key and step.
    assert synapse(read, 1, shapes["kTv"], out).state_per_channel == 24 * 3 * 1
    assert synapse(write, 0, shapes["k"], shapes["kTv"]).macs == 3 * 8
    links = {link.node: link for link in network_of(graph).links if link.macs}
    assert (links["qkv"].macs, links["kTv"].macs) == (3 * 12, 3 * 8)
