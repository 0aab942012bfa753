"""Files that are no checkpoints, are damaged, or mean harm."""

import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spiketrack.errors import CheckpointError
from spiketrack.network import load_checkpoint
from spiketrack.network.archive import TorchArchive
from spiketrack.network.inert_values import StoredStorage, StoredTensor
from tests.spiketrack.network.checkpoint_files import (
    Rebuilt,
    description,
    edited,
    saved,
    state,
    with_pickle,
)


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


class Settings:
    """Stands for a training class this project does not know."""

    def __init__(self) -> None:
        self.lr = 1e-4

    def __setstate__(self, state: dict[str, Any]) -> None:
        raise RuntimeError("restored")


@pytest.mark.parametrize("beside", [True, False])
def test_a_pickle_that_would_make_a_folder_does_not(tmp_path: Path, beside: bool) -> None:
    trap = tmp_path / "trap"
    attack = Calls(os.mkdir, str(trap))
    path = saved(tmp_path, {"net": state() if beside else attack, "epoch": attack})
    torch.load(path, weights_only=False)  # the attack is real: plain torch makes the folder
    assert trap.is_dir()
    trap.rmdir()
    with pytest.raises(CheckpointError, match=r"a call of \w+\.mkdir, which could run code"):
        load_checkpoint(path)
    assert not trap.exists()


@pytest.mark.parametrize("function", [exec, eval, getattr, __import__, os.system, os.popen])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_no_protocol_reaches_pythons_own_functions(
    tmp_path: Path, function: Callable[..., Any], protocol: int
) -> None:
    trap = tmp_path / "trap"
    data = pickle.dumps({"net": Calls(function, f"open({str(trap)!r}, 'w')")}, protocol)
    with pytest.raises(CheckpointError, match="which could run code"):
        load_checkpoint(with_pickle(tmp_path, data))
    assert not trap.exists()


def test_unknown_classes_beside_the_weights_stay_inert(tmp_path: Path) -> None:
    extra = {
        "settings": Settings(),
        "optimizer": torch.optim.AdamW([torch.zeros(2)]).state_dict(),
        "best": np.float64(0.7),
        "history": np.arange(3),
        "call": Calls(torch.hub.load, "a", "b"),
        "seen": {1, 2},
    }
    network = load_checkpoint(saved(tmp_path, {"net": state(), **extra}))
    assert network.variant.name == "tiny128-t1"


def test_unknown_classes_among_the_weights_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": {**state(), "encoder.x": Settings()}})
    with pytest.raises(CheckpointError, match="found 'encoder.x' with a Settings"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match="found a int with a StoredTensor"):
        load_checkpoint(saved(tmp_path, {"net": {7: torch.zeros(1)}}))


def test_a_pickle_cannot_alter_the_builders(tmp_path: Path) -> None:
    # GLOBAL builder, EMPTY_DICT with one item, BUILD: an assignment to the builder's attributes
    data = b"ctorch._utils\n_rebuild_tensor_v2\n(dX\x06\x00\x00\x00_buildK\x01sb."
    with pytest.raises(CheckpointError, match="needed a readable description"):
        load_checkpoint(with_pickle(tmp_path, data))
    slots = b"ctorch._utils\n_rebuild_tensor_v2\nN(dX\x06\x00\x00\x00_buildK\x01s\x86b."
    with pytest.raises(CheckpointError, match="needed a readable description"):
        load_checkpoint(with_pickle(tmp_path, slots))
    assert load_checkpoint(saved(tmp_path, {"net": state()})).variant.name == "tiny128-t1"


STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ"
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"K\0K\x04\x85K\x01\x85\x89}tR"
"""Opcodes that push a storage of four float32, and a tensor of all four."""


@pytest.mark.parametrize(
    ("checked", "kind"),
    [
        (b"ctorch\nFloatStorage\n", "FloatStorage"),
        (STORAGE, "StoredStorage"),
        (TENSOR, "StoredTensor"),
    ],
    ids=["class", "storage", "tensor"],
)
@pytest.mark.parametrize(
    "state",
    [
        b"](X\x04\0\0\0loadX\x01\0\0\x000K\x04e",  # a list of fields: what dataclasses restore
        b"}(X\x05\0\0\0dtypeX\x04\0\0\0loadu",  # a dict of attributes
        b"N}(X\x06\0\0\0offsetJ\xff\xff\xff\xffu\x86",  # a dict of slots: offset -1
    ],
    ids=["fields", "attributes", "slots"],
)
def test_a_pickle_cannot_alter_what_was_checked(
    tmp_path: Path, checked: bytes, kind: str, state: bytes
) -> None:
    data = b"\x80\x02" + checked + state + b"b."  # BUILD
    with pytest.raises(CheckpointError, match=f"found a pickle may not alter a {kind}"):
        TorchArchive(with_pickle(tmp_path, data))


def test_the_tensor_of_these_opcodes_is_good_unaltered(tmp_path: Path) -> None:
    data = b"\x80\x02}X\x03\0\0\0net}X\x01\0\0\0a" + TENSOR + b"ss."
    numbers = np.arange(4, dtype=np.float32)
    archive = TorchArchive(with_pickle(tmp_path, data, m0=numbers.tobytes()))
    assert archive.read("a").tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (StoredTensor(StoredStorage("0", "load", 4), 0, (4,), (1,)), "a known type for tensor 'a'"),
        (StoredTensor(StoredStorage("0", "float32", 4), -1, (4,), (1,)), "with plain sizes"),
        (StoredTensor(StoredStorage("0", "float32", 4), 0, (-4,), (1,)), "with plain sizes"),
        (StoredTensor(StoredStorage("0", "float32", 4), 0, (4,), (-1,)), "with plain sizes"),
        (StoredTensor(StoredStorage("0", "float32", 4), 0, (4, 1), (1,)), "with plain sizes"),
    ],
    ids=["type", "offset", "size", "stride", "rank"],
)
def test_reading_checks_a_description_again(
    tmp_path: Path, tensor: StoredTensor, message: str
) -> None:
    path = with_pickle(tmp_path, description({"net": {}}), m0=bytes(16))
    archive = TorchArchive(path)
    archive._tensors["a"] = tensor
    with pytest.raises(CheckpointError, match=message):
        archive.read("a")


def listed_pairs(n_pairs: int, n_dicts: int) -> bytes:
    """A pickle that builds this many ordered dicts from one list of pairs."""
    pairs = b"".join(b"M" + k.to_bytes(2, "little") + b"N\x86" for k in range(n_pairs))
    builder = b"ccollections\nOrderedDict\nq\x01"
    dicts = b"(" + b"h\x01h\x00\x85R" * n_dicts + b"t"
    return b"\x80\x02](" + pairs + b"eq\x00" + builder + dicts + b"."


def test_ordered_dicts_of_python_2_are_read(tmp_path: Path) -> None:
    pairs = b"](](X\x01\0\0\0aNee"  # [["a", None]]
    order = b"ccollections\nOrderedDict\n" + pairs + b"\x85R"
    data = b"\x80\x02}X\x03\0\0\0net" + order + b"s."
    with pytest.raises(CheckpointError, match="found 'a' with a NoneType"):
        TorchArchive(with_pickle(tmp_path, data))


def test_one_list_cannot_fill_many_dicts(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="found a tuple"):  # 65,000 entries are read
        TorchArchive(with_pickle(tmp_path, listed_pairs(1000, 65)))
    with pytest.raises(CheckpointError, match="found more than 65536 entries of ordered dicts"):
        TorchArchive(with_pickle(tmp_path, listed_pairs(1000, 66)))


@pytest.mark.parametrize("arguments", [b"}\x85", b"]]\x86", b"K\x01\x85"], ids=["dict", "two", "1"])
def test_ordered_dicts_of_anything_else_are_refused(tmp_path: Path, arguments: bytes) -> None:
    data = b"\x80\x02ccollections\nOrderedDict\n" + arguments + b"R."
    with pytest.raises(CheckpointError, match="an ordered dict is built from one list of pairs"):
        TorchArchive(with_pickle(tmp_path, data))


def test_a_file_cannot_name_classes_without_end(tmp_path: Path) -> None:
    names = b"".join(b"cm\nC%d\n0" % k for k in range(4097))
    with pytest.raises(CheckpointError, match="found more than 4096 names"):
        TorchArchive(with_pickle(tmp_path, b"\x80\x02" + names + b"N."))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x80\x02r\xff\xff\xff\x7f.", "list index out of range"),  # LONG_BINPUT of nothing
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.", "found"),  # BYTEARRAY8 of 2**40
        (b"\x80\x02}q\x00X", "found"),
        (b"", "found"),
    ],
    ids=["memo", "bytearray", "cut", "empty"],
)
def test_malformed_descriptions_are_refused_cheaply(
    tmp_path: Path, data: bytes, found: str
) -> None:
    with pytest.raises(CheckpointError, match=f"needed a readable description of tensors.*{found}"):
        load_checkpoint(with_pickle(tmp_path, data))


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (Rebuilt(10**12, 0, (4,), (1,)), "needed 4000000000000 bytes for tensor 'a', found 16"),
        (Rebuilt(4, 0, (4,), (1,), key="9"), "needed 16 bytes for tensor 'a', found none"),
        (Rebuilt(4, 1, (4,), (1,)), "inside its storage of 4 elements, found 4 elements up to"),
        (Rebuilt(4, 0, (10**9,), (0,)), "inside its storage of 4 elements, found 1000000000"),
        (Rebuilt(4, 0, (2, 2), (3, 1)), "found 4 elements up to position 4"),
        (Rebuilt(4, 0, (2**47, 2**47, 0), (0, 0, 0)), "tensor 'a' of a size torch can hold"),
    ],
    ids=["storage too large", "no storage", "offset", "expanded", "strides", "empty"],
)
def test_tensors_larger_than_their_storage_are_refused(
    tmp_path: Path, tensor: Rebuilt, message: str
) -> None:
    path = with_pickle(tmp_path, description({"net": {"a": tensor}}), m0=bytes(16))
    with pytest.raises(CheckpointError, match=message):
        TorchArchive(path).read("a")


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (Rebuilt(4, -1, (4,), (1,)), "a tensor needs a storage and a non-negative offset"),
        (Rebuilt(4, 0, (-4,), (1,)), "tuple of small non-negative integers"),
        (Rebuilt(4, 0, (4, 1), (1,)), "a tensor needs as many strides as sizes"),
        (Rebuilt("4", 0, (4,), (1,)), "a storage needs a known class, a key and a size"),
        (Rebuilt(4, 0, (1,) * 65, (1,) * 65), "a tensor has at most 64 dimensions, not 65"),
    ],
    ids=["offset", "size", "rank", "numel", "dimensions"],
)
def test_descriptions_of_no_tensor_are_refused(
    tmp_path: Path, tensor: Rebuilt, message: str
) -> None:
    path = with_pickle(tmp_path, description({"net": {"a": tensor}}), m0=bytes(16))
    with pytest.raises(CheckpointError, match=message):
        TorchArchive(path)


def test_a_persistent_id_of_no_storage_is_refused(tmp_path: Path) -> None:
    data = b"\x80\x02X\x04\x00\x00\x00evilQ."  # BINPERSID of a string
    with pytest.raises(CheckpointError, match="a persistent id must name a storage"):
        TorchArchive(with_pickle(tmp_path, data))


def test_an_empty_tensor_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": {"a": torch.zeros(0, 3)}})
    assert TorchArchive(path).read("a").shape == (0, 3)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_text("hello")
    with pytest.raises(CheckpointError, match=r"needed a checkpoint .*, found something else"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match="needed a readable file, found"):
        load_checkpoint(tmp_path / "absent.pth")


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": state()})
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(CheckpointError, match="found a truncated one"):
        load_checkpoint(path)


def test_the_old_formats_are_named(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save({"net": state()}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"found the format of PyTorch before 1\.6\. Load"):
        load_checkpoint(path)
    with tarfile.open(tmp_path / "older.pth.tar", "w") as file:
        file.add(path, "storages")
    with pytest.raises(CheckpointError, match=r"found the format of PyTorch before 1\.6"):
        load_checkpoint(tmp_path / "older.pth.tar")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"state_dict": {}, "epoch": 3}, "found one with 2 keys: 'state_dict', 'epoch'"),
        ([1, 2], "found a list"),
        ({"net": 3}, "found one with 1 keys: 'net'"),
    ],
)
def test_a_file_without_a_state_dict_says_what_it_has(
    tmp_path: Path, content: Any, found: str
) -> None:
    with pytest.raises(CheckpointError, match=f"needed a dictionary with a state dict.*{found}"):
        load_checkpoint(saved(tmp_path, content))


def test_a_damaged_tensor_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": {"a": torch.full((1000,), 1.5)}})
    data = path.read_bytes()
    number = np.float32(1.5).tobytes()
    path.write_bytes(data.replace(number * 4, number * 3 + b"\0\0\0\0", 1))
    with pytest.raises(CheckpointError, match="needed member '.*/data/0' intact, found Bad CRC"):
        TorchArchive(path).read("a")


def test_a_compressed_archive_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": {"a": torch.zeros(10**6)}})
    packed = edited(path, lambda _, data: data, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="compressed ones, 4000"):
        load_checkpoint(packed)


def test_an_archive_without_a_description_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as file:
        file.writestr("word/document.xml", "hello")
    with pytest.raises(CheckpointError, match=r"needed one data\.pkl, as torch\.save writes"):
        load_checkpoint(tmp_path / "a.pth")


def test_big_endian_numbers_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": {"a": torch.zeros(2)}})
    turned = edited(path, lambda n, data: b"big" if n.endswith("/byteorder") else data)
    with pytest.raises(CheckpointError, match="needed little-endian numbers"):
        load_checkpoint(turned)


def test_an_oversized_description_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spiketrack.network.archive.MAX_PICKLE_BYTES", 100)
    with pytest.raises(CheckpointError, match="needed a description of at most 100 bytes"):
        load_checkpoint(saved(tmp_path, {"net": state()}))


def test_a_member_whose_own_name_is_no_text_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": state()})
    data = bytearray(path.read_bytes())
    header = data.index(b"PK\x03\x04")  # of data.pkl, which torch.save writes first
    data[header + 7] |= 0x08  # the flag that says: the name is UTF-8
    data[header + 30] = 0x80
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"needed member '.*data\.pkl' intact, found 'utf-8'"):
        TorchArchive(path)
