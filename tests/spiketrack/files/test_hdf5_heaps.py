"""Heaps without an end are refused before HDF5, which would walk them for ever, sees them."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from spiketrack.errors import StoreError
from spiketrack.files import hdf5
from spiketrack.files.hdf5 import reading
from spiketrack.files.hdf5_heaps import check_heaps

HEAP = b"GCOL\x01\0\0\0"
NUMBER = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one string, so with one heap."""
    with h5py.File(tmp_path / "m.h5", "w", userblock_size=512) as file:
        file["text"] = "hello"
    return tmp_path / "m.h5"


def overwrite(path: Path, start: int, number: int) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(HEAP) + start
    data[at : at + NUMBER] = number.to_bytes(NUMBER, "little")
    path.write_bytes(data)


def test_a_whole_file_passes_whatever_its_user_block(path: Path) -> None:
    check_heaps(path)
    with reading(path) as reader:
        assert reader.text(reader.root, "text") == "hello"


@pytest.mark.parametrize("size", [0, 8, (1 << 64) - 16, 1 << 40])
def test_a_free_entry_that_leads_nowhere_is_refused(path: Path, size: int) -> None:
    # Signature and version 8, size of the heap 8, entry of the text 16 + 8 (5 rounded up).
    free = 16 + 16 + 8
    overwrite(path, free + 8, size)
    with pytest.raises(StoreError, match=f"entries that fill the heap .* an entry of {size} bytes"):
        check_heaps(path)


def test_a_heap_that_leaves_the_file_is_refused(path: Path) -> None:
    overwrite(path, 8, 1 << 33)
    with pytest.raises(StoreError, match="needed heaps inside the file"):
        check_heaps(path)


def test_what_is_no_hdf5_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(StoreError, match="needed a whole, readable HDF5 file, found an empty one"):
        check_heaps(tmp_path / "empty")
    (tmp_path / "text").write_bytes(b"hello" * 500)
    with pytest.raises(StoreError, match="found no HDF5 signature"):
        check_heaps(tmp_path / "text")


def test_unusual_widths_are_refused(tmp_path: Path) -> None:
    settings = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    settings.set_sizes(4, 4)
    h5py.h5f.create(str(tmp_path / "m.h5").encode(), fcpl=settings).close()
    with pytest.raises(StoreError, match="needed HDF5 addresses and sizes of 8 bytes"):
        check_heaps(tmp_path / "m.h5")


def test_many_tiny_chunks_are_refused_without_reading_them(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.create_dataset("x", (1 << 20,), np.uint8, chunks=(4,))
        file.create_dataset("y", (1 << 18,), np.uint8, chunks=(4,))
        file["z"] = file["y"]
        file["w"] = file["y"]
    with reading(tmp_path / "m.h5") as reader:
        with pytest.raises(StoreError, match="needed at most 131072 chunks in all, found 262144"):
            reader.array(reader.root, "x")
        reader.array(reader.root, "y")
        reader.array(reader.root, "z")
        with pytest.raises(StoreError, match="chunks in all, found 196608"):
            reader.array(reader.root, "w")


@pytest.mark.parametrize("name", ["text", "table"])
def test_a_text_said_to_be_longer_than_the_file_is_refused_unread(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5, "check_survives", lambda path: None)
    table = np.array([["a", "b"], ["c", "hello"]], object)
    with h5py.File(tmp_path / "m.h5", "w", userblock_size=512) as file:
        file["text"] = "hello"
        file.create_dataset("table", data=table, dtype=h5py.string_dtype())
        start, last = file[name].id.get_offset(), file[name].size - 1
    data = bytearray((tmp_path / "m.h5").read_bytes())
    at = start + last * 16
    assert data[at : at + 4] == (5).to_bytes(4, "little")
    data[at + 3] = 0x40
    (tmp_path / "m.h5").write_bytes(data)
    with reading(tmp_path / "m.h5") as reader, pytest.raises(StoreError, match="found 1073741829"):
        if name == "text":
            reader.text(reader.root, "text")
        else:
            reader.text_rows(reader.root, "table", 2)
