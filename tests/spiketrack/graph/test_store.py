"""The store: equal models give equal bytes, what is written comes back, nothing is half written."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings

from spiketrack.errors import StoreError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.records import FLOAT_TYPES, SPIKE_TYPES
from spiketrack.graph.store import content_sha256, load_model, save_model
from tests.small_networks import integrator
from tests.spiketrack.graph.spike_samples import contents, every_spike_node, sample_model
from tests.strategies import Case, spike_graphs

ROOT = Path(__file__).resolve().parents[3]


def test_a_model_comes_back_bit_for_bit(tmp_path: Path) -> None:
    model = sample_model()
    save_model(tmp_path / "m.stk", model)
    read = load_model(tmp_path / "m.stk")
    assert list(read.graphs) == ["search"]
    assert contents(read.graphs["search"]) == contents(model.graphs["search"])
    assert (read.variant, read.provenance) == (model.variant, model.provenance)
    assert read.report == model.report


def test_the_sample_has_every_node_type_and_the_table_has_them_all() -> None:
    assert {type(node).__name__ for node in every_spike_node()} == set(SPIKE_TYPES)
    assert {kind.__name__ for kind in get_args(s.SpikeNode)} == set(SPIKE_TYPES)
    assert {kind.__name__ for kind in get_args(FloatNode)} == set(FLOAT_TYPES)


@settings(max_examples=20)
@given(spike_graphs())
def test_any_integer_graph_comes_back(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    path = tmp_path_factory.mktemp("store") / "m.stk"
    graph = case[0]
    save_model(path, Model({graph.name: graph}, {}))
    assert contents(load_model(path).graphs[graph.name]) == contents(graph)


def test_two_writes_give_the_same_bytes_whatever_the_order_of_keys(tmp_path: Path) -> None:
    model = sample_model()
    turned = Model(
        model.graphs, dict(reversed(model.variant.items())), model.provenance, model.report
    )
    save_model(tmp_path / "a.stk", model)
    save_model(tmp_path / "b.stk", turned)
    assert (tmp_path / "a.stk").read_bytes() == (tmp_path / "b.stk").read_bytes()


def test_the_content_is_of_the_graphs_alone(tmp_path: Path) -> None:
    model = sample_model()
    save_model(tmp_path / "m.stk", Model(model.graphs, {}, {"seed": 8}, {"other": 1}))
    content = content_sha256(model.graphs)
    assert content_sha256(load_model(tmp_path / "m.stk").graphs) == content


def test_one_weight_threshold_width_or_name_makes_other_content() -> None:
    graph = integrator()
    nodes: dict[str, Any] = {node.name: node for node in graph}
    weight_q = nodes["dense"].weight_q.copy()
    weight_q.flat[0] += 1
    threshold_q = nodes["neurons"].threshold_q + np.int32(1)
    changed = [
        replace(nodes["dense"], weight_q=weight_q),
        replace(nodes["neurons"], threshold_q=threshold_q),
        replace(nodes["in"], high=3),
    ]
    graphs = [Graph("net", tuple({**nodes, one.name: one}.values())) for one in changed]
    hashes = [content_sha256({"net": one}) for one in (graph, *graphs)]
    hashes.append(content_sha256({"other": Graph("other", graph.nodes)}))
    assert len(set(hashes)) == 5


@pytest.mark.slow
def test_two_processes_at_two_times_give_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from spiketrack.graph.store import save_model; "
        "from tests.spiketrack.graph.spike_samples import sample_model; "
        "save_model(sys.argv[1], sample_model())"
    )
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], cwd=ROOT, check=True)
        time.sleep(1.1)  # HDF5 keeps times in seconds
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_previous_file_stays_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path / "m.stk", sample_model())
    before = (tmp_path / "m.stk").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="can be written, found No space left on device"):
        save_model(tmp_path / "m.stk", Model({}, {}))
    assert (tmp_path / "m.stk").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.stk"]


@pytest.mark.slow
def test_a_real_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from spiketrack.graph.store import save_model; "
        "from tests.spiketrack.graph.spike_samples import sample_model; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
        "save_model(sys.argv[1], sample_model())"
    )
    command = [sys.executable, "-B", "-c", code, str(tmp_path / "m.stk")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "StoreError" in done.stderr and "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_while_writing_leaves_the_previous_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path / "m.stk", sample_model())
    before = (tmp_path / "m.stk").read_bytes()

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path / "m.stk", Model({}, {}))
    assert (tmp_path / "m.stk").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.stk"]


@pytest.mark.parametrize("report", [{"snr": float("inf")}, {"array": np.zeros(2)}])
def test_what_json_cannot_say_is_refused(tmp_path: Path, report: Mapping[str, Any]) -> None:
    with pytest.raises(StoreError, match="model, report: needed JSON values and finite numbers"):
        save_model(tmp_path / "m.stk", Model({}, {}, {}, dict(report)))
    assert list(tmp_path.iterdir()) == []


def test_a_graph_under_another_name_is_refused(tmp_path: Path) -> None:
    graph: Graph[s.SpikeNode] = every_spike_node()
    with pytest.raises(StoreError, match="graph 'template': needed a graph of that name"):
        save_model(tmp_path / "m.stk", Model({"template": graph}, {}))
