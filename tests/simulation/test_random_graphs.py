"""Random graphs show something: their neurons fire, and some layers are wide or feed themselves."""

from collections import Counter
from typing import get_args

import numpy as np

from simulation.random_graphs import narrowed, random_graph
from simulation.reference.engine import run_reference
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


def test_most_neurons_are_lively_and_their_kinds_all_come_up() -> None:
    found: Counter[str] = Counter()
    for index in range(120):
        graph, inputs = random_graph(0, index)
        run = run_reference(graph, inputs)
        for node in graph:
            if isinstance(node, s.SpikeCubaLIF):
                spikes = run.values[node.name]
                found["all"] += 1
                found["lively"] += bool(spikes.any() and not spikes.all())
                found["short"] += len(spikes) < 6
                found["wide"] += spikes[0, 0].size > 512
                found["recurrent"] += bool(node.recurrent_q.size and spikes[:-1].any())
                found["rests"] += bool(node.refractory > 1 and spikes[:-1].any())
                found["subtracts"] += bool(node.reset == "subtract" and spikes.any())
    assert found["all"] > 150
    assert found["lively"] >= 0.6 * found["all"]
    assert found["short"] < 0.2 * found["all"]
    assert found["wide"] >= 3 and found["recurrent"] >= 15
    assert found["rests"] >= 30 and found["subtracts"] >= 30


def test_random_graphs_have_every_kind_of_node() -> None:
    graphs = [random_graph(0, index)[0] for index in range(120)]
    assert {type(node) for graph in graphs for node in graph} == set(get_args(s.SpikeNode))


def test_a_narrowed_graph_differs_in_one_width_and_often_overflows() -> None:
    overflowed = 0
    for index in range(20):
        case = random_graph(1, index)
        graph, inputs = narrowed(case, 1, index)
        cut = [node for node, old in zip(graph, case[0], strict=True) if node is not old]
        assert len(cut) == 1
        again, _ = narrowed(case, 1, index)
        assert [getattr(node, "bits", 0) for node in again] == [
            getattr(node, "bits", 0) for node in graph
        ]
        try:
            run_reference(graph, inputs)
        except OverflowBoundError as error:
            overflowed += 1
            assert f"'{cut[0].name}'" in str(error)
    assert 5 <= overflowed < 20


def test_a_graph_without_a_width_to_cut_stays_as_it_is() -> None:
    node = s.SpikeInput(
        name="x", shape=(1, 1, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="o", inputs=("x",), scale=np.ones(1), bias=np.zeros(1))
    graph: Graph[s.SpikeNode] = Graph("g", (node, out))
    case = graph, {"x": np.zeros((1, 1, 1, 1, 1), np.int64)}
    assert narrowed(case, 0, 0) is case
