"""The machine that reads pickles: it builds plain values, runs nothing, and always ends soon."""

import argparse
import collections
import datetime
import decimal
import enum
import functools
import pathlib
import pickle
import re
import sys
import types
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spiketrack.errors import CheckpointError
from spiketrack.network import inert_unpickler, load_checkpoint
from spiketrack.network.archive import TorchArchive
from spiketrack.network.inert_unpickler import load_inert
from spiketrack.network.inert_values import Inert, kind_of
from tests.spiketrack.network.checkpoint_files import saved, state, with_pickle


class Colour(enum.Enum):
    """Stands for an enumeration of a training script."""

    RED = 1


class Deep(list[int]):
    """A list of a kind of its own."""


BESIDE: dict[str, Any] = {
    "defaultdict": collections.defaultdict(list, {"a": [1]}),
    "counter": collections.Counter("abca"),
    "deque": collections.deque([1, 2], maxlen=5),
    "types": {"float": float, "array": np.ndarray, "dtype": torch.float32, "exit": sys.exit},
    "functions": [print, len, re.sub, functools.reduce],
    "range": range(3),
    "slice": slice(1, 2),
    "imaginary": 1j,
    "namespace": argparse.Namespace(lr=1e-3, path=pathlib.PurePosixPath("a")),
    "simple": types.SimpleNamespace(a=1),
    "numpy": [np.float64(1.5), np.int32(2), np.bool_(True), np.str_("x"), np.arange(3)],
    "paths": [pathlib.Path("a"), pathlib.PureWindowsPath("b")],
    "times": [datetime.datetime(2024, 1, 1), datetime.timedelta(1), datetime.timezone.utc],
    "decimal": decimal.Decimal("1.5"),
    "uuid": uuid.UUID(int=5),
    "pattern": re.compile("a+"),
    "partial": functools.partial(int, base=2),
    "enum": Colour.RED,
    "sets": [{1, "a"}, frozenset({(1, 2), 3.5})],
    "keys": {(1, 2): 3, None: 4, 5: 6, b"x": 7, 0.5: 8, frozenset({1}): 9},
    "list": Deep([1, 2]),
    "torch": [torch.device("cpu"), torch.Size([2]), torch.nn.Linear(1, 1)],
    "complex": torch.ones(2, dtype=torch.complex64),
    "optimizer": torch.optim.AdamW([torch.zeros(2)]).state_dict(),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_objects_beside_the_weights_are_read_past(
    tmp_path: Path, name: str, protocol: int
) -> None:
    content = {"net": {"a": torch.arange(3.0)}, "extra": BESIDE[name]}
    torch.save(content, tmp_path / "a.pth", pickle_protocol=protocol)
    archive = TorchArchive(tmp_path / "a.pth")
    assert archive.shapes == {"a": (3,)}
    assert archive.read("a").tolist() == [0, 1, 2]
    archive.close()


@pytest.mark.slow
def test_a_checkpoint_with_all_of_them_is_loaded(tmp_path: Path) -> None:
    loaded = load_checkpoint(saved(tmp_path, {"net": state(), **BESIDE}))
    assert loaded.variant.name == "tiny128-t1"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_come_as_they_were_written(protocol: int) -> None:
    value: dict[Any, Any] = {
        "a": [1, -2, 2**31, 2**70, -(2**2000), 1.5, None, True, False, "\N{GREEK SMALL LETTER MU}"],
        "b": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        3: {"nested": [{}, []]},
    }
    if protocol > 2:  # older ones write bytes as a call
        value["c"] = [b"x", b"y" * 300]
    assert load_inert(pickle.dumps(value, protocol), "file") == value


def test_what_was_built_once_is_shared() -> None:
    shared: list[Any] = [1]
    value = load_inert(pickle.dumps([shared, shared]), "file")
    assert isinstance(value, list)
    assert value[0] is value[1]
    loop: list[Any] = []
    loop.append(loop)
    read = load_inert(pickle.dumps(loop), "file")
    assert isinstance(read, list)
    assert read[0] is read


def _keys(data: bytes) -> list[Any]:
    """The keys of the dict that a pickle makes."""
    made = load_inert(data, "file")
    assert isinstance(made, dict)
    return list(made)


def _shared_tuples(depth: int) -> bytes:
    """A tuple of two tuples of two tuples ..., in three bytes for each level."""
    return b"\x80\x04)" + b"2\x86" * depth


def test_nested_shared_tuples_as_keys_take_no_time() -> None:
    data = b"\x80\x04}" + _shared_tuples(100)[2:] + b"Ns."
    assert len(data) < 245
    (key,) = _keys(data)
    assert kind_of(key) == "tuple"
    member = b"\x80\x04\x8f(" + _shared_tuples(100)[2:] + b"\x90."
    assert kind_of(load_inert(member, "file")) == "set"
    frozen = b"\x80\x04(" + _shared_tuples(100)[2:] + b"\x91."
    assert kind_of(load_inert(frozen, "file")) == "set"


@pytest.mark.slow
def test_a_tuple_a_million_deep_is_read_past(tmp_path: Path) -> None:
    deep = b")" + b"\x85" * 10**6
    data = b"\x80\x02}(X\x03\0\0\0net}" + deep + b"K\x01u."
    archive = TorchArchive(with_pickle(tmp_path, data))
    assert archive.shapes == {}
    (key,) = _keys(b"\x80\x02}" + deep + b"Ns.")
    assert isinstance(key, Inert)


def test_a_key_that_is_no_plain_one_among_the_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="by name, found a tuple with a StoredTensor"):
        TorchArchive(saved(tmp_path, {"net": {(1, 2): torch.zeros(1)}}))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\x80\x02" + b"N0" * 600 + b"N.", "more than 1000 instructions"),
        (b"I" + b"1" * (1 << 16) + b"\n.", "a line of more than 65536 bytes"),
        (b"\x80\x02\x82\x01.", "the instruction EXT1, which torch never writes"),
        (b"Pevil\n.", "the instruction PERSID, which torch never writes"),
        (b"\x80\x02.", "list index out of range"),
        (b"\x80\x02(.", "a mark where a value must be"),
        (b"\x80\x02].N", None),
        (b"\x80\x02(\x85.", "a mark where a value must be"),
        (b"\x80\x02}(Nu.", "a key without a value"),
        (b"\x80\x02)Na.", "only lists grow"),
        (b"\x80\x02)NNs.", "only dicts take entries"),
        (b"\x80\x02NN\x93.", "a name must be a text"),
        (b"\x80\x02N)R.", "a NoneType is called"),
        (b"\x80\x02ccollections\nOrderedDict\n](Nee\x85R.", "pop from empty list"),
        (b"\x80\x02ccollections\nOrderedDict\n]Na\x85R.", "built from one list of pairs"),
        (b"\x80\x02h\x05.", "5"),
    ],
)
def test_malformed_pickles_are_refused(
    data: bytes, found: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inert_unpickler, "MAX_OPCODES", 1000)
    if found is None:
        assert load_inert(data, "file") == []
        return
    with pytest.raises((ValueError, TypeError, LookupError), match=found):
        load_inert(data, "file")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02cos\nsystem\nX\x01\0\0\0a\x85R.",
        b"\x80\x02cos\nsystem\nX\x01\0\0\0a\x85\x81.",
        b"\x80\x04cos\nsystem\nX\x01\0\0\0a\x85}\x92.",
        b"(cos\nsystem\nS'a'\no.",
        b"(S'a'\nios\nsystem\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01a\x85R.",
    ],
    ids=["REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "STACK_GLOBAL"],
)
def test_no_instruction_calls_what_could_run_code(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="found a call of os.system, which could run code"):
        load_inert(data, "file")


def test_a_name_that_is_only_mentioned_is_a_stand_in() -> None:
    value = load_inert(pickle.dumps([sys.exit, exec]), "file")
    assert isinstance(value, list)
    assert [kind_of(one) for one in value] == ["exit", "exec"]
    assert kind_of(load_inert(b"\x80\x02cm\nA.B\n)R)R.", "file")) == "B"


FLOAT8 = [name for name in ("float8_e4m3fn", "float8_e5m2") if hasattr(torch, name)]


@pytest.mark.parametrize("name", [*FLOAT8, "bfloat16", "float16", "float64", "int16"])
def test_every_type_of_number_is_read(tmp_path: Path, name: str) -> None:
    tensor = torch.arange(6).to(getattr(torch, name)).reshape(2, 3).t()
    torch.save({"net": {"a": tensor}}, tmp_path / "a.pth")
    read = TorchArchive(tmp_path / "a.pth").read("a")
    assert read.dtype == tensor.dtype
    assert torch.equal(read.to(torch.float64), tensor.to(torch.float64))
    assert read.shape == (3, 2)


UNTYPED = b"(X\x07\0\0\0storagectorch.storage\nUntypedStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x06tQ"


@pytest.mark.parametrize(
    ("dtype", "found"),
    [
        (b"ctorch\nfloat1\n", "a storage of bytes needs a known type, not float1"),
        (b"cother\nfloat32\n", "a storage of bytes needs a known type, not float32"),
        (b"ctorch\nfloat32\n", "a storage of bytes needs a known type, not float32"),
        (b"N", "a storage of bytes needs a known type, not NoneType"),
    ],
    ids=["unknown", "other module", "6 bytes", "none"],
)
def test_a_storage_of_bytes_needs_a_type_it_holds(dtype: bytes, found: str) -> None:
    build = b"\x80\x02ctorch._utils\n_rebuild_tensor_v3\n("
    data = build + UNTYPED + b"K\0K\x01\x85K\x01\x85\x89}" + dtype + b"tR."
    with pytest.raises(TypeError, match=found):
        load_inert(data, "file")
