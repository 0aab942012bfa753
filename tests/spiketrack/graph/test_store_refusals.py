"""The store: a file that is damaged, foreign, newer or too large is refused with a reason."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spiketrack.errors import StoreError
from spiketrack.files.hdf5 import Limits
from spiketrack.files.seal import BLOCK_BYTES, seal_block
from spiketrack.graph.store import FORMAT, FORMAT_VERSION, load_model, save_model
from tests.spiketrack.graph.spike_samples import sample_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_model(tmp_path / "m.stk", sample_model())
    return tmp_path / "m.stk"


def put(file: h5py.File, name: str, value: Any) -> None:
    """Replaces one JSON text, or one array."""
    if not isinstance(value, np.ndarray):
        value = np.frombuffer(json.dumps(value).encode(), np.uint8)
    del file[name]
    file[name] = value


def say(file: h5py.File, node: int, **changes: Any) -> None:
    """Changes fields of one node's record."""
    structure = json.loads(file["structure"][()].tobytes())
    record = structure[0]["nodes"][node]
    record.update(changes)
    structure[0]["nodes"][node] = {key: x for key, x in record.items() if x is not None}
    put(file, "structure", structure)


def reseal(path: Path, kind: str = FORMAT, version: int = FORMAT_VERSION) -> None:
    """Makes the seal fit the bytes again, as a forger would."""
    rest = path.read_bytes()[BLOCK_BYTES:]
    path.write_bytes(seal_block(kind, version, rest) + rest)


WEIGHTS = "arrays/0.00002.weight_q"
CHANGES: list[tuple[Callable[[h5py.File], Any], str]] = [
    (lambda f: put(f, "sha256", "0" * 64), "give the recorded sha256, found changed ones"),
    (lambda f: f[WEIGHTS].__setitem__((0, 0, 0, 0), 5), "recorded sha256, found changed ones"),
    (lambda f: put(f, "variant", {"name": "x"}), "recorded sha256, found changed ones"),
    (lambda f: put(f, "variant", [1]), "'variant'.*needed a dictionary, found another value"),
    (lambda f: put(f, "report", np.frombuffer(b"{", np.uint8)), "'report'.*needed JSON"),
    (lambda f: put(f, "structure", {}), "'structure'.*needed lists, found dict"),
    (lambda f: put(f, "structure", [1]), "'structure'.*needed named graphs"),
    (lambda f: put(f, "structure", [{"name": "g"}]), "'structure'.*needed lists, found NoneType"),
    (lambda f: put(f, "structure", [{"name": "g", "nodes": [1]}]), "a dictionary, found int"),
    (lambda f: f.create_dataset("arrays/x", data=1), r"'arrays'.*needed \d+ arrays, found \d+"),
    (lambda f: f.pop(WEIGHTS), "0.00002.weight_q': needed an entry, found nothing"),
    (lambda f: put(f, WEIGHTS, np.zeros((8, 2, 3, 3))), "needed int8 of rank 4, found float64"),
    (lambda f: say(f, 2, type="FloatConv"), "needed a type among SpikeInput, .* 'FloatConv'"),
    (lambda f: say(f, 2, type=["SpikeConv"]), "needed a type among"),
    (lambda f: say(f, 2, stride="1"), r"Conv\), stride: needed tuple\[int, int\], found '1'"),
    (lambda f: say(f, 2, stride=1), r"stride: needed tuple\[int, int\], found 1"),
    (lambda f: say(f, 2, stride=[1, True]), r"stride: needed .*, found \[1, True\]"),
    (lambda f: say(f, 2, stride=[0, 1]), r"'conv', stride: needed two integers >= 1, rows and"),
    (lambda f: say(f, 2, groups="1"), r"\(SpikeConv\), groups: needed int, found '1'"),
    (lambda f: say(f, 2, groups=True), r"groups: needed int, found True"),
    (lambda f: say(f, 2, inputs="image"), r"inputs: needed .*, found 'image'"),
    (lambda f: say(f, 2, extra=1), r"'conv' \(SpikeConv\): needed the fields name, inputs"),
    (lambda f: say(f, 2, padding=None), r"'conv' \(SpikeConv\): needed the fields name, inputs"),
    (lambda f: say(f, 0, signal="smoke"), r"signal: needed .*'image', .*, found 'smoke'"),
    (lambda f: say(f, 0, shape=[1, 4, 8]), r"shape: needed .*, found \[1, 4, 8\]"),
    (lambda f: say(f, 0, scale="x"), r"scale: needed float, found 'x'"),
    (lambda f: say(f, 2, inputs=["late"]), "graphs that keep the law, .*no 'late'"),
    (lambda f: say(f, 9, heads=0), "needed graphs that keep the law, found node .kTv., heads"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "match"), CHANGES, ids=range(len(CHANGES)))
def test_a_changed_file_is_refused(
    path: Path, change: Callable[[h5py.File], None], match: str
) -> None:
    with h5py.File(path, "a") as file:
        change(file)
    reseal(path)
    with pytest.raises(StoreError, match=match):
        load_model(path)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_file_is_refused(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(StoreError, match="bytes it was sealed with, found damaged or truncated"):
        load_model(path)


def test_any_flipped_byte_is_noticed_before_hdf5_reads_the_file(path: Path) -> None:
    whole = path.read_bytes()
    for position in (0, 20, 60, 100, 511, 512, 520, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        with pytest.raises(StoreError, match="damaged"):
            load_model(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 4000])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.stk").write_bytes(content)
    with pytest.raises(StoreError, match="needed a 'spiketrack-model' file, found another one"):
        load_model(tmp_path / "m.stk")


@pytest.mark.parametrize(("version", "who"), [(1, "An older"), (3, "A newer")])
def test_a_file_of_another_version_is_refused(path: Path, version: int, who: str) -> None:
    reseal(path, version=version)
    match = f"needed format version 2, found {version}. {who} spiketrack wrote it"
    with pytest.raises(StoreError, match=match):
        load_model(path)


def test_a_sealed_file_of_another_kind_is_refused(path: Path) -> None:
    reseal(path, kind="spiketrack-other")
    with pytest.raises(StoreError, match="needed a 'spiketrack-model' file, found another one"):
        load_model(path)


def test_a_seal_around_no_hdf5_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.stk").write_bytes(bytes(BLOCK_BYTES) + b"hello")
    reseal(tmp_path / "m.stk")
    with pytest.raises(StoreError, match="needed a whole, readable HDF5 file"):
        load_model(tmp_path / "m.stk")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match="a file that can be read, found No such file or directory"
    ):
        load_model(tmp_path / "none.stk")


def test_a_declared_size_is_checked_before_it_is_allocated(path: Path) -> None:
    with pytest.raises(StoreError, match=r"needed at most 1000 bytes, found \d+ declared"):
        load_model(path, limits=Limits(dataset_bytes=1000))
    with pytest.raises(StoreError, match="needed at most 3000 bytes in all, found"):
        load_model(path, limits=Limits(total_bytes=3000))


def test_a_text_of_many_megabytes_is_refused_unread(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["report"]
        file.create_dataset("report", (1 << 27,), np.uint8, chunks=(1 << 20,))
    reseal(path)
    with pytest.raises(StoreError, match="at most 67108864 bytes of text, found 134217728"):
        load_model(path)
