"""What values are behind structural nodes, and which neuron nodes are layers of their own."""

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.signals import (
    integer_values,
    memory_values,
    neuron_layers,
    sends_spikes,
)
from tests.spiketrack.graph.spike_samples import every_spike_node, per_neuron

ONE = np.ones(1)


def sigma_delta(*, with_delta: bool) -> Graph[s.SpikeNode]:
    """Deltas in, summed up and rectified; encoded again, or sent as the rectifier's own spikes."""
    nodes: list[s.SpikeNode] = [
        s.SpikeInput(
            name="in", shape=(3, 2, 1, 1), signal="spikes", low=-9, high=9, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        ),
        s.SpikeSigma(name="sigma", inputs=("in",)),
        s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=per_neuron(0)),
    ]  # fmt: skip
    if with_delta:
        nodes.append(s.SpikeDelta(name="delta", inputs=("relu",), threshold_q=per_neuron(1)))
    last = nodes[-1].name
    nodes.append(s.SpikeOutput(name="out", inputs=(last,), scale=ONE, bias=np.zeros(1)))
    return Graph("sdnn", tuple(nodes))


def test_sigma_rectifier_and_delta_are_one_layer_of_neurons() -> None:
    graph = sigma_delta(with_delta=True)
    assert [node.name for node in neuron_layers(graph)] == ["delta"]
    assert [node.name for node in graph if sends_spikes(graph, node)] == ["in", "delta"]


def test_a_rectifier_that_no_delta_reads_is_a_layer_and_sends() -> None:
    graph = sigma_delta(with_delta=False)
    assert [node.name for node in neuron_layers(graph)] == ["relu"]
    assert [node.name for node in graph if sends_spikes(graph, node)] == ["in", "relu"]


def test_a_readout_is_a_layer_that_sends_nothing() -> None:
    graph = every_spike_node()
    layers = [node.name for node in neuron_layers(graph)]
    assert layers == ["spike", "lif", "delta", "relu", "readout"]
    assert [name for name in layers if not sends_spikes(graph, graph[name])] == ["readout"]


def test_memories_keep_their_axes_behind_whatever_only_moves_steps() -> None:
    assert memory_values(every_spike_node()) == {"memory", "kTv", "memory.0"}


def test_a_memory_with_its_axes_swapped_is_no_memory() -> None:
    shape = (1, 2, 2, 4)
    graph: Graph[f.FloatNode] = Graph(
        "g",
        (
            f.FloatInput(name="memory", shape=shape, signal="memory"),
            m.Repeat(name="twice", inputs=("memory",), n_steps=2),
            m.Delay(name="late", inputs=("twice",), steps_q=per_neuron(1)),
            m.Flatten(name="flat", inputs=("late",)),
            f.FloatOutput(name="out", inputs=("flat",)),
        ),
    )
    assert memory_values(graph) == {"memory", "twice", "late"}


def test_integers_stay_integers_behind_structural_nodes_and_nowhere_else() -> None:
    graph: Graph[f.FloatNode] = Graph(
        "g",
        (
            f.FloatInput(name="image", shape=(1, 2, 2, 2), signal="image"),
            f.FloatInput(name="events", shape=(1, 2, 2, 2), signal="spikes"),
            f.FloatScale(name="scaled", inputs=("events",), factor=0.5),
            m.Flatten(name="flat", inputs=("image",)),
            m.StackSteps(name="both", inputs=("image", "events")),
            m.StackSteps(name="mixture", inputs=("events", "scaled")),
            f.FloatOutput(name="a", inputs=("flat",)),
            f.FloatOutput(name="b", inputs=("both",)),
            f.FloatOutput(name="c", inputs=("mixture",)),
        ),
    )
    assert integer_values(graph) == {"image", "events", "flat", "both"}
    assert integer_values(graph, integer_images=False) == {"events"}
