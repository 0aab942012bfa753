"""NIR: a file that is damaged, too large or at odds with its own metadata is refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from conversion.from_nir import read_nir
from conversion.to_nir import write_nir
from spiketrack.errors import StoreError, UnsupportedOpError
from spiketrack.files.hdf5 import BoundedReader, Limits
from tests.conversion.nir_graphs import all_node_types, contents

NODES = "node/nodes"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_nir(all_node_types(), tmp_path / "g.nir")
    return tmp_path / "g.nir"


def put(file: h5py.File, name: str, data: Any) -> None:
    """Replaces one dataset."""
    del file[name]
    file[name] = data


def say(file: h5py.File, place: str, **changes: Any) -> None:
    """Changes entries of a JSON metadata text."""
    name = f"{place}/metadata/spiketrack"
    put(file, name, json.dumps({**json.loads(file[name][()]), **changes}))


def move_edge(file: h5py.File) -> None:
    edges = file["node/edges"][()]
    edges[0] = [b"image", b"up"]
    put(file, "node/edges", edges)


def double_edge(file: h5py.File) -> None:
    edges = file["node/edges"][()]
    put(file, "node/edges", np.concatenate([edges, edges[:1]]))


def spoil_zeros(file: h5py.File) -> None:
    file[f"{NODES}/encoder.conv.0/weight"][0, 3, 0, 0] = 1.0


def wrong_groups(file: h5py.File) -> None:
    say(file, f"{NODES}/encoder.conv.0", groups=3)


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), np.float64)
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (4,))
    del file[f"{NODES}/encoder.conv.0/bias"]
    file.create_virtual_dataset(f"{NODES}/encoder.conv.0/bias", layout)


def huge(file: h5py.File) -> None:
    del file[f"{NODES}/encoder.conv.0/bias"]
    file.create_dataset(f"{NODES}/encoder.conv.0/bias", (1 << 40,), np.float64, chunks=(1024,))


def unknown_filter(file: h5py.File) -> None:
    del file[f"{NODES}/encoder.conv.0/bias"]
    file.create_dataset(f"{NODES}/encoder.conv.0/bias", data=np.zeros(4), compression="lzf")


def link_out(file: h5py.File) -> None:
    del file[f"{NODES}/encoder.conv.0/bias"]
    file[f"{NODES}/encoder.conv.0/bias"] = h5py.ExternalLink("other.h5", "/x")


def edges_as_group(file: h5py.File) -> None:
    del file["node/edges"]
    file.create_group("node/edges")


CHANGES: list[tuple[Callable[[h5py.File], None], str]] = [
    (move_edge, "edges: needed those its metadata implies, found 2 edges that differ"),
    (double_edge, "edges: needed those its metadata implies"),
    (lambda f: put(f, "node/edges", 1.0), "'/node/edges': needed rows of 2 strings"),
    (lambda f: f.copy(f"{NODES}/spike#2", f"{NODES}/x"), "found 'x' in one of them only"),
    (lambda f: say(f, "node", order=["image"]), "needed an order of all its nodes"),
    (lambda f: say(f, "node", order=None), "needed a dialect and an order"),
    (lambda f: say(f, "node", dialect="x"), "needed a dialect and an order, found 'x'"),
    (lambda f: say(f, "node", format_version=1), "needed format version 2, found 1"),
    (lambda f: put(f, "node/metadata/spiketrack", "{"), "metadata: needed JSON, found Expecting"),
    (lambda f: put(f, "node/metadata/spiketrack", "["*9999), "metadata: needed JSON"),
    (lambda f: put(f, "node/metadata/spiketrack", "[]"), "needed a JSON object, found list"),
    (lambda f: say(f, f"{NODES}/up", factor=3), "a graph, found .* a power of two"),
    (lambda f: say(f, f"{NODES}/up", inputs=["none"]), "metadata that makes a graph"),
    (lambda f: say(f, f"{NODES}/up", steps=9), "node 'up': needed the Input its metadata implies"),
    (lambda f: put(f, f"{NODES}/spike#2/type", "Scale"), "needed the Threshold .* another Scale"),
    (lambda f: put(f, f"{NODES}/spike#2/threshold", np.full((4, 8, 8), 1.5, "f4")), "'spike#2'"),
    (lambda f: put(f, f"{NODES}/spike#2/threshold", np.float32(1.5)), "needed the Threshold"),
    (lambda f: put(f, f"{NODES}/gate/stride", np.array([2, 2])), "node 'gate': needed the Conv2d"),
    (spoil_zeros, "needed zeros between groups, found other weights"),
    (wrong_groups, "conv.0: needed 3 groups"),
    (virtual, "needed plain data, found external, virtual"),
    (unknown_filter, "needed plain data, found external, virtual, empty or unknown storage"),
    (link_out, "needed an entry of this file, found a link elsewhere"),
    (huge, "needed at most 2147483648 bytes, found 8796093022208 declared"),
    (lambda f: put(f, f"{NODES}/gate/bias", "text"), "'/node/nodes/gate/bias': needed numbers"),
    (lambda f: put(f, f"{NODES}/gate/type", 3), "type': needed one string, found int64"),
    (lambda f: f.move("node/edges", "node/lost"), "'/node/edges': needed an entry, found nothing"),
    (edges_as_group, "'/node/edges': needed a dataset, found a group"),
    (lambda f: put(f, "node", 1), "'/node': needed a group, found a dataset"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "match"), CHANGES, ids=[match for _, match in CHANGES])
def test_a_changed_file_is_refused(
    path: Path, change: Callable[[h5py.File], None], match: str
) -> None:
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(StoreError, match=match):
        read_nir(path)


def test_a_node_type_with_no_meaning_is_named_with_its_path(path: Path) -> None:
    with h5py.File(path, "a") as file:
        say(file, f"{NODES}/up", type="FloatTeleport")
    with pytest.raises(UnsupportedOpError, match="node 'up': .* found FloatTeleport"):
        read_nir(path)


def test_all_arrays_together_stay_within_the_limit(path: Path) -> None:
    with pytest.raises(StoreError, match="needed at most 9000 bytes in all, found"):
        read_nir(path, limits=Limits(total_bytes=9000))


@pytest.mark.parametrize(("groups", "needed"), [(1, 1 << 32), (2, 1 << 33)])
def test_bytes_that_stand_for_float64_count_as_float64(
    path: Path, groups: int, needed: int
) -> None:
    # 2**30 declared bytes that the file does not hold: with 2 groups half of them make a kernel.
    weight = f"{NODES}/encoder.conv.0/weight"
    with h5py.File(path, "a") as file:
        del file[weight]
        side = 1 << 15
        file.create_dataset(weight, (side, side, 1, 1), np.int8, chunks=(1024, 1024, 1, 1))
        file[f"{NODES}/encoder.conv.0/groups"][()] = groups
    assert path.stat().st_size < 1 << 20
    with pytest.raises(StoreError, match=f"needed at most 2147483648 bytes, found {needed}"):
        read_nir(path)


def test_what_reading_allocates_is_accounted_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged: list[tuple[str, int]] = []

    def charge(_: BoundedReader, parent: h5py.Group, name: str, n_bytes: int) -> None:
        charged.append((f"{parent.name}/{name}", n_bytes))

    monkeypatch.setattr(BoundedReader, "charge", charge)
    read_nir(path)
    conv = [(name.rpartition("/")[2], n) for name, n in charged if "encoder.conv.0" in name]
    # 4 outputs, 2 groups of 2 inputs, 3 x 3: the kernel, the file's dense one as a slab, the bias.
    assert conv == [("weight", 4 * 2 * 9 * 8), ("weight", 4 * 4 * 9 * 8), ("bias", 4 * 8)]


@pytest.mark.parametrize("length", [0, 100, 5000, 30_000])
def test_a_truncated_file_is_refused(path: Path, length: int) -> None:
    os.truncate(path, length)
    needed = "needed (a whole, readable HDF5 file|heaps inside the file)"
    with pytest.raises(StoreError, match=needed):
        read_nir(path)


def test_a_missing_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="HDF5 file, found No such file or directory"):
        read_nir(tmp_path / "none.nir")


def test_uniform_arrays_stored_as_numbers_are_read_too(path: Path) -> None:
    with h5py.File(path, "a") as file:
        put(file, f"{NODES}/spike#3/threshold", np.full((4, 8, 8), 2.5, np.float32))
    assert read_nir(path).name == "search"


def test_edges_are_read_row_by_row_where_the_limit_is_tight(path: Path) -> None:
    # The file has more than 4096 / 2 bytes, so one slice may hold one edge only.
    assert path.stat().st_size > 2048
    assert contents(read_nir(path, limits=Limits(dataset_bytes=4096))) == contents(all_node_types())
