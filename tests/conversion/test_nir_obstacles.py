"""NIR: what has no meaning here is listed with its path and a rewrite, all of it at once."""

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir
from conversion.nir_document import MAX_NODES
from conversion.nir_import.nesting import MAX_DEPTH, MAX_EDGES
from conversion.nir_options import NirOptions
from spiketrack.errors import ObstacleError, StoreError
from tests.conversion.nir_files import SHAPE, chain, conv, lif, save

ONE = np.ones(SHAPE)
VARIED = np.arange(1.0, 33.0).reshape(SHAPE)


def pool(size: Any, stride: Any, padding: Any = (0, 0)) -> nir.SumPool2d:
    return nir.SumPool2d(np.array(size), np.array(stride), np.array(padding))


OBSTACLES: list[tuple[Any, str]] = [
    (nir.Scale(VARIED), "factors that differ from position to position"),
    (nir.Scale(np.ones(0)), "a Scale without scale"),
    (nir.Scale(np.array([1.0, np.nan])), "NaN or infinity in scale"),
    (conv(stride=np.ones(3, int)), "3 numbers as stride"),
    (conv(stride=np.array([1.5, 1.5])), "stride is no short list of whole numbers"),
    (conv(padding="same", stride=2), r"padding 'same' with stride \(2, 2\)"),
    (conv(padding="same", weight=np.ones((2, 2, 2, 2)), dilation=3),
     "padding 'same' with a dilated kernel of even size"),
    (conv(bias=np.zeros(3)), "a bias of 3 for 2 outputs"),
    (conv(groups=np.array([1, 1])), "2 numbers as groups"),
    (conv(weight=np.ones((2, 3, 3, 3))), r"\(FloatConv\): needed inputs that fit"),
    (conv(padding=-1), r"padding: needed two integers >= 0"),
    (nir.Conv1d(4, np.ones((2, 2, 3)), 1, 0, 1, 1, np.zeros(2)), "a Conv1d on a value of the sh"),
    (nir.Conv1d(4, np.ones((2, 2, 3, 3)), 1, 0, 1, 1, np.zeros(2)), "weights of the shape"),
    (pool([0, 0], [1, 1]), r"kernel_size \(0, 0\)"),
    (pool([2, 2], [2, 2], [2, 2]), "padding of half a kernel at most"),
    (pool([9, 9], [9, 9]), r"cells of \(9, 9\) on a grid of \(4, 4\)"),
    (pool([1 << 30, 1 << 30], [1, 1]), "cells of"),
    (nir.Affine(np.ones((3, 5)), np.zeros(3)), r"5 inputs wanted, a value of the shape \(2, 4, 4"),
    (nir.Linear(np.ones((2, 3, 5))), r"weights of the shape \(2, 3, 5\)"),
    (nir.Flatten(np.array(SHAPE), 0, 1), r"flattens \(2, 4, 4\) to \(8, 4\)"),
    (nir.Flatten(np.array(SHAPE), 2, 1), "flattens axes 2..1"),
    (nir.Delay(np.full(SHAPE, 2.5e-4)), "0.00025 is no whole number of steps of dt = 0.0001"),
    (nir.Delay(np.full(SHAPE, -1e-4)), r"a delay of -1\.\.-1 steps"),
    (nir.Delay(np.full(SHAPE, 1e9)), "a delay of 1e"),
    (nir.Threshold(np.ones(3)), r"threshold of the shape \(3,\) on neurons of the shape"),
    (lif(tau=0.0), "tau is not positive"),
    (lif(tau=4e-5), "steps of dt = 0.0001 unstable"),
    (nir.I(np.ones((3, 4, 4))), r"r of the shape \(3, 4, 4\)"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "match"), OBSTACLES, ids=[match for _, match in OBSTACLES])
def test_what_cannot_be_expressed_is_named(tmp_path: Path, node: Any, match: str) -> None:
    path = chain(tmp_path / "x.nir", node)
    with pytest.raises(ObstacleError, match=match) as caught:
        read_nir(path)
    (obstacle,) = caught.value.obstacles
    assert obstacle.node == "n0" and obstacle.rewrite


def test_all_obstacles_are_listed_at_once_and_behind_others_too(tmp_path: Path) -> None:
    nodes = (
        lif(tau=-1.0), nir.Flatten(np.array(SHAPE), 0, -1),
        nir.Affine(np.ones((4, 7)), np.zeros(4)), nir.Threshold(np.array([np.inf])),
        nir.Affine(np.ones((2, 5)), np.zeros(3)),
    )  # fmt: skip
    with pytest.raises(ObstacleError) as caught:
        read_nir(chain(tmp_path / "x.nir", *nodes))
    assert [obstacle.node for obstacle in caught.value.obstacles] == ["n0", "n2", "n3", "n4"]


def test_a_type_that_nir_does_not_have_is_named(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", nir.Scale(ONE))
    with h5py.File(path, "a") as file:
        del file["node/nodes/n0/type"]
        file["node/nodes/n0/type"] = "Izhikevich"
    with pytest.raises(ObstacleError, match=r"node 'n0': is a Izhikevich \(use Input, Output, Aff"):
        read_nir(path)


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", lif(), pool([2, 2], [2, 2]))
    with h5py.File(path, "a") as file:
        del file["node/nodes/n0/tau"], file["node/nodes/n1/kernel_size"]
    with pytest.raises(ObstacleError) as caught:
        read_nir(path)
    reasons = [obstacle.reason for obstacle in caught.value.obstacles]
    assert reasons == ["a LIF without tau", "a pool without kernel_size"]


def test_an_edge_to_nowhere_is_an_obstacle(tmp_path: Path) -> None:
    with pytest.raises(ObstacleError, match="an edge names the unknown node 'ghost'"):
        read_nir(save(tmp_path / "x.nir", {}, [("in", "out"), ("in", "ghost")]))


def test_an_output_that_nothing_feeds_is_an_obstacle(tmp_path: Path) -> None:
    nodes = {"o2": nir.Output(np.array(SHAPE))}
    with pytest.raises(ObstacleError, match="node 'o2': has no in-edge"):
        read_nir(save(tmp_path / "x.nir", nodes, [("in", "out")]))


def test_a_node_without_a_shape_that_nothing_feeds_is_an_obstacle(tmp_path: Path) -> None:
    edges = [("x", "y"), ("y", "out"), ("in", "out")]
    nodes = {"x": pool([2, 2], [2, 2]), "y": pool([2, 2], [2, 2])}
    with pytest.raises(ObstacleError, match="node 'x': has no in-edge"):
        read_nir(save(tmp_path / "x.nir", nodes, edges))


def test_an_input_with_in_edges_is_an_obstacle(tmp_path: Path) -> None:
    nodes = {"x": nir.Scale(ONE), "i2": nir.Input(np.array(SHAPE))}
    edges = [("in", "x"), ("x", "i2"), ("i2", "out")]
    with pytest.raises(ObstacleError, match="node 'i2': an Input with in-edges"):
        read_nir(save(tmp_path / "x.nir", nodes, edges))


@pytest.mark.parametrize("shape", [(3, 1, 2, 4, 4), (0,), (2, -4, 4)])
def test_an_input_of_another_shape_is_an_obstacle(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ObstacleError, match=r"node 'in': an Input of the shape"):
        read_nir(save(tmp_path / "x.nir", {}, [("in", "out")], shape, out=(1,)))


def test_operands_of_a_sum_that_differ_are_an_obstacle(tmp_path: Path) -> None:
    nodes = {"b": nir.Input(np.array([5]))}
    with pytest.raises(ObstacleError, match="node 'out': .*needed inputs that fit"):
        read_nir(save(tmp_path / "x.nir", nodes, [("in", "out"), ("b", "out")]))


LOOPS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"x": nir.Scale(ONE)}, [("x", "x")]),
    ({"x": nir.Threshold(ONE)}, [("x", "x")]),
    ({"x": lif(), "w": conv()}, [("x", "w"), ("w", "x")]),
    ({"x": lif(), "w": nir.Linear(np.eye(2))}, [("x", "w"), ("w", "x"), ("w", "out")][:2]
     + [("in", "w")]),
    ({"x": lif(), "w": lif()}, [("x", "w"), ("w", "x")]),
    ({"x": lif(), "w": nir.Delay(np.full(SHAPE, 1e-4))}, [("x", "w"), ("w", "x")]),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "loop"), LOOPS, ids=[str(i) for i in range(len(LOOPS))])
def test_a_loop_that_is_no_recurrent_layer_is_one_obstacle(
    tmp_path: Path, nodes: dict[str, Any], loop: list[tuple[str, str]]
) -> None:
    path = save(tmp_path / "x.nir", nodes, [("in", "x"), *loop, ("x", "out")])
    with pytest.raises(ObstacleError, match="a loop that is no recurrent layer: .*'x'") as caught:
        read_nir(path)
    assert len(caught.value.obstacles) == 1


def test_a_long_loop_is_named_in_short(tmp_path: Path) -> None:
    names = [f"s{i}" for i in range(9)]
    edges = [("in", "s0"), *zip(names, [*names[1:], "s0"], strict=True), ("s8", "out")]
    with pytest.raises(ObstacleError, match="and 3 more"):
        read_nir(save(tmp_path / "x.nir", {name: nir.Scale(ONE) for name in names}, edges))


WAYS: list[tuple[Any, tuple[int, ...], str]] = [
    (nir.Linear(np.ones((2, 3))), (2,), r"weights \(2, 3\) for 2 values"),
    (nir.Linear(np.ones((3, 2))), (2,), "2 neurons, 3 values come back"),
    (nir.Linear(np.ones((1, 2, 2))), (2,), "weights in a loop that are no matrix"),
    (nir.Affine(np.ones((2, 2)), np.zeros(3)), (2,), "a bias of 3 for 2 values"),
    (nir.Scale(np.ones(3)), (2,), "3 factors for 2 values"),
    (nir.Linear(np.eye(2)), (2, 4, 4), "recurrent neurons on a grid of 4 x 4"),
]


@pytest.mark.parametrize(("way", "shape", "match"), WAYS, ids=[match for *_, match in WAYS])
def test_recurrent_weights_that_do_not_fit_are_named(
    tmp_path: Path, way: Any, shape: tuple[int, ...], match: str
) -> None:
    edges = [("in", "x"), ("x", "w"), ("w", "x"), ("x", "out")]
    with pytest.raises(ObstacleError, match=match):
        read_nir(save(tmp_path / "x.nir", {"x": lif(), "w": way}, edges, shape))


def test_groups_that_contain_each_other_end_in_an_error(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", nir.Scale(ONE))
    with h5py.File(path, "a") as file:
        file["node/nodes/again"] = file["node"]
    with pytest.raises(StoreError, match=f"at most {MAX_NODES} nodes, {MAX_DEPTH} graphs deep"):
        read_nir(path)


def test_a_file_with_too_many_edges_is_refused(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", nir.Scale(ONE))
    with h5py.File(path, "a") as file:
        del file["node/edges"]
        file.create_dataset("node/edges", (1 << 20, 2), h5py.string_dtype(), chunks=(1024, 2))
    with pytest.raises(StoreError, match=f"at most {MAX_EDGES}, found more"):
        read_nir(path)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"dt": 0.0}, "dt must be a positive number, not 0.0"),
        ({"dt": float("nan")}, "dt must be a positive number"),
        ({"reset": "none"}, "reset must be 'zero' or 'subtract', not 'none'"),
        ({"n_steps": 0}, "n_steps must be a whole number >= 1, not 0"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        NirOptions(**options)
