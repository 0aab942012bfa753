"""NIR and NIRData files of a few kilobytes that describe gigabytes: refused before any is taken."""

from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from conversion.from_nir import read_nir
from conversion.nir_data import read_nir_data
from spiketrack.errors import ObstacleError, SpiketrackError, StoreError
from spiketrack.files.hdf5 import BoundedReader, Limits
from tests.conversion.nir_files import SHAPE, chain, conv, lif, save
from tests.conversion.raw_nir import ends, write_chain
from tests.memory import MIB, append_hole, ceiling

SMALL_FILE_BYTES = 32_000
SIDE = 1 << 13
MANY = SIDE * SIDE
"""67,108,864 numbers."""


def refused(path: Path, match: str, error: type[SpiketrackError] = StoreError) -> None:
    assert path.stat().st_size < SMALL_FILE_BYTES
    with ceiling(), pytest.raises(error, match=match):
        read_nir(path)


def filled(group: h5py.Group, name: str, shape: tuple[int, ...], kind: Any = np.float32) -> None:
    """A dataset of one value, of which nothing is stored."""
    group.create_dataset(name, shape=shape, dtype=kind, fillvalue=kind(1), chunks=True)


BUDGET = "needed at most 2[0-9]{8} bytes in all, found [0-9]+ with this entry"
"""A quarter of a gibibyte and a little more."""
DATASET = f"needed at most {2 << 30} bytes, found [0-9]+ declared"
STORED = "needed numbers that are stored, .* found 0 stored for [0-9]+ declared"


@pytest.mark.parametrize("kind", [np.float32, np.int8])
def test_weights_by_fill_value_are_refused(tmp_path: Path, kind: Any) -> None:
    before, behind = ends((SIDE,), (SIDE,))
    nodes = {"in": before, "w": {"type": "Linear"}, "out": behind}
    path = write_chain(tmp_path / "x.nir", nodes)
    with h5py.File(path, "a") as file:
        filled(file["node/nodes/w"], "weight", (SIDE, SIDE), kind)
    refused(path, f"weight': {BUDGET}")


def test_parameters_of_neurons_by_fill_value_are_refused(tmp_path: Path) -> None:
    shape = (1, SIDE, SIDE)
    before, behind = ends(shape, shape)
    nodes = {"in": before, "n": {"type": "IF"}, "out": behind}
    path = write_chain(tmp_path / "x.nir", nodes)
    with h5py.File(path, "a") as file:
        for name in ("r", "v_threshold", "v_reset"):
            filled(file["node/nodes/n"], name, shape)
    refused(path, f"': {BUDGET}")


def test_an_array_that_is_not_stored_is_refused_under_any_limit(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", nir.Linear(np.eye(2)), shape=(2,))
    with h5py.File(path, "a") as file:
        del file["node/nodes/n0/weight"]
        filled(file["node/nodes/n0"], "weight", (SIDE, SIDE), np.int64)
    with h5py.File(path) as file:
        large = MANY * 2000  # as if much else were stored
        reader = BoundedReader(file, "file 'x'", large, Limits())
        reader._budget.limit_bytes = large
        match = f"1100 bytes of them in one at most, found 0 stored for {8 * MANY} declared"
        with ceiling(), pytest.raises(StoreError, match=match):
            reader.array(file["node/nodes/n0"], "weight")


def test_a_node_of_many_channels_is_refused(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", lif(1), shape=(1 << 28,))
    refused(path, "node 'in': an Input of 268435456 numbers a step", ObstacleError)


def test_a_pool_over_many_channels_is_refused(tmp_path: Path) -> None:
    pool = nir.SumPool2d(np.array([5, 5]), np.array([1, 1]), np.array([0, 0]))
    path = chain(tmp_path / "x.nir", pool, shape=(1 << 18, 5, 5))
    refused(path, "one kernel for 262144 channels makes 6553600 weights", ObstacleError)


def test_padding_beyond_the_kernels_reach_is_refused(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", conv(padding=1 << 16))
    needed = r"node 'n0'.*padding.*at most \(8, 8\), as far as its kernel reaches"
    refused(path, needed, ObstacleError)


def test_padding_within_the_reach_of_a_spread_kernel_is_bounded_too(tmp_path: Path) -> None:
    path = chain(tmp_path / "x.nir", conv(padding=1 << 16, dilation=1 << 15))
    refused(path, "node 'n0'.* at most 67108864 numbers a step", ObstacleError)


def test_paths_of_deep_groups_with_long_names_are_accounted_for(tmp_path: Path) -> None:
    """Thirty graphs inside one another and 100 nodes in the last: paths of 30 MB in all."""
    path = save(tmp_path / "x.nir", {"n": nir.Scale(np.ones(2))}, [("in", "n")], (2,))
    with h5py.File(path, "a") as file:
        graph = file["node"]
        node = graph["nodes/n"]
        for depth in range(30):
            graph = graph["nodes"].create_group(f"{depth:02}" + "g" * 10_000)
            graph.create_dataset("type", data="NIRGraph", dtype=h5py.string_dtype())
            graph.create_group("nodes")
        for i in range(100):
            graph["nodes"][f"n{i}"] = node
    needed = f"names of nodes: needed at most {16 * MIB} bytes in all"
    with ceiling(), pytest.raises(StoreError, match=needed):
        read_nir(path, limits=Limits(total_bytes=16 * MIB))


def data_file(path: Path, kind: str, shape: tuple[int, ...], **attributes: Any) -> Path:
    """A NIRData file of one observable, its arrays by fill value."""
    fields: dict[str, dict[str, Any]] = {"TimeGriddedData": {"data": np.float32}}
    fields["EventData"] = {"idx": np.int64, "time": np.float32}
    fields["ValuedEventData"] = {**fields["EventData"], "value": np.float32}
    with h5py.File(path, "w") as file:
        file.attrs["__type__"] = "NIRGraphData"
        node = file.create_group("nodes/n")
        node.attrs["__type__"] = "NIRNodeData"
        group = node.create_group("observables/spikes")
        group.attrs["__type__"] = kind
        group.attrs.update(attributes)
        for name, dtype in fields[kind].items():
            filled(group, name, shape, dtype)
    assert path.stat().st_size < SMALL_FILE_BYTES
    return path


EVENTS = {"n_neurons": 4, "t_max": 1.0}


@pytest.mark.parametrize(
    ("kind", "shape", "attributes"),
    [
        ("TimeGriddedData", (1, 4, MANY), {"dt": 1e-3}),
        ("EventData", (1, MANY), EVENTS),
        ("ValuedEventData", (1, MANY), EVENTS),
        ("EventData", (1, 2), {"n_neurons": 1 << 28, "t_max": 1.0}),
        ("EventData", (1, 2), {"n_neurons": 2, "t_max": 1e6}),
    ],
    ids=["gridded", "events", "valued events", "many neurons", "many steps"],
)
def test_recordings_by_fill_value_are_refused(
    tmp_path: Path, kind: str, shape: tuple[int, ...], attributes: dict[str, Any]
) -> None:
    path = data_file(tmp_path / "x.h5", kind, shape, **attributes)
    with ceiling(), pytest.raises(StoreError, match=f"': ({BUDGET}|{DATASET}|{STORED})"):
        read_nir_data(path, dt=1e-3)


def test_a_file_that_is_mostly_a_hole_is_refused_at_once(tmp_path: Path) -> None:
    path = append_hole(chain(tmp_path / "x.nir", conv(), shape=SHAPE), 1 << 40)
    with ceiling(), pytest.raises(StoreError, match="1[0-9]{12}, most of them a hole"):
        read_nir(path)
