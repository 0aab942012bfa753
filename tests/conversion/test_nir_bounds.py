"""NIR: what a small file may cost, and that nodes added to it clash with none of its own."""

from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir
from conversion.nir_document import MAX_NODES
from conversion.nir_import.axes import expected
from conversion.to_nir import write_nir
from spiketrack.errors import ObstacleError, StoreError
from spiketrack.files.hdf5 import BoundedReader, Limits
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from tests.conversion.nir_files import chain, conv, lif, save

TWO = (2,)
HUGE = 1 << 30


def ladder(path: Path, rungs: int) -> Path:
    """Flattens that each feed a chain of Delays without fields, which nobody tells a shape."""
    edges = [(f"d{rungs - 1}", "out")]
    nodes: dict[str, Any] = {}
    for i in range(rungs):
        nodes |= {f"f{i}": nir.Flatten(np.array(TWO), 0, -1), f"d{i}": nir.Delay(np.full(1, 1e-4))}
        edges += [("in", f"f{i}"), (f"f{i}", f"d{i}")]
        edges += [(f"d{i - 1}", f"d{i}")] if i else []
    save(path, nodes, edges, TWO)
    with h5py.File(path, "a") as file:
        for i in range(rungs):
            del file[f"node/nodes/f{i}/input_type"], file[f"node/nodes/d{i}/delay"]
    return path


def test_hdf5_is_asked_about_each_node_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[int] = Counter()
    ask = h5py.Group.__contains__

    def count(group: h5py.Group, name: str) -> bool:
        asked[rungs] += 1
        return bool(ask(group, name))

    paths = {n: ladder(tmp_path / f"{n}.nir", n) for n in (10, 20, 40)}
    monkeypatch.setattr(h5py.Group, "__contains__", count)
    for rungs in (10, 20, 40):
        with pytest.raises(ObstacleError, match="a Delay without delay"):
            read_nir(paths[rungs])
    assert asked[40] - asked[20] == 2 * (asked[20] - asked[10])


def linked(path: Path, n_nodes: int, size: int = 1) -> Path:
    """A chain of Scales that are all one group of the file."""
    names = [f"s{i:05}" for i in range(n_nodes)]
    edges = list(zip(["in", *names], [*names, "out"], strict=True))
    save(path, {names[0]: nir.Scale(np.full(size, 2.0))}, edges, (size,))
    with h5py.File(path, "a") as file:
        nodes = file["node/nodes"]
        for name in names[1:]:
            nodes[name] = nodes[names[0]]
    return path


def test_a_group_of_many_names_is_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: Counter[str] = Counter()
    look = BoundedReader.dataset

    def count(reader: BoundedReader, parent: h5py.Group, name: str) -> h5py.Dataset:
        looked[name] += 1
        return look(reader, parent, name)

    path = linked(tmp_path / "x.nir", 50)
    monkeypatch.setattr(BoundedReader, "dataset", count)
    graph = read_nir(path)
    assert sum(isinstance(node, f.FloatScale) for node in graph) == 50
    assert looked["type"] == 3  # the Input, the Output, the one Scale
    assert looked["scale"] == 3  # its header, its size, its numbers


@pytest.mark.parametrize("size", [200, 300])
def test_every_name_of_a_group_is_accounted_for(tmp_path: Path, size: int) -> None:
    path = linked(tmp_path / "x.nir", 50, size)
    assert path.stat().st_size < 40_000 < 50 * size * 8
    with pytest.raises(StoreError, match="at most 40000 bytes in all, found"):
        read_nir(path, limits=Limits(total_bytes=40_000))


def test_more_nodes_than_the_limit_are_refused_by_number(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nodes: needed at most 8192 nodes, 32 graphs deep"):
        read_nir(linked(tmp_path / "x.nir", MAX_NODES))


def test_more_nodes_than_the_limit_in_a_file_of_ours_are_refused(tmp_path: Path) -> None:
    start = f.FloatInput(name="x", shape=(1, 2, 1, 1), signal="spikes")
    graph: Graph[f.FloatNode] = Graph("g", (start, f.FloatOutput(name="y", inputs=("x",))))
    write_nir(graph, tmp_path / "x.nir")
    with h5py.File(tmp_path / "x.nir", "a") as file:
        nodes = file["node/nodes"]
        for i in range(MAX_NODES):
            nodes[f"z{i}"] = nodes["y"]
    with pytest.raises(StoreError, match="nodes: needed at most 8192 nodes, found 8194"):
        read_nir(tmp_path / "x.nir")


LARGE: list[tuple[Any, tuple[int, ...], str]] = [
    (lif(1), (HUGE,), f"node 'in': an Input of {HUGE} numbers a step"),
    (conv(padding=HUGE), (2, 4, 4), r"node 'n0': padding: needed at most \(8, 8\), as far as"),
    (nir.Scale(np.zeros(1)), (1 << 26,), f"node 'n0': one kernel for {1 << 26} channels makes"),
]


@pytest.mark.parametrize(("node", "shape", "match"), LARGE, ids=[match for *_, match in LARGE])
def test_a_value_too_large_is_an_obstacle(
    tmp_path: Path, node: Any, shape: tuple[int, ...], match: str
) -> None:
    with pytest.raises(ObstacleError, match=match) as caught:
        read_nir(chain(tmp_path / "x.nir", node, shape=shape), limits=Limits(1 << 40, 1 << 40))
    assert len(caught.value.obstacles) == 1


def test_the_nearest_want_counts_and_one_number_only_where_there_is_no_other() -> None:
    targets = {"a": ["b", "c"], "b": ["d"], "c": ["e"], "d": [], "e": [], "p": ["q"], "q": []}
    wants = {"a": None, "b": (1,), "c": None, "d": (3, None), "e": (3, 9), "p": None, "q": (1,)}
    found = expected(list("abcdepq"), wants, targets, {"b", "c"})
    assert found == {"a": "d", "b": "d", "c": "e", "p": "q"}


def test_a_want_behind_a_node_that_changes_the_shape_is_not_seen() -> None:
    targets = {"a": ["b"], "b": ["c"], "c": []}
    assert expected(list("abc"), {"a": None, "b": None, "c": (3,)}, targets, set()) == {"b": "c"}


RECURRENT = {"w": nir.Affine(np.eye(2), np.ones(2))}
DENSE = nir.Affine(np.ones((2, 4)), np.zeros(2))
LOOP = [("n", "w"), ("w", "n")]
CLASHES: list[tuple[str, dict[str, Any], list[tuple[str, str]], tuple[int, ...]]] = [
    ("n#sum", {"n": lif()}, [("in", "n")], TWO),
    ("n#bias", {"n": lif(), **RECURRENT}, LOOP, TWO),
    ("n#flat", {"n": DENSE}, [], (2, 1, 2)),
    ("output_n", {"n": lif()}, [], TWO),
]


@pytest.mark.parametrize(("name", "nodes", "edges", "shape"), CLASHES)
def test_an_added_node_takes_a_name_that_the_file_does_not_have(
    tmp_path: Path,
    name: str,
    nodes: dict[str, Any],
    edges: list[tuple[str, str]],
    shape: tuple[int, ...],
) -> None:
    edges = [("in", name), (name, "n"), ("in", "out"), *edges]
    nodes = {name: nir.Scale(np.full(1, 2.0)), **nodes}
    graph = read_nir(save(tmp_path / "x.nir", nodes, edges, shape))
    names = [node.name for node in graph]
    assert isinstance(graph[name], f.FloatScale)
    assert {name, f"{name}_2"} <= set(names)


def test_an_added_input_takes_a_free_name(tmp_path: Path) -> None:
    nodes = {"n": nir.Scale(np.full(2, 3.0)), "input_n": nir.Scale(np.full(2, 2.0))}
    edges = [("in", "input_n"), ("input_n", "out"), ("n", "out"), ("in", "out")]
    graph = read_nir(save(tmp_path / "x.nir", nodes, edges, TWO))
    assert [node.name for node in graph.inputs] == ["in", "input_n_2"]


def test_fields_that_cannot_be_read_are_listed_with_the_other_obstacles(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", *(nir.Linear(np.eye(2)) for _ in range(7)), shape=TWO)
    with h5py.File(path, "a") as file:
        nodes = file["node/nodes"]
        for i in range(4):
            del nodes[f"n{i}/weight"]
        nodes["n1/weight"] = np.eye(2) * 1j
        nodes["n2/weight"] = np.array([["a", "b"]], "S1")
        nodes["n3"].create_group("weight")
        nodes["n4/bias"] = h5py.ExternalLink("elsewhere.h5", "/x")
        del nodes["n5/type"], nodes["n6/type"]
        nodes["n6/type"] = np.zeros(3)
    with pytest.raises(ObstacleError) as caught:
        read_nir(path)
    told = {obstacle.node: obstacle.reason for obstacle in caught.value.obstacles}
    assert told == {
        "n0": "a Linear without weight",
        "n1": "weight: needed numbers, found complex128",
        "n2": "weight: needed numbers, found a text",
        "n3": "weight: needed a dataset, found a group",
        "n4": "bias: needed an entry of this file, found a link elsewhere",
        "n5": "a node whose type cannot be read",
        "n6": "a node whose type cannot be read",
    }


def test_a_word_that_is_no_single_text_is_an_obstacle(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", conv())
    with h5py.File(path, "a") as file:
        del file["node/nodes/n0/padding"]
        file["node/nodes/n0/padding"] = np.array(["same", "same"], "S4")
    with pytest.raises(ObstacleError, match="node 'n0': padding: needed one string, found"):
        read_nir(path)
