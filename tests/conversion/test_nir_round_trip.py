"""NIR: what is written is read back bit for bit, and stock nir accepts it."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion.from_nir import read_nir
from conversion.nir_document import Dialect, firing_levels, smallest_float
from conversion.to_nir import write_nir
from spiketrack.errors import StoreError, UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from tests.conversion.nir_graphs import NO_DECAY, all_node_types, contents, kernel, stateless

ROOT = Path(__file__).resolve().parents[2]
DIALECTS: tuple[Dialect, ...] = ("portable", "compact")


def chain(
    *nodes: f.FloatNode, shape: tuple[int, int, int, int] = (1, 2, 4, 4)
) -> Graph[f.FloatNode]:
    """A graph from one image through the nodes to one output."""
    image = f.FloatInput(name="image", shape=shape, signal="image")
    return Graph("g", (image, *nodes, f.FloatOutput(name="out", inputs=(nodes[-1].name,))))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("make", [all_node_types, stateless])
def test_a_graph_is_read_back_bit_for_bit(tmp_path: Path, dialect: Dialect, make: Any) -> None:
    graph = make()
    write_nir(graph, tmp_path / "g.nir", dialect=dialect)
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)


@pytest.mark.parametrize("make", [all_node_types, stateless])
def test_stock_nir_reads_a_portable_file_with_its_defaults(tmp_path: Path, make: Any) -> None:
    graph = make()
    write_nir(graph, tmp_path / "g.nir")
    read = nir.read(tmp_path / "g.nir")
    conv = graph.nodes[2].name if graph.name == "search" else "conv"
    assert tuple(read.nodes[conv].output_type["output"]) == graph.shapes[conv][1:]
    assert set(read.inputs) >= {node.name for node in graph.inputs}
    assert set(read.outputs) >= {node.name for node in graph.outputs}


def test_stock_nir_reads_a_compact_file_without_type_check(tmp_path: Path) -> None:
    write_nir(all_node_types(), tmp_path / "g.nir", dialect="compact")
    read = nir.read(tmp_path / "g.nir", type_check=False)
    assert int(read.nodes["encoder.conv.0"].groups) == 2
    assert read.nodes["spike#1"].threshold.shape == (1, 1, 1)


def test_a_stock_reader_sees_a_grouped_kernel_expanded_with_zeros(tmp_path: Path) -> None:
    graph = all_node_types()
    write_nir(graph, tmp_path / "g.nir")
    dense = nir.read(tmp_path / "g.nir").nodes["encoder.conv.0"].weight
    conv = graph["encoder.conv.0"]
    assert isinstance(conv, f.FloatConv)
    assert np.array_equal(dense[:2, :2], conv.weight[:2])
    assert np.array_equal(dense[2:, 2:], conv.weight[2:])
    assert not dense[:2, 2:].any() and not dense[2:, :2].any()


@pytest.mark.parametrize(("channels", "groups"), [(96, 96), (70, 35), (40, 1), (6, 2)])
def test_any_number_of_groups_survives_the_expansion(
    tmp_path: Path, channels: int, groups: int
) -> None:
    weight = kernel(1, (2 * channels, channels // groups, 3, 3))
    conv = f.FloatConv(
        name="c", inputs=("image",), weight=weight, bias=np.zeros(2 * channels), padding=(1, 1),
        groups=groups,
    )  # fmt: skip
    graph = chain(conv, shape=(1, channels, 4, 4))
    write_nir(graph, tmp_path / "g.nir")
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)


def test_one_graph_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_nir(all_node_types(), tmp_path / name, metadata={"made_by": "a test"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.slow
def test_two_processes_at_two_times_give_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from conversion.to_nir import write_nir; "
        "from tests.conversion.nir_graphs import all_node_types; "
        "write_nir(all_node_types(), sys.argv[1])"
    )
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], cwd=ROOT, check=True)
        time.sleep(1.1)  # HDF5 keeps times in seconds
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_large_uniform_layer_costs_no_room_in_the_file(tmp_path: Path) -> None:
    neuron = f.FloatNILIF(name="n", inputs=("image",), max_spike=4, decay=NO_DECAY)
    write_nir(chain(neuron, shape=(1, 64, 128, 128)), tmp_path / "g.nir")
    assert (tmp_path / "g.nir").stat().st_size < 100_000  # as numbers: 4 * 64 * 128 * 128 * 4 bytes
    threshold = nir.read(tmp_path / "g.nir").nodes["n#3"].threshold
    assert threshold.shape == (64, 128, 128) and (threshold == 2.5).all()


def test_texts_given_to_the_writer_are_for_any_reader_to_see(tmp_path: Path) -> None:
    write_nir(stateless(), tmp_path / "g.nir", metadata={"provenance": '{"seed": 7}'})
    texts = nir.read(tmp_path / "g.nir").metadata
    assert texts["provenance"] == '{"seed": 7}'
    assert "Only metadata tells" in texts["spiketrack_notes"]


@given(st.floats(width=32, allow_nan=False), st.integers(1, 8))
def test_strict_levels_count_to_round_half_to_even(u: float, max_spike: int) -> None:
    fired = sum(np.float32(u) > level for level in firing_levels(max_spike))
    assert fired == np.rint(np.clip(np.float32(u), 0, max_spike))


def test_ties_and_their_neighbours_fire_as_round_half_to_even() -> None:
    levels = firing_levels(4)
    for tie, expected in ((0.5, 0), (1.5, 2), (2.5, 2), (3.5, 4)):
        below, above = (np.nextafter(np.float32(tie), np.float32(x)) for x in (-9, 9))
        counts = [sum(u > level for level in levels) for u in (below, np.float32(tie), above)]
        assert counts == [int(tie - 0.5), expected, int(tie + 0.5)]


def test_weights_are_kept_as_float32_only_if_no_bit_is_lost() -> None:
    assert smallest_float(np.array([0.5, -0.0, 3.0])).dtype == np.float32
    assert smallest_float(np.array([0.1])).dtype == np.float64
    assert smallest_float(np.array([1e300])).dtype == np.float64


def test_a_batch_norm_is_refused_by_name(tmp_path: Path) -> None:
    ones = np.ones(2)
    norm = f.FloatBatchNorm(name="bn.1", inputs=("image",), gain=ones, mean=ones, bias=ones)
    with pytest.raises(UnsupportedOpError, match="node 'bn.1': needed a folded batch norm"):
        write_nir(chain(norm), tmp_path / "g.nir")
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_that_is_not_square_needs_the_compact_dialect(tmp_path: Path) -> None:
    conv = f.FloatConv(
        name="c", inputs=("image",), weight=kernel(1, (2, 2, 3, 1)), bias=np.zeros(2)
    )
    with pytest.raises(
        UnsupportedOpError, match="a square kernel .* found 3x1. Write the compact dialect instead"
    ):
        write_nir(chain(conv), tmp_path / "g.nir")
    write_nir(chain(conv), tmp_path / "g.nir", dialect="compact")
    assert contents(read_nir(tmp_path / "g.nir")) == contents(chain(conv))


@pytest.mark.parametrize(("dialect", "kernel_size"), [("compact", (3, 2)), ("portable", (3, 3))])
def test_geometry_that_differs_per_axis_survives(
    tmp_path: Path, dialect: Dialect, kernel_size: tuple[int, int]
) -> None:
    conv = f.FloatConv(
        name="c", inputs=("image",), weight=kernel(1, (4, 1, *kernel_size)), bias=np.zeros(4),
        stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2,
    )  # fmt: skip
    graph = chain(conv, shape=(1, 2, 7, 6))
    write_nir(graph, tmp_path / "g.nir", dialect=dialect)
    assert contents(read_nir(tmp_path / "g.nir")) == contents(graph)
    stock = nir.read(tmp_path / "g.nir", type_check=dialect == "portable").nodes["c"]
    assert [tuple(x) for x in (stock.stride, stock.padding, stock.dilation)] == [
        (2, 1), (1, 0), (1, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["n#2", "."])
def test_a_name_that_is_taken_in_the_file_is_refused(tmp_path: Path, name: str) -> None:
    neuron = f.FloatNILIF(name="n", inputs=("image",), max_spike=2, decay=NO_DECAY)
    graph = chain(neuron, f.FloatScale(name=name, inputs=("n",), factor=0.5))
    with pytest.raises(UnsupportedOpError, match="a name free in the file"):
        write_nir(graph, tmp_path / "g.nir")


@pytest.mark.parametrize("key", ["spiketrack", "a/b", "", "."])
def test_a_metadata_key_that_cannot_be_kept_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="metadata key .* cannot be used"):
        write_nir(stateless(), tmp_path / "g.nir", metadata={key: "x"})


def test_an_unknown_dialect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dialect must be 'portable' or 'compact', not 'tiny'"):
        write_nir(stateless(), tmp_path / "g.nir", dialect="tiny")  # type: ignore[arg-type]


def test_a_folder_that_is_missing_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a place that can be written, found No such file"):
        write_nir(stateless(), tmp_path / "none" / "g.nir")
