"""NIR: files by other tools become float graphs, or one error that lists every obstacle."""

from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir, read_nir_with_notes
from spiketrack.errors import ObstacleError, StoreError
from spiketrack.graph import float_nodes as f
from tests.conversion.nir_files import SHAPE, conv, save, thresholds


def test_a_foreign_network_of_known_nodes_is_read(tmp_path: Path) -> None:
    below = float(np.nextafter(np.float32(1.5), np.float32(0)))
    nodes = {"conv": conv(), "s": nir.Scale(np.full(SHAPE, 0.5)), **thresholds(0.5, below)}
    pool = nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    edges = [("in", "conv"), ("conv", "t0"), ("conv", "t1"), ("t0", "s"), ("t1", "s")]
    edges += [("s", "pool"), ("in", "pool"), ("pool", "out")]
    graph = read_nir(save(tmp_path / "x.nir", {**nodes, "pool": pool}, edges))
    kinds = {node.name: type(node).__name__ for node in graph}
    assert kinds == {
        "in": "FloatInput", "conv": "FloatConv", "t0": "FloatNILIF", "s": "FloatScale",
        "pool#sum": "FloatAdd", "pool": "FloatAvgPool", "out": "FloatOutput",
    }  # fmt: skip
    neuron = graph["t0"]
    assert isinstance(neuron, f.FloatNILIF) and neuron.max_spike == 2
    assert graph["pool#sum"].inputs == ("in", "s")
    assert graph.shapes["out"] == (1, 2, 2, 2)


def test_the_order_of_edges_in_the_file_does_not_matter(tmp_path: Path) -> None:
    nodes = {"a": conv(), "b": conv(), "s": nir.Scale(np.full(SHAPE, 2.0))}
    edges = [("in", "a"), ("a", "b"), ("in", "b"), ("b", "s"), ("a", "s"), ("s", "out")]
    names = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(edges))
        path = save(tmp_path / "x.nir", nodes, [edges[i] for i in order])
        names.append([(node.name, node.inputs) for node in read_nir(path)])
    assert names == [names[0]] * 4


def test_a_foreign_convolution_keeps_its_geometry_per_axis(tmp_path: Path) -> None:
    node = conv(weight=np.ones((2, 2, 3, 2)), stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    graph = read_nir(save(tmp_path / "x.nir", {"x": node}, [("in", "x"), ("x", "out")]))
    read = graph["x"]
    assert isinstance(read, f.FloatConv)
    assert (read.stride, read.padding, read.dilation) == ((2, 1), (1, 0), (1, 2))
    assert graph.shapes["x"] == (1, 2, 2, 2)


def test_several_inputs_and_outputs_keep_their_names(tmp_path: Path) -> None:
    ends = {"b": nir.Input(np.array(SHAPE)), "o2": nir.Output(np.array(SHAPE))}
    nodes = {**ends, "x": nir.Scale(np.full(SHAPE, 2.0))}
    edges = [("in", "x"), ("b", "x"), ("x", "out"), ("b", "o2")]
    graph = read_nir(save(tmp_path / "x.nir", nodes, edges))
    assert [node.name for node in graph.inputs] == ["b", "in"]
    assert {node.name for node in graph.outputs} == {"out", "o2"}


def test_thresholds_at_other_levels_fire_one_by_one(tmp_path: Path) -> None:
    edges = [("in", "t0"), ("in", "t1"), ("t0", "out"), ("t1", "out")]
    graph = read_nir(save(tmp_path / "x.nir", thresholds(0.5, 1.0), edges))
    kinds = [type(graph[name]).__name__ for name in ("t0", "t1", "out#sum")]
    assert kinds == ["FloatThreshold", "FloatThreshold", "FloatAdd"]


def test_a_node_that_nothing_feeds_gets_an_input_as_stock_nir_does(tmp_path: Path) -> None:
    edges = [("x", "out"), ("in", "out")]
    read = read_nir_with_notes(
        save(tmp_path / "x.nir", {"x": nir.Scale(np.full(SHAPE, 3.0))}, edges)
    )
    assert [node.name for node in read.graph.inputs] == ["in", "input_x"]
    assert any("'x' has no in-edge: Input 'input_x'" in note for note in read.notes)


def test_a_first_edge_that_was_left_out_is_added(tmp_path: Path) -> None:
    node = {"x": nir.Scale(np.full(SHAPE, 3.0))}
    read = read_nir_with_notes(save(tmp_path / "x.nir", node, [("x", "out")]))
    assert read.graph["x"].inputs == ("in",)
    assert "the missing edge from 'in' to 'x' is added" in read.notes


def test_a_node_that_leads_nowhere_gets_an_output(tmp_path: Path) -> None:
    node = {"x": nir.Scale(np.full(SHAPE, 3.0))}
    read = read_nir_with_notes(save(tmp_path / "x.nir", node, [("in", "x"), ("in", "out")]))
    assert {node.name for node in read.graph.outputs} == {"out", "output_x"}


def test_an_edge_listed_twice_counts_once(tmp_path: Path) -> None:
    path = save(tmp_path / "x.nir", {}, [("in", "out"), ("in", "out")])
    read = read_nir_with_notes(path)
    assert read.graph["out"].inputs == ("in",)
    assert read.notes == ("1 edges listed twice count once",)


def test_an_hdf5_file_that_is_no_nir_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.nir", "w") as file:
        file["y"] = 1
    with pytest.raises(StoreError, match="'/node': needed an entry, found nothing"):
        read_nir(tmp_path / "x.nir")


def test_a_net_without_nodes_is_an_obstacle(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.nir", "w") as file:
        file.create_group("node/nodes")
    with pytest.raises(ObstacleError, match="a net without an output"):
        read_nir(tmp_path / "x.nir")
