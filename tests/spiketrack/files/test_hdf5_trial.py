"""A file that would kill the reader kills a child instead."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from conversion.nir_data import read_nir_data
from spiketrack.errors import SpiketrackError, StoreError
from spiketrack.files import hdf5_trial
from spiketrack.files.hdf5 import reading
from spiketrack.files.hdf5_trial import check_survives

DAMAGED = Path(__file__).resolve().parents[2] / "golden" / "damaged_hdf5"


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["a/numbers"] = [1, 2, 3]
        file["a/self"] = file["a"]
        file["words"] = "text"
        file["away"] = h5py.SoftLink("/nowhere")
    return path


def test_a_healthy_file_passes_loops_and_broken_links_included(healthy: Path) -> None:
    check_survives(str(healthy))


def test_what_python_can_catch_is_left_to_the_reader(tmp_path: Path) -> None:
    check_survives(str(tmp_path / "missing.h5"))
    with pytest.raises(StoreError, match="missing.h5"), reading(tmp_path / "missing.h5"):
        pass


def crash(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def loop(_: Any) -> None:
    while True:
        pass


def want(_: Any) -> None:
    bytearray(1 << 31)


@pytest.mark.parametrize(
    ("touch", "message"),
    [
        (crash, r"one on which the HDF5 library itself fails \(SIGSEGV\)"),
        (loop, "one on which the HDF5 library itself fails"),
        (want, "one that wants more than 512 MiB to be looked at"),
    ],
)
def test_a_crash_a_loop_and_greed_become_errors(
    healthy: Path, monkeypatch: pytest.MonkeyPatch, touch: Callable[[Any], None], message: str
) -> None:
    monkeypatch.setattr(hdf5_trial, "_touch", touch)
    monkeypatch.setattr(hdf5_trial, "_CPU_SECONDS", 1)
    with pytest.raises(StoreError, match=message):
        check_survives(str(healthy))


def test_a_group_that_cannot_be_listed_is_refused(
    healthy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Any) -> Any:
        raise RuntimeError("bad symbol table")

    monkeypatch.setattr(h5py.Group, "__iter__", fails)
    with pytest.raises(StoreError, match="a group whose members cannot be listed"):
        check_survives(str(healthy))


@pytest.mark.parametrize("name", ["attribute_a", "attribute_b", "group_table"])
def test_files_that_killed_a_reader_once_end_in_a_typed_error(name: str) -> None:
    with pytest.raises(SpiketrackError, match=f"{name}.nir"):
        read_nir_data(DAMAGED / f"{name}.nir", dt=1e-3)
