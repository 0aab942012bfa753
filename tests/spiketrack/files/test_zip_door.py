"""A zip file is opened only after a look at the length of its list."""

import struct
import zipfile
from pathlib import Path

import pytest

from spiketrack.errors import CheckpointError, StoreError
from spiketrack.files import zip_door
from spiketrack.files.arrays import read_arrays
from spiketrack.files.zip_door import open_zip
from spiketrack.network.archive import TorchArchive


def _many(path: Path, n: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(n):
            archive.writestr(f"net/data/{i:04d}", b"")
    return path


def test_a_list_within_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _many(tmp_path / "a.zip", 10)
    monkeypatch.setattr(zip_door, "MAX_LISTING_BYTES", 10 * (46 + 13))
    with open_zip(path) as archive:
        assert len(archive.namelist()) == 10
    monkeypatch.setattr(zip_door, "MAX_LISTING_BYTES", 10 * (46 + 13) - 1)
    with pytest.raises(zipfile.BadZipFile, match="a list of entries of 590 bytes, more than 589"):
        open_zip(path)
    with pytest.raises(StoreError, match="a list of entries of 590 bytes"):
        read_arrays(path)
    with pytest.raises(
        CheckpointError, match="has, found a list of entries of 590 bytes"
    ):
        TorchArchive(path)


@pytest.mark.parametrize("decoy", [b"", b"PK\5\6" + bytes(18), b"PK\5\6"])
def test_no_record_behind_the_right_one_hides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoy: bytes
) -> None:
    path = _many(tmp_path / "a.zip", 10)
    data = bytearray(path.read_bytes())
    data[-2:] = struct.pack("<H", len(decoy))
    path.write_bytes(data + decoy)
    monkeypatch.setattr(zip_door, "MAX_LISTING_BYTES", 100)
    with pytest.raises(zipfile.BadZipFile, match="a list of entries of 590 bytes"):
        open_zip(path)


def test_the_record_of_64_bits_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _many(tmp_path / "a.zip", 10)
    data = path.read_bytes()
    end = data[-22:-10] + struct.pack("<2L", 0xFFFFFFFF, 0xFFFFFFFF) + b"\0\0"
    start = len(data) - 22
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10, 10, 590, start - 590)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, start, 1)
    path.write_bytes(data[:-22] + record + locator + b"PK\5\6" + end[4:])
    with open_zip(path) as archive:
        assert len(archive.namelist()) == 10
    monkeypatch.setattr(zip_door, "MAX_LISTING_BYTES", 589)
    with pytest.raises(zipfile.BadZipFile, match="a list of entries of 590 bytes"):
        open_zip(path)


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"PK\6\7")
    with pytest.raises(zipfile.BadZipFile, match="not a zip file"):
        open_zip(tmp_path / "a")
