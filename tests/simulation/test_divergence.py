"""The first divergence of two runs is found, named and told."""

from dataclasses import replace

import numpy as np
import pytest

from simulation.divergence import first_divergence
from simulation.reference.engine import run_reference
from simulation.run import Run, current_name
from spiketrack.errors import GraphError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNILIF, SpikeNode
from tests.simulation.neuron_layers import cuba_lif, output, spike_input
from tests.strategies import random_spike_graph


def graph_with_a_neuron() -> tuple[Graph[SpikeNode], Run, str]:
    """A random graph that has a neuron layer of 2 x 2 cells or more, a run of it, and its name."""
    for seed in range(100):
        graph, inputs = random_spike_graph(np.random.default_rng(seed), batch=2)
        neurons = [node.name for node in graph if isinstance(node, SpikeNILIF)]
        names = [name for name in neurons if min(graph.shapes[name][2:]) > 1]
        if names:
            return graph, run_reference(graph, inputs), names[0]
    raise AssertionError("no graph with a neuron")


def changed(run: Run, node: str, index: tuple[int, ...], what: str = "values") -> Run:
    kept = dict(getattr(run, what))
    kept[node] = kept[node].copy()
    kept[node][index] += 1
    return replace(run, backend="other", **{what: kept})


def test_equal_runs_do_not_diverge() -> None:
    graph, run, _ = graph_with_a_neuron()
    assert first_divergence(run, replace(run, backend="other"), graph) is None


def test_integers_of_another_type_are_equal() -> None:
    graph, run, node = graph_with_a_neuron()
    values = dict(run.values)
    values[node] = values[node].astype(np.uint8)
    assert first_divergence(run, replace(run, values=values), graph) is None


def test_a_changed_spike_is_found_with_its_place_and_both_values() -> None:
    graph, run, node = graph_with_a_neuron()
    index = (0, 1, 0, 1, 0)
    found = first_divergence(run, changed(run, node, index), graph)
    assert found is not None
    value = int(run.values[node][index])
    assert (found.node, found.what, found.step, found.index) == (node, "value", 0, index)
    assert (found.found, found.n_differing) == ((value, value + 1), 1)
    assert found.n_elements == run.values[node].size
    told = str(found)
    assert f"diverges at the value of '{node}' (SpikeNILIF), step 0, index {index}" in told
    assert f"{value} in 'reference', {value + 1} in 'other'" in told
    assert f"1 of {found.n_elements} elements differ" in told


def test_the_earliest_node_is_reported_and_a_membrane_before_its_spike() -> None:
    graph, run, node = graph_with_a_neuron()
    later = graph.outputs[-1].name
    other = changed(changed(run, later, (0, 0, 0, 0, 0)), node, (0, 0, 0, 0, 0))
    other = changed(other, node, (0, 0, 0, 1, 1), what="states")
    found = first_divergence(run, other, graph)
    assert found is not None
    assert (found.node, found.what, found.index) == (node, "membrane", (0, 0, 0, 1, 1))
    without = first_divergence(run, other, graph, states=False)
    assert without is not None and without.what == "value"
    only = first_divergence(run, other, graph, names={later})
    assert only is not None and only.node == later


def test_a_current_is_compared_before_its_membrane() -> None:
    nodes = (spike_input((2, 1, 1, 1), 0, 3), cuba_lif("n", "x"), output("n"))
    graph: Graph[SpikeNode] = Graph("g", nodes)
    run = run_reference(graph, {"x": np.array([2, 1]).reshape(2, 1, 1, 1, 1)})
    index = (1, 0, 0, 0, 0)
    both = changed(changed(run, current_name("n"), index, "states"), "n", (0,) * 5, "states")
    found = first_divergence(run, both, graph)
    assert found is not None
    assert (found.node, found.what, found.index, found.found) == ("n", "current", index, (64, 65))


def test_another_shape_is_a_divergence() -> None:
    graph, run, node = graph_with_a_neuron()
    values = {node: run.values[node][:, :1]}
    found = first_divergence(run, Run("cut", {}, values), graph)
    assert found is not None
    assert found.index == ()
    assert f"in 'reference', {values[node].shape} in 'cut'" in str(found)


def test_runs_that_kept_outputs_only_are_compared_by_them() -> None:
    graph, run, _ = graph_with_a_neuron()
    bare = Run("bare", run.outputs)
    assert first_divergence(run, bare, graph) is None
    name = graph.outputs[0].name
    found = first_divergence(bare, changed(bare, name, (0, 0, 0, 0, 0), what="outputs"), graph)
    assert found is not None and found.node == name


def test_nan_equals_nan() -> None:
    graph, run, node = graph_with_a_neuron()
    value = np.full(run.values[node].shape, np.nan)
    a, b = (Run(name, {}, {node: value}) for name in "ab")
    assert first_divergence(a, b, graph) is None


def test_runs_without_a_common_value_are_refused() -> None:
    graph, _, _ = graph_with_a_neuron()
    with pytest.raises(GraphError, match="runs by 'a' and 'b': needed a common value"):
        first_divergence(Run("a", {}), Run("b", {}), graph)
