"""The text of a graph and the counter's table agree on which nodes are layers of neurons."""

import math
import re
from typing import Any

import pytest

from simulation.counting.layer_costs import frame_costs
from simulation.random_graphs import random_graph
from spiketrack.graph.graph import Graph
from spiketrack.graph.signals import neuron_layers
from spiketrack.graph.text import dump
from tests.spiketrack.graph.spike_samples import every_spike_node
from tests.spiketrack.graph.test_signals import sigma_delta
from tests.spiketrack.graph.test_text import float_graph

GRAPHS: dict[str, Graph[Any]] = {
    "a rectifier that sends": sigma_delta(with_delta=False),
    "sigma, rectifier, delta": sigma_delta(with_delta=True),
    "every integer node": every_spike_node(),
    "a float network": float_graph(),
    **{f"random graph {index}": random_graph(0, index)[0] for index in range(20)},
}


@pytest.mark.parametrize("name", GRAPHS)
def test_dump_and_counter_have_the_same_layers_of_neurons(name: str) -> None:
    graph = GRAPHS[name]
    rows = [row for node in graph if (row := frame_costs(node, graph)) is not None]
    counted = [row for row in rows if row.neurons]
    assert [row.name for row in counted] == [node.name for node in neuron_layers(graph)]
    line = re.search(r"^neuron outputs: (\d+) in (\d+) layers", dump(graph), re.MULTILINE)
    assert line is not None
    outputs = sum(row.outputs for row in counted)
    assert line.groups() == (str(outputs), str(len(counted)))
    assert all(row.neurons == math.prod(graph.shapes[row.name][1:]) for row in counted)


def test_a_rectifier_alone_is_one_layer_of_its_own_neurons() -> None:
    text = dump(sigma_delta(with_delta=False))
    assert "neuron outputs: 6 in 1 layers, all steps" in text  # T = 3 steps of C = 2 neurons
