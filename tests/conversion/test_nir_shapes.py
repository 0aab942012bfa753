"""NIR: shapes a file does not state, states oddly, or nests; old files are read all the same."""

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir, read_nir_with_notes
from spiketrack.errors import ObstacleError
from tests.conversion.nir_files import SHAPE, chain, conv, lif, save

DENSE = nir.Affine(np.ones((3, 32)), np.zeros(3))
STATED: list[tuple[Any, tuple[int, ...], tuple[int, ...]]] = [
    (conv(), (1, 2, 4, 4), (2, 4, 4)),
    (conv(), (50, 1, 2, 4, 4), (2, 4, 4)),
    (nir.Scale(np.ones((1, 2, 4, 4))), (1, 2, 4, 4), (2, 4, 4)),
    (DENSE, (1, 100, 32), (32, 1, 1)),
    (DENSE, (2, 4, 4), (2, 4, 4)),
    (conv(weight=np.ones((2, 1, 3, 3))), (4, 4), (1, 4, 4)),
    (nir.Conv1d(9, np.ones((2, 3, 3)), 1, 0, 1, 1, np.zeros(2)), (3, 9), (3, 1, 9)),
]


@pytest.mark.parametrize(("node", "stated", "grid"), STATED)
def test_axes_of_time_and_batch_are_left_out(
    tmp_path: Path, node: Any, stated: tuple[int, ...], grid: tuple[int, ...]
) -> None:
    read = read_nir_with_notes(chain(tmp_path / "x.nir", node, shape=stated))
    assert read.graph.shapes["in"][1:] == grid
    if len(stated) > 3:
        assert any("'in' states the shape" in note for note in read.notes)


def without(path: Path, *fields: str) -> Path:
    with h5py.File(path, "a") as file:
        for field in fields:
            del file[f"node/nodes/{field}"]
    return path


UNSTATED: list[tuple[Any, ...]] = [
    (DENSE,), (lif(32), DENSE), (nir.Scale(np.ones(1)), lif(32)), (conv(),),
    (nir.Flatten(np.array([2, 4, 4]), 0, -1), DENSE),
]  # fmt: skip


@pytest.mark.parametrize("nodes", UNSTATED)
def test_an_input_without_a_shape_takes_what_the_nodes_behind_it_want(
    tmp_path: Path, nodes: tuple[Any, ...]
) -> None:
    path = without(chain(tmp_path / "x.nir", *nodes), "in/shape")
    read = read_nir_with_notes(path)
    assert np.prod(read.graph.shapes["in"]) == 32
    assert "'in' states no shape" in read.notes[-1] or "'in' states no shape" in read.notes[0]


def test_an_input_whose_shape_nothing_tells_is_an_obstacle(tmp_path: Path) -> None:
    pool = nir.AvgPool2d(*(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])))
    path = without(chain(tmp_path / "x.nir", pool), "in/shape", "out/shape")
    with pytest.raises(
        ObstacleError, match="node 'in': an Input whose shape nothing in the file determines"
    ):
        read_nir(path)


def test_fields_that_old_files_lack_have_defaults(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", conv(), lif(2), DENSE)
    without(
        path, "n0/input_shape", "n0/bias", "n0/groups", "n0/dilation", "n0/stride", "n1/v_reset",
        "n2/bias",
    )  # fmt: skip
    graph = read_nir(path)
    assert graph.shapes["n0"] == (1, 2, 4, 4)
    assert not graph["n1"].v_reset.any()  # type: ignore[union-attr]


def test_texts_of_fixed_length_are_texts(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", conv(padding="same"))
    with h5py.File(path, "a") as file:
        for name in ("node/nodes/n0/type", "node/nodes/n0/padding", "node/edges"):
            found = file[name][()]
            del file[name]
            file[name] = np.array(found, "S8")
    assert read_nir(path).shapes["n0"] == (1, 2, 4, 4)


def graph_of(nodes: dict[str, Any], edges: list[tuple[str, str]]) -> nir.NIRGraph:
    ends = {"i": nir.Input(np.array(SHAPE)), "o": nir.Output(np.array(SHAPE))}
    return nir.NIRGraph({**ends, **nodes}, edges, type_check=False)


def test_nested_graphs_are_flattened_and_names_joined(tmp_path: Path) -> None:
    deep = graph_of({"s": nir.Scale(np.full(SHAPE, 2.0))}, [("i", "s"), ("s", "o")])
    inner = graph_of({"deep": deep, "c": conv()}, [("i", "deep"), ("deep", "c"), ("c", "o")])
    graph = read_nir(save(tmp_path / "x.nir", {"b": inner}, [("in", "b"), ("b", "out")]))
    assert [(node.name, node.inputs) for node in graph] == [
        ("in", ()), ("b.deep.s", ("in",)), ("b.c", ("b.deep.s",)), ("out", ("b.c",)),
    ]  # fmt: skip


def test_a_sum_that_enters_a_nested_graph_is_made_once(tmp_path: Path) -> None:
    s = {f"s{i}": nir.Scale(np.full(SHAPE, 2.0)) for i in (1, 2)}
    inner = graph_of(s, [("i", "s1"), ("i", "s2"), ("s1", "o"), ("s2", "o")])
    edges = [("in", "a"), ("in", "g"), ("a", "g"), ("g", "out")]
    graph = read_nir(save(tmp_path / "x.nir", {"g": inner, "a": conv()}, edges))
    assert graph["g.i"].inputs == ("a", "in")
    assert graph["out#sum"].inputs == ("g.s1", "g.s2")


def test_an_edge_may_name_a_node_inside_a_nested_graph(tmp_path: Path) -> None:
    inner = graph_of({"c": conv()}, [("i", "c"), ("c", "o")])
    path = save(tmp_path / "x.nir", {"g": inner}, [("in", "g.i"), ("g.o", "out")])
    assert read_nir(path)["out"].inputs == ("g.c",)


def test_a_nested_graph_with_two_inputs_is_an_obstacle(tmp_path: Path) -> None:
    inner = graph_of({"j": nir.Input(np.array(SHAPE))}, [("i", "o"), ("j", "o")])
    path = save(tmp_path / "x.nir", {"g": inner}, [("in", "g"), ("g", "out")])
    with pytest.raises(ObstacleError, match="node 'g': a nested graph with 2 Inputs"):
        read_nir(path)


def test_two_nodes_of_one_path_are_an_obstacle(tmp_path: Path) -> None:
    inner = graph_of({"c": conv()}, [("i", "c"), ("c", "o")])
    nodes = {"g": inner, "g.c": conv()}
    with pytest.raises(ObstacleError, match="node 'g.c': two nodes have this path"):
        read_nir(save(tmp_path / "x.nir", nodes, [("in", "g"), ("g", "g.c"), ("g.c", "out")]))


def test_what_a_nested_graph_leaves_open_is_told(tmp_path: Path) -> None:
    inner = graph_of({"c": conv()}, [("i", "c"), ("c", "o")])
    path = save(tmp_path / "x.nir", {"g": inner}, [("in", "g"), ("in", "out")])
    assert "'g.o' joins nothing and is left out" in read_nir_with_notes(path).notes
