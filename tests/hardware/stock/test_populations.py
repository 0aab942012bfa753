"""A layer of D levels equals D layers of stock LIFs, on graphs that nobody chose."""

import numpy as np
import pytest

from hardware.stock import lowerable, thermometer_populations
from simulation.bounds.ranges import value_ranges
from simulation.random_graphs import random_graph
from simulation.reference.engine import run_reference
from spiketrack.errors import GraphError, ObstacleError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.hardware.stock import chains

N_GRAPHS = 60


def test_every_value_of_random_graphs_is_the_same_graded_and_unrolled() -> None:
    n_layers = n_values = 0
    for index in range(N_GRAPHS):
        graph, inputs = random_graph(11, index)
        ranges = value_ranges(graph).values
        layers = lowerable(graph, ranges)
        lowered = thermometer_populations(graph, ranges, layers=layers)
        graded = run_reference(graph, inputs).values
        unrolled = run_reference(lowered, inputs).values
        for name, value in graded.items():
            assert np.array_equal(value, unrolled[name]), (index, name)
            n_values += value.size
        n_layers += len(layers)
    assert n_layers > 20 and n_values > 50_000


def test_bias_is_vth_plus_one_minus_theta() -> None:
    graph = chains.single([[2, 4], [3, 8]])
    lowered = thermometer_populations(graph, value_ranges(graph).values)
    assert [node.name for node in lowered] == [
        "in", "conv", "neuron.1", "neuron.2", "neuron", "out"
    ]  # fmt: skip
    for k, thetas in ((1, [2, 3]), (2, [4, 8])):
        node = lowered[f"neuron.{k}"]
        assert isinstance(node, s.SpikeCubaLIF)
        vth = int(node.threshold_q.flat[0])
        assert node.bias_mant_q.ravel().tolist() == [vth + 1 - theta for theta in thetas]


def test_a_binary_layer_becomes_one_lif_of_the_same_name() -> None:
    graph = chains.single([[2], [3]])
    lowered = thermometer_populations(graph, value_ranges(graph).values)
    assert isinstance(lowered["neuron"], s.SpikeCubaLIF) and len(lowered) == len(graph)


def test_steps_without_decay_are_lowered_and_equal() -> None:
    graph = chains.single([[2, 4], [3, 8]], n_steps=3)
    nodes = tuple(
        chains.nilif("neuron", "conv", [[2, 4], [3, 8]], decay=[0, 0])
        if node.name == "neuron" else node
        for node in graph
    )  # fmt: skip
    graph = Graph("steps", nodes)
    lowered = thermometer_populations(graph, value_ranges(graph).values)
    inputs = chains.frames(graph, 0)
    graded, unrolled = (run_reference(g, inputs).outputs["out"] for g in (graph, lowered))
    assert np.array_equal(graded, unrolled) and graded.any()


def test_never_and_always_firing_levels_stay_so() -> None:
    # acc is 0..4 and 0..8: 5 and 9 are "never", 0 is "always".
    graph = chains.single([[0, 5], [0, 9]])
    lowered = thermometer_populations(graph, value_ranges(graph).values)
    inputs = chains.frames(graph, 0)
    assert (run_reference(lowered, inputs).outputs["out"] == 1).all()


def _refused(graph: chains.SpikeGraph, match: str) -> None:
    ranges = value_ranges(graph).values
    assert lowerable(graph, ranges) == []
    with pytest.raises(ObstacleError, match=match):
        thermometer_populations(graph, ranges)


def test_thetas_of_a_level_that_no_bias_reaches_are_an_obstacle() -> None:
    # Two channels, 100 inputs each of weight 127: thetas 0 and 9000 are 9000 - 0 apart.
    weight = np.full((2, 100), 127)
    graph = chains.single([[1], [9000]], weight)
    _refused(graph, "'neuron': level 1: thresholds 8999 apart, and a LIF's bias reaches 8191")


def test_accumulators_beyond_17_bits_are_an_obstacle() -> None:
    # 260 * 127 * 4 = 132080 > 131072
    graph = chains.single([[1]], np.full((1, 260), 127))
    _refused(graph, "accumulators in 0..132080")


def test_a_bias_that_pushes_accumulators_beyond_17_bits_is_an_obstacle() -> None:
    # Sums reach 257 * 127 * 4 = 130556, 515 below 2**17 - 1; theta -600 shifts them by 601 or more.
    weight = np.append(np.full((1, 257), 127), np.full((1, 2), -127), axis=1)
    _refused(chains.single([[-600]], weight), "130556 that leave 17 bits with their bias")


def test_a_membrane_that_lasts_is_an_obstacle() -> None:
    nodes = (
        chains.spikes_in(1, 2, n_steps=2), chains.conv("conv", "in", np.ones((1, 1, 1, 1))),
        chains.nilif("neuron", "conv", [[1, 2]], decay=[2048]), chains.out("neuron"),
    )  # fmt: skip
    _refused(Graph("state", nodes), "a membrane that lasts over steps")


def test_a_stream_is_an_obstacle() -> None:
    nodes = (
        chains.spikes_in(1, 2), chains.nilif("neuron", "in", [[1, 2]]), chains.out("neuron"),
    )  # fmt: skip
    _refused(Graph("stream", nodes), r"its input is a stream \(SpikeInput\)")


def test_a_layer_that_is_no_nilif_is_an_error() -> None:
    graph = chains.single([[1]])
    with pytest.raises(GraphError, match="names of NI-LIF layers, found 'conv'"):
        thermometer_populations(graph, value_ranges(graph).values, layers=["conv"])
