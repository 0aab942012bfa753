"""NIR: files by other tools become float graphs, or one error that lists every obstacle."""

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir
from spiketrack.errors import GraphError, StoreError, UnsupportedOpError
from spiketrack.graph import float_nodes as f

SHAPE = (2, 4, 4)


def conv(**changes: Any) -> nir.Conv2d:
    given = {
        "input_shape": (4, 4), "weight": np.ones((2, 2, 3, 3)), "stride": 1, "padding": 1,
        "dilation": 1, "groups": 1, "bias": np.zeros(2),
    }  # fmt: skip
    return nir.Conv2d(**{**given, **changes})


def thresholds(*levels: float) -> dict[str, nir.Threshold]:
    full = [np.full(SHAPE, level, np.float32) for level in levels]
    return {f"t{i}": nir.Threshold(level) for i, level in enumerate(full)}


def save(path: Path, nodes: dict[str, Any], edges: list[tuple[str, str]]) -> Path:
    ends = {"in": nir.Input(np.array(SHAPE)), "out": nir.Output(np.array(SHAPE))}
    nir.write(path, nir.NIRGraph({**ends, **nodes}, edges, type_check=False))
    return path


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


ONE = np.ones(2)
OBSTACLES: list[tuple[Any, str]] = [
    (nir.LIF(ONE, ONE, ONE, ONE, ONE), "node 'x' is a LIF"),
    (nir.Flatten({"input": np.array(SHAPE)}, 0), "node 'x' is a Flatten"),
    (nir.Scale(np.arange(32.0).reshape(SHAPE)), "Scale 'x' is not uniform"),
    (nir.Scale(np.full(SHAPE, -1.0)), "node 'x', factor: needed a positive number"),
    (nir.Threshold(np.arange(32.0).reshape(SHAPE)), "node 'x' has thresholds that differ"),
    (nir.Threshold(np.full(SHAPE, 0.7)), r"Thresholds x at \(0.7,\) are no integer neuron"),
    (conv(stride=(1, 2)), r"node 'x' has stride \[1, 2\], different per axis"),
    (conv(padding="same"), "node 'x' has padding as text"),
    (nir.AvgPool2d(np.array([3, 3]), np.array([3, 3]), np.array([0, 0])), "a power of two >= 2"),
    (nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([0, 0])), "cells that overlap"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "match"), OBSTACLES, ids=[match for _, match in OBSTACLES])
def test_what_cannot_be_expressed_is_named(tmp_path: Path, node: Any, match: str) -> None:
    path = save(tmp_path / "x.nir", {"x": node}, [("in", "x"), ("x", "out")])
    with pytest.raises(UnsupportedOpError, match=match):
        read_nir(path)


def test_all_obstacles_are_listed_at_once(tmp_path: Path) -> None:
    nodes = {"a": nir.LI(ONE, ONE, ONE), "b": nir.I(ONE), "c": nir.Scale(np.full(SHAPE, -1.0))}
    edges = [("in", "a"), ("a", "b"), ("b", "c"), ("c", "out")]
    with pytest.raises(UnsupportedOpError, match="'a' is a LI; node 'b' is a I; node 'c', factor"):
        read_nir(save(tmp_path / "x.nir", nodes, edges))


def test_a_loop_is_an_obstacle(tmp_path: Path) -> None:
    edges = [("in", "x"), ("x", "x"), ("x", "out")]
    with pytest.raises(UnsupportedOpError, match="nodes in or behind a loop: out, x"):
        read_nir(save(tmp_path / "x.nir", {"x": nir.Scale(np.ones(SHAPE))}, edges))


def test_an_edge_to_nowhere_is_an_obstacle(tmp_path: Path) -> None:
    edges = [("in", "out"), ("in", "ghost")]
    with pytest.raises(UnsupportedOpError, match="an edge names the unknown node 'ghost'"):
        read_nir(save(tmp_path / "x.nir", {}, edges))


def test_a_node_without_an_input_is_an_obstacle(tmp_path: Path) -> None:
    edges = [("x", "out"), ("in", "out")]
    with pytest.raises(UnsupportedOpError, match="node 'x' has no in-edge"):
        read_nir(save(tmp_path / "x.nir", {"x": nir.Scale(np.ones(SHAPE))}, edges))


def test_an_input_that_is_no_image_is_an_obstacle(tmp_path: Path) -> None:
    nodes = {"x": nir.Input(np.array([5]))}
    with pytest.raises(UnsupportedOpError, match=r"Input 'x' has the shape \[5\] or in-edges"):
        read_nir(save(tmp_path / "x.nir", nodes, [("in", "out"), ("x", "out")]))


def test_foreign_nodes_that_do_not_fit_together_break_the_graph_law(tmp_path: Path) -> None:
    wide = conv(weight=np.ones((2, 3, 3, 3)))
    with pytest.raises(GraphError, match="node 'x' .*: needed inputs that fit"):
        read_nir(save(tmp_path / "x.nir", {"x": wide}, [("in", "x"), ("x", "out")]))


def test_an_hdf5_file_that_is_no_nir_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.nir", "w") as file:
        file["y"] = 1
    with pytest.raises(StoreError, match="'/node': needed an entry, found nothing"):
        read_nir(tmp_path / "x.nir")
