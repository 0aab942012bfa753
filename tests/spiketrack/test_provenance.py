"""Hashes and provenance: known values, what must not matter, and what must."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketrack import __version__
from spiketrack.errors import SpiketrackError
from spiketrack.provenance import (
    collect,
    random_mark,
    random_words,
    sha256_arrays,
    sha256_bytes,
    sha256_file,
    tool_versions,
)

# FIPS 180-2, appendix B.1: the SHA-256 of "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_bytes_hash_to_the_published_test_vector() -> None:
    assert sha256_bytes(b"abc") == ABC


def test_a_file_hashes_like_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_file(path) == ABC


def test_a_file_longer_than_one_piece_hashes_like_its_bytes(tmp_path: Path) -> None:
    data = bytes(range(256)) * 4096 + b"tail"
    path = tmp_path / "long"
    path.write_bytes(data)
    assert sha256_file(str(path)) == sha256_bytes(data)


def test_a_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(SpiketrackError, match=r"file '.*gone': needed a file that can be read"):
        sha256_file(tmp_path / "gone")


def test_one_array_hashes_to_its_written_out_fields() -> None:
    fields = (b"w", b"<i2", b"2", b"\x01\x00\x02\x00")
    text = b"".join(len(field).to_bytes(8, "little") + field for field in fields)
    assert sha256_arrays({"w": np.array([1, 2], np.int16)}) == sha256_bytes(text)


def test_no_arrays_hash_to_the_hash_of_nothing() -> None:
    assert sha256_arrays({}) == sha256_bytes(b"")


def test_order_layout_and_byte_order_do_not_matter() -> None:
    a = np.arange(6, dtype=np.int32).reshape(2, 3)
    b = np.array(1.5)
    first = sha256_arrays({"a": a, "b": b})
    assert first == sha256_arrays({"b": b, "a": a})
    assert first == sha256_arrays({"a": np.asfortranarray(a), "b": b})
    assert first == sha256_arrays({"a": a.astype(">i4"), "b": b.astype(">f8")})


def test_name_type_shape_and_value_matter() -> None:
    a = np.arange(6, dtype=np.int32)
    changed: list[dict[str, npt.NDArray[np.generic]]] = [
        {"b": a},
        {"a": a.astype(np.uint32)},
        {"a": a.reshape(2, 3)},
        {"a": a.reshape(3, 2)},
        {"a": a[::-1]},
        {"a": a[:3], "b": a[3:]},
    ]
    hashes = {sha256_arrays({"a": a})} | {sha256_arrays(arrays) for arrays in changed}
    assert len(hashes) == 1 + len(changed)


@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(0, 255), max_size=3)))
def test_the_order_of_insertion_never_matters(lists: dict[str, list[int]]) -> None:
    arrays = {name: np.array(values, np.uint8) for name, values in lists.items()}
    assert sha256_arrays(arrays) == sha256_arrays(dict(reversed(arrays.items())))


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises(TypeError, match="array 'o' has type object; needed numbers or booleans"):
        sha256_arrays({"o": np.array([None])})


def test_tool_versions_names_seven_tools() -> None:
    versions = tool_versions()
    assert set(versions) == {"python", "spiketrack", "numpy", "torch", "h5py", "nir", "cv2"}
    assert versions["spiketrack"] == __version__
    assert versions["numpy"] == np.__version__


def test_a_library_that_is_not_installed_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiketrack.provenance._DISTRIBUTIONS", {"x": ("no-such-distribution",)})
    assert tool_versions()["x"] == "absent"


def test_tool_versions_imports_no_heavy_library() -> None:
    code = (
        "import sys; from spiketrack.provenance import tool_versions; tool_versions();"
        "print(sorted({'torch', 'h5py', 'nir', 'cv2'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_provenance_is_json_and_repeats_exactly() -> None:
    made = [json.dumps(collect(seed=3, command=["spiketrack"], video=ABC)) for _ in range(2)]
    assert made[0] == made[1]
    assert json.loads(made[0])["seed"] == 3


def test_hashes_are_sorted_by_name() -> None:
    assert list(collect(video=ABC, checkpoint=ABC)["sha256"]) == ["checkpoint", "video"]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("argument", "kept"),
    [
        ("convert", "convert"),
        ("877,464,40,74", "877,464,40,74"),
        ("/somewhere/of/a/user/clip.mp4", "clip.mp4"),
        ("../frames/", "frames"),
        ("C:\\films\\clip.mp4", "clip.mp4"),
        ("--output=/somewhere/model.stk", "--output=model.stk"),
        ("a=b/c", "c"),
    ],
)
def test_of_every_path_only_the_last_part_is_kept(argument: str, kept: str) -> None:
    assert collect(command=[argument])["command"] == [kept]


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="hash 'video' needs 64 lower-case hex digits, not 'abc'"):
        collect(video="abc")


def test_random_weights_are_marked_and_put_in_words() -> None:
    marked = collect(random_weights={"seed": 3})
    assert marked["random_weights"] == {"seed": 3} and "random_weights" not in collect()
    assert random_words(marked).startswith("Random weights (seed 3), never trained: ")
    assert random_mark(collect()) is None and random_words(collect()) == ""


@pytest.mark.parametrize("mark", [True, "yes", {}, {"seed": True}, {"seed": -1}, {"seed": 10**41}])
def test_a_mark_from_anywhere_is_a_mark_without_a_seed(mark: object) -> None:
    assert random_mark({"random_weights": mark}) == {}
    assert random_words({"random_weights": mark}).startswith("Random weights, never trained: ")


@pytest.mark.parametrize("provenance", [None, 3, [], "random_weights", {"random_weights": None}])
def test_what_is_no_provenance_marks_nothing(provenance: object) -> None:
    assert random_mark(provenance) is None and random_words(provenance) == ""
