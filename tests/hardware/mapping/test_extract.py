"""Which populations and links a graph becomes."""

import numpy as np
import pytest

from hardware.mapping.extract import network_of
from hardware.mapping.populations import Link, Network
from simulation.counting.layer_costs import frame_costs
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.mapping.chip_graphs import conv, flattened, neuron, residual, two_layers


def names(network: Network) -> list[str]:
    return [one.name for one in network.populations]


def link(network: Network, source: str, target: str) -> Link:
    index = {one.name: one.index for one in network.populations}
    found = [one for one in network.links
             if (one.source, one.target) == (index[source], index[target])]  # fmt: skip
    assert len(found) == 1
    return found[0]


def test_neurons_and_readouts_get_populations_and_convolutions_become_links() -> None:
    network = network_of(two_layers())
    assert names(network) == ["x", "first", "second", "out"]
    assert [one.kind for one in network.populations] == ["input", "nilif", "nilif", "readout"]
    assert [one.node for one in network.links] == ["conv0", "conv1", "read"]


def test_a_stream_hosts_the_neuron_that_reads_it_and_sends_its_membrane_to_the_sum() -> None:
    network = network_of(residual())
    assert names(network) == ["x", "stem", "b", "out"]
    stem = network.populations[1]
    assert stem.kind == "stream+nilif"
    assert stem.nodes == ("stem", "a")
    kinds = {(one.port, one.kind) for one in network.links if one.source == 1}
    assert kinds == {("stream", "identity"), ("spikes", "conv")}


def test_a_neuron_that_shares_its_source_with_another_is_wired_to_the_host() -> None:
    graph = Graph(
        "pair",
        (
            f.FloatInput(name="x", shape=(1, 2, 4, 4), signal="spikes"),
            conv("stem", "x", (2, 2), 1),
            neuron("a", "stem"),
            neuron("b", "stem"),
            conv("left", "a", (2, 1), 1),
            conv("right", "b", (2, 1), 1),
            f.FloatAdd(name="sum", inputs=("left", "right")),
            f.FloatOutput(name="out", inputs=("sum",)),
        ),
    )
    network = network_of(graph)
    assert names(network) == ["x", "stem", "b", "out"]
    assert link(network, "stem", "b").port == "stream"


def test_macs_of_a_convolution_count_the_taps_inside_the_border() -> None:
    # One axis of 8 cells, kernel 3, padding 1: 2 + 6 * 3 + 2 = 22 taps; 4 x 4 channels.
    network = network_of(two_layers(channels=4, size=8, kernel=3))
    found = link(network, "first", "second")
    assert found.macs == 4 * 4 * 22 * 22
    assert found.weights_per_channel == 4 * 3 * 3


def test_a_flattened_grid_is_read_as_a_whole() -> None:
    network = network_of(flattened())
    found = link(network, "a", "b")
    assert [path.driver for path in found.paths] == [None, None, None]
    assert found.weights_per_channel == 48


def attention() -> Graph[f.FloatNode]:
    """Two heads of 2 key and 3 value channels on a 2 x 2 grid: q (k^T v)."""
    return Graph(
        "attention",
        (
            f.FloatInput(name="x", shape=(1, 4, 2, 2), signal="spikes"),
            conv("q_conv", "x", (4, 4), 1),
            conv("k_conv", "x", (4, 4), 1),
            conv("v_conv", "x", (4, 6), 1),
            neuron("q", "q_conv"),
            neuron("k", "k_conv"),
            neuron("v", "v_conv"),
            f.FloatMemoryWrite(name="kTv", inputs=("k", "v"), heads=2),
            f.FloatMemoryRead(name="qkv", inputs=("q", "kTv"), heads=2),
            neuron("attn", "qkv"),
            conv("read", "attn", (6, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )


def test_a_memory_is_laid_out_by_value_channels_so_that_tiles_read_what_they_need() -> None:
    network = network_of(attention())
    memory = next(one for one in network.populations if one.name == "kTv")
    assert memory.shape == (2 * 3, 2, 1)
    channel = np.array([4])  # head 1, value 1
    read = {name: link(network, name, "kTv").paths[0] for name in ("k", "v")}
    assert [int(one[0]) for one in read["v"].intervals(channel, channel)] == [4, 4]
    assert [int(one[0]) for one in read["k"].intervals(channel, channel)] == [2, 3]
    contents = link(network, "kTv", "attn")
    assert [int(one[0]) for one in contents.paths[0].intervals(channel, channel)] == [4, 4]
    assert contents.state_per_channel == 2 * 24
    # 6 channels x 4 cells x 2 keys of q M; 2 heads x 2 x 3 entries x 4 cells of k^T v.
    assert link(network, "q", "attn").macs == 6 * 4 * 2
    assert link(network, "k", "kTv").macs == 2 * 2 * 3 * 4


def test_sigma_rectifier_and_delta_in_a_row_are_one_population() -> None:
    zero = np.zeros((1, 1, 1), np.int32)
    graph = Graph(
        "sdnn",
        (
            s.SpikeInput(name="x", shape=(1, 3, 2, 2), signal="spikes", low=0, high=9, scale=1.0,
                         offset_q=np.zeros(1, np.int32)),
            s.SpikeSigma(name="sigma", inputs=("x",)),
            s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=zero),
            s.SpikeDelta(name="delta", inputs=("relu",), threshold_q=zero),
            s.SpikeOutput(name="out", inputs=("delta",), scale=np.ones(1), bias=np.zeros(1)),
        ),
    )  # fmt: skip
    network = network_of(graph)
    assert names(network) == ["x", "delta"]
    found = network.populations[1]
    assert found.nodes == ("sigma", "relu", "delta")
    assert found.registers == 3


def rectified(*readers: s.SpikeNode) -> Graph[s.SpikeNode]:
    """A sigma decoder and a rectifier, and what reads it."""
    zero = np.zeros((1, 1, 1), np.int32)
    outputs = (
        s.SpikeOutput(name=f"out {one.name}", inputs=(one.name,), scale=np.ones(1),
                      bias=np.zeros(1))
        for one in readers
    )  # fmt: skip
    return Graph(
        "rectified",
        (
            s.SpikeInput(name="x", shape=(2, 3, 1, 1), signal="spikes", low=0, high=9, scale=1.0,
                         offset_q=np.zeros(1, np.int32)),
            s.SpikeSigma(name="sigma", inputs=("x",)),
            s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=zero),
            *readers,
            *outputs,
        ),
    )  # fmt: skip


def encoder(name: str) -> s.SpikeNode:
    return s.SpikeDelta(
        name=name, inputs=("relu",), threshold_q=np.zeros((1, 1, 1), np.int32)
    )  # fmt: skip


def lif(name: str) -> s.SpikeNode:
    one = np.ones((1, 1, 1), np.int32)
    return s.SpikeCubaLIF(name=name, inputs=("relu",), u_decay_q=one, v_decay_q=one,
                          threshold_q=one, bias_mant_q=one,
                          recurrent_q=np.zeros((0, 0), np.int8))  # fmt: skip


@pytest.mark.parametrize(
    ("readers", "populations", "port"),
    [
        ((encoder("delta"),), ["x", "delta"], None),
        ((lif("lif"),), ["x", "relu", "lif"], "spikes"),
        ((encoder("delta"), lif("lif")), ["x", "relu", "delta", "lif"], "spikes"),
        ((encoder("delta"), encoder("other")), ["x", "relu", "delta", "other"], "stream"),
    ],
)
def test_a_rectifier_sends_spikes_on_a_chip_where_the_counter_says_so(
    readers: tuple[s.SpikeNode, ...], populations: list[str], port: str | None
) -> None:
    graph = rectified(*readers)
    network = network_of(graph)
    assert names(network) == populations
    sent = [one.port for one in network.links if network.populations[one.source].name == "relu"]
    assert sent == ([] if port is None else [port] * len(readers))
    row = frame_costs(graph["relu"], graph)
    assert row is not None and (row.kind == "neuron") == (port == "spikes")


def test_a_recurrent_layer_is_linked_to_itself() -> None:
    one = np.full((1, 1, 1), 1, np.int32)
    graph = Graph(
        "loop",
        (
            s.SpikeInput(name="x", shape=(1, 3, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
                         offset_q=np.zeros(1, np.int32)),
            s.SpikeCubaLIF(name="n", inputs=("x",), u_decay_q=one, v_decay_q=one, threshold_q=one,
                           bias_mant_q=one, recurrent_q=np.ones((3, 3), np.int8)),
            s.SpikeOutput(name="out", inputs=("n",), scale=np.ones(1), bias=np.zeros(1)),
        ),
    )  # fmt: skip
    network = network_of(graph)
    assert names(network) == ["x", "n"]
    found = link(network, "n", "n")
    assert (found.kind, found.macs, found.weights_per_channel) == ("recurrent", 9, 3)


def test_each_step_of_its_own_convolution_carries_one_step_of_messages() -> None:
    nodes: list[f.FloatNode] = [
        f.FloatInput(name="x", shape=(2, 2, 4, 4), signal="spikes"),
        conv("stem", "x", (2, 2), 1),
        neuron("a", "stem", n_steps=2),
    ]
    for step in (0, 1):
        nodes.append(m.SelectStep(name=f"pick{step}", inputs=("a",), step=step))
        nodes.append(conv(f"conv{step}", f"pick{step}", (2, 2), 1))
    nodes += [
        m.StackSteps(name="stack", inputs=("conv0", "conv1")),
        neuron("b", "stack", n_steps=2),
        conv("read", "b", (2, 1), 1),
        f.FloatOutput(name="out", inputs=("read",)),
    ]
    network = network_of(Graph("steps", tuple(nodes)))
    by_node = {one.node: one for one in network.links}
    assert [by_node[name].n_steps for name in ("stem", "conv0", "conv1", "read")] == [2, 1, 1, 2]
    assert network.populations[2].registers == 2


@pytest.mark.parametrize(("kernel", "groups", "expected"), [(1, 1, (0, 3)), (1, 4, (2, 2))])
def test_groups_limit_the_channels_that_are_read(
    kernel: int, groups: int, expected: tuple[int, int]
) -> None:
    graph = Graph(
        "groups",
        (
            f.FloatInput(name="x", shape=(1, 4, 4, 4), signal="spikes"),
            conv("c", "x", (4, 4), kernel, groups=groups),
            neuron("n", "c"),
            conv("read", "n", (4, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )
    path = link(network_of(graph), "x", "n").paths[0]
    first, last = path.intervals(np.array([2]), np.array([2]))
    assert (int(first[0]), int(last[0])) == expected


def gated(n_steps: int = 2) -> Graph[f.FloatNode]:
    """Spikes over steps, mixed by a softmax over logits from a second layer, read by a neuron."""
    return Graph(
        "gated",
        (
            f.FloatInput(name="x", shape=(n_steps, 3, 4, 4), signal="spikes"),
            conv("stem", "x", (3, 3), 1),
            neuron("a", "stem", n_steps=n_steps),
            m.PositionsToChannels(name="positions", inputs=("a",)),
            conv("mlp", "positions", (16, 1), 1),
            f.FloatGateMix(name="mix", inputs=("a", "mlp")),
            neuron("b", "mix"),
            conv("read", "b", (3, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )


def test_a_gate_is_the_hosts_and_what_it_reads_is_sent_there() -> None:
    network = network_of(gated())
    gate = next(one for one in network.populations if one.name == "mix")
    assert (gate.kind, gate.is_on_chip, gate.nodes) == ("gate", False, ("mix",))
    sent = {network.populations[one.source].name: one for one in network.into[gate.index]}
    assert {name: (one.port, one.n_steps, one.macs) for name, one in sent.items()} == {
        "a": ("spikes", 2, 0), "mlp": ("stream", 2, 0),
    }  # fmt: skip
    back = link(network, "mix", "b")
    assert (back.kind, back.macs) == ("identity", 3 * 4 * 4)


@pytest.mark.parametrize("axon_delay", [1, 5])
def test_delayed_messages_need_a_delay_line_where_they_are_awaited(axon_delay: int) -> None:
    graph = Graph(
        "delayed",
        (
            f.FloatInput(name="x", shape=(2, 2, 2, 2), signal="spikes"),
            conv("stem", "x", (2, 2), 1),
            neuron("a", "stem", n_steps=2),
            m.Delay(name="late", inputs=("a",), steps_q=np.full((1, 1, 1), axon_delay, np.int32)),
            conv("c", "late", (2, 2), 1),
            neuron("b", "c", n_steps=2),
            f.FloatOutput(name="out", inputs=("b",)),
        ),
    )
    by_name = {one.name: one for one in network_of(graph).populations}
    assert by_name["a"].extra_bits == 0
    assert by_name["b"].extra_bits == 24 * axon_delay


def test_what_the_host_reads_is_noted_with_its_kind_of_message() -> None:
    network = network_of(two_layers())
    assert [one.host_ports for one in network.populations] == [(), (), (), ("stream",)]
    shown = Graph(
        "shown",
        (
            f.FloatInput(name="x", shape=(1, 2, 2, 2), signal="spikes"),
            conv("stem", "x", (2, 2), 1),
            neuron("a", "stem"),
            m.Flatten(name="flat", inputs=("a",)),
            f.FloatOutput(name="out", inputs=("flat",)),
        ),
    )
    assert [one.host_ports for one in network_of(shown).populations] == [(), ("spikes",)]
