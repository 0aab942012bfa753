"""What goes to a worker and comes back is what was sent: graphs, plans, arrays, errors."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from hardware.lava.local import EngineOptions
from hardware.lava.wire import (
    TYPED,
    error_from_record,
    error_to_record,
    put_arrays,
    put_graph,
    take_arrays,
    take_graph,
)
from hardware.stock.plan import StockPlan
from spiketrack import errors
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import to_record
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.lava.lowering import plan_stock_for
from tests.hardware.lava.stock_graphs import residual
from tests.hardware.stock.memory_chains import leaky, memory_chain


def assert_same(found: Graph[SpikeNode], sent: Graph[SpikeNode]) -> None:
    assert found.name == sent.name and found.shapes == sent.shapes
    assert [to_record(node) for node in found] == [to_record(node) for node in sent]


@pytest.mark.parametrize(
    "graph", [residual(), memory_chain(leaky("a", "x"), 50, n_steps=6)], ids=["residual", "chain"]
)
def test_a_graph_and_its_plan_arrive_whole(graph: Graph[SpikeNode], tmp_path: Path) -> None:
    options, plan = EngineOptions("node", ("a", "b"), "loihi2", 7, False), plan_stock_for(graph)
    found, how, planned = take_graph(tmp_path, put_graph(tmp_path, graph, options, plan))
    assert_same(found, graph)
    assert how == options and planned is not None and list(tmp_path.iterdir()) == []
    assert_same(planned.given, plan.given)
    assert_same(planned.graph, plan.graph)
    for field in (one.name for one in fields(StockPlan)):
        if field not in ("given", "graph", "populations"):
            assert getattr(planned, field) == getattr(plan, field), field
    lifs = {name: [one.name for one in lifs] for name, lifs in planned.populations.items()}
    assert lifs == {name: [one.name for one in lifs] for name, lifs in plan.populations.items()}
    assert planned.rows() == plan.rows()


def test_without_a_plan_none_arrives(tmp_path: Path) -> None:
    words = put_graph(tmp_path, residual(), EngineOptions(), None)
    assert take_graph(tmp_path, words)[1:] == (EngineOptions(), None)


def test_arrays_of_any_name_and_type_arrive(tmp_path: Path) -> None:
    sent = {
        "file": np.arange(3, dtype=np.uint8), "a/b": np.array([[-(2**62)]]), "": np.zeros((0, 2)),
    }  # fmt: skip
    found = take_arrays(tmp_path / "x.npz", put_arrays(tmp_path / "x.npz", sent))
    assert list(found) == list(sent) and not (tmp_path / "x.npz").exists()
    for name, array in sent.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("name", sorted(TYPED))
def test_a_typed_error_arrives_as_what_it_was(name: str) -> None:
    sent = TYPED[name]("thing", "this", "that", "Do so")
    found = error_from_record(error_to_record(sent))
    assert type(found) is type(sent) and str(found) == str(sent)


def test_obstacles_arrive_as_their_base_and_a_strange_error_as_one_of_lavas() -> None:
    sent = errors.ObstacleError("graph 'x'", (errors.Obstacle("n", "odd", "mend it"),))
    found = error_from_record(error_to_record(sent))
    assert type(found) is errors.UnsupportedOpError and str(found) == str(sent)
    found = error_from_record(error_to_record(ZeroDivisionError("so it is")))
    assert type(found) is errors.LavaError
    assert str(found) == "Lava: found ZeroDivisionError: so it is"
