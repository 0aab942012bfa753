"""NIR: neurons with time are written as NIR's own types, and the same graph is read back."""

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
import torch

from conversion.from_nir import read_nir, read_nir_with_notes
from conversion.nir_document import Dialect
from conversion.nir_options import NirOptions
from conversion.to_nir import write_nir
from simulation.floats.engine import run_float
from spiketrack.errors import StoreError, UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.conversion.nir_graphs import contents, cuba, kernel, temporal

ONE = np.ones((1, 1, 1))


@pytest.mark.parametrize("dialect", ["portable", "compact"])
@pytest.mark.parametrize("dt", [1e-4, 1.0, 0.003])
def test_a_graph_with_time_is_read_back_bit_for_bit(
    tmp_path: Path, dialect: Dialect, dt: float
) -> None:
    graph = temporal()
    write_nir(graph, tmp_path / "g.nir", dialect=dialect, dt=dt)
    read = read_nir_with_notes(tmp_path / "g.nir", options=NirOptions(dt=7.0))
    assert contents(read.graph) == contents(graph)
    assert read.notes == (f"written by spiketrack: steps of dt = {dt:g}",)


def test_stock_nir_reads_it_with_its_defaults(tmp_path: Path) -> None:
    write_nir(temporal(), tmp_path / "g.nir")
    read = nir.read(tmp_path / "g.nir")
    kinds = {name: type(node).__name__ for name, node in read.nodes.items()}
    assert kinds == {
        "in": "Input", "conv": "Conv2d", "cuba": "CubaLIF", "wait": "Delay", "flat": "Flatten",
        "dense": "Affine", "bias": "Affine", "lif": "LIF", "lif#recurrent": "Linear",
        "grouped": "Affine", "fire": "Threshold", "if": "IF", "li": "LI", "sum": "I",
        "slow": "CubaLI",
        "to_point": "Conv2d", "to_point#point": "Flatten", "levels": "Output", "spikes": "Output",
        "point": "Output",
    }  # fmt: skip
    assert {("lif", "lif#recurrent"), ("lif#recurrent", "lif")} <= set(read.edges)
    assert np.allclose(read.nodes["wait"].delay[:, 0, 0], [0.0, 1e-4, 2e-4, 3e-4], atol=1e-12)


def test_a_net_of_dense_layers_has_vectors_throughout(tmp_path: Path) -> None:
    dense = f.FloatConv(name="d", inputs=("in",), weight=kernel(1, (3, 2, 1, 1)), bias=np.zeros(3))
    graph = graph_of(dense, cuba("n", "d", (3, 1, 1), recurrent=np.eye(3)), shape=(1, 2, 1, 1))
    write_nir(graph, tmp_path / "g.nir")
    read = nir.read(tmp_path / "g.nir")
    assert read.nodes["in"].output_type["output"].tolist() == [2]
    assert read.nodes["out"].input_type["input"].tolist() == [3]
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)


def without_our_metadata(path: Path) -> Path:
    with h5py.File(path, "a") as file:
        del file["node/metadata"]
        for node in file["node/nodes"].values():
            del node["metadata"]
    return path


@pytest.mark.parametrize("dt", [1e-4, 0.5])
def test_without_our_metadata_the_spikes_are_the_same(tmp_path: Path, dt: float) -> None:
    graph = temporal()
    # NIR has one reset for a file; the other one is in the metadata that is taken away here.
    nodes = tuple(
        cuba("lif", "bias", (8, 1, 1), u_keep=0 * ONE, u_gain=ONE, recurrent=kernel(5, (8, 8)))
        if node.name == "lif"
        else node
        for node in graph
    )
    graph = Graph("temporal", nodes)
    write_nir(graph, tmp_path / "g.nir", dt=dt)
    path = without_our_metadata(tmp_path / "g.nir")
    read = read_nir(path, options=NirOptions(dt=dt, n_steps=20))
    drive = (np.random.default_rng(0).random((20, 1, 2, 6, 6)) < 0.5).astype(float)
    told, found = (run_float(g, {"in": drive}, dtype=torch.float64) for g in (graph, read))
    assert told.outputs["spikes"].sum() > 20
    assert np.array_equal(told.outputs["spikes"], found.outputs["spikes"])
    assert np.allclose(told.outputs["levels"], found.outputs["levels"], rtol=0, atol=1e-9)
    assert np.allclose(told.outputs["point"], found.outputs["point"], rtol=0, atol=1e-9)


def graph_of(*nodes: f.FloatNode, shape: tuple[int, int, int, int]) -> Graph[f.FloatNode]:
    source = f.FloatInput(name="in", shape=shape, signal="spikes")
    return Graph("g", (source, *nodes, f.FloatOutput(name="out", inputs=(nodes[-1].name,))))


def test_a_state_that_grows_by_itself_has_no_time_constant(tmp_path: Path) -> None:
    graph = graph_of(cuba("n", "in", (1, 1, 1), v_keep=1.5 * ONE), shape=(1, 2, 1, 1))
    with pytest.raises(UnsupportedOpError, match="node 'n', v_keep: needed at most 1 .*found 1.5"):
        write_nir(graph, tmp_path / "g.nir")


def test_a_number_that_leaves_float64_is_refused(tmp_path: Path) -> None:
    graph = graph_of(cuba("n", "in", (1, 1, 1), v_gain=1e300 * ONE, v_keep=ONE), shape=(1, 2, 1, 1))
    with pytest.raises(UnsupportedOpError, match="node 'n', r: .*dt = 0.0001 .* found infinity"):
        write_nir(graph, tmp_path / "g.nir")


@pytest.mark.parametrize(
    "node",
    [m.Flatten(name="x", inputs=("in",)), cuba("x", "in", (1, 1, 1), recurrent=np.eye(2))],
    ids=["flatten", "recurrent"],
)
def test_a_larger_kernel_on_a_point_needs_the_compact_dialect_beside_them(
    tmp_path: Path, node: f.FloatNode
) -> None:
    conv = f.FloatConv(
        name="k", inputs=("x",), weight=kernel(1, (2, 2, 3, 3)), bias=np.zeros(2), padding=(1, 1)
    )
    graph = graph_of(node, conv, shape=(1, 2, 1, 1))
    with pytest.raises(UnsupportedOpError, match="node 'x': .*found one. Write the compact"):
        write_nir(graph, tmp_path / "g.nir")
    write_nir(graph, tmp_path / "g.nir", dialect="compact")
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)


def test_a_larger_kernel_on_a_point_is_portable_by_itself(tmp_path: Path) -> None:
    conv = f.FloatConv(
        name="k", inputs=("in",), weight=kernel(1, (2, 2, 3, 3)), bias=np.zeros(2), padding=(1, 1)
    )
    graph = graph_of(conv, shape=(1, 2, 1, 1))
    write_nir(graph, tmp_path / "g.nir")
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)
    assert type(nir.read(tmp_path / "g.nir").nodes["k"]).__name__ == "Conv2d"


def test_an_integer_graph_is_refused(tmp_path: Path) -> None:
    source = s.SpikeInput(
        name="in", shape=(1, 1, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="out", inputs=("in",), scale=np.ones(1), bias=np.zeros(1))
    graph: Any = Graph("g", (source, out))
    with pytest.raises(UnsupportedOpError, match="needed a float node, found a SpikeInput"):
        write_nir(graph, tmp_path / "g.nir")


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_of_no_length_is_refused(tmp_path: Path, dt: float) -> None:
    with pytest.raises(ValueError, match="dt must be a positive number"):
        write_nir(temporal(), tmp_path / "g.nir", dt=dt)


CHANGES: list[tuple[str, Any, str]] = [
    ("cuba/tau_mem", 2e-4, "node 'cuba': needed the CubaLIF its metadata implies"),
    ("wait/delay", 2e-4, "node 'wait': needed the Delay its metadata implies"),
    ("cuba/metadata/v_keep", 0.25, "node 'cuba': needed the CubaLIF its metadata implies"),
    ("cuba/metadata/v_keep", np.nan, "v_keep: needed finite numbers"),
]


@pytest.mark.parametrize(("field", "value", "match"), CHANGES)
def test_a_file_that_contradicts_its_metadata_is_refused(
    tmp_path: Path, field: str, value: Any, match: str
) -> None:
    write_nir(temporal(), tmp_path / "g.nir")
    with h5py.File(tmp_path / "g.nir", "a") as file:
        file[f"node/nodes/{field}"][0] = value
    with pytest.raises(StoreError, match=match):
        read_nir(tmp_path / "g.nir")
