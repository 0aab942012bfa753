"""Checkpoints of a few kilobytes that would unpack to gigabytes: refused, and never unpacked."""

import bz2
import tarfile
import zipfile
from pathlib import Path

import pytest

from spiketrack.errors import CheckpointError
from spiketrack.network import load_checkpoint
from spiketrack.network.archive import TorchArchive
from spiketrack.network.inert_unpickler import load_inert
from spiketrack.network.inert_values import Inert, kind_of
from tests.memory import MIB, ceiling
from tests.spiketrack.network.checkpoint_files import with_pickle

STREAM_BYTES = 24 * MIB
N_STREAMS = 15
OTHER = r"needed a checkpoint \(zip format of torch.save\), found something else"


def pax_header(size: int) -> bytes:
    """The block of a tar file that announces a header of its own of that size."""
    block = tarfile.TarInfo("x")
    block.type, block.size = tarfile.XHDTYPE, size
    return block.tobuf(tarfile.USTAR_FORMAT)


def test_a_packed_tar_is_not_unpacked_to_see_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.pth.tar"
    header = bz2.compress(pax_header(N_STREAMS * STREAM_BYTES))
    path.write_bytes(header + N_STREAMS * bz2.compress(bytes(STREAM_BYTES)))
    assert path.stat().st_size < 900
    with ceiling(32 * MIB), pytest.raises(CheckpointError, match=OTHER):
        load_checkpoint(path)


@pytest.mark.parametrize("record", [b"9" * 40 + b" a=b\n", b"0 a=b\n", b"nonsense", b"-5 a=b\n"])
def test_a_tar_with_a_bad_pax_header_is_an_older_format(tmp_path: Path, record: bytes) -> None:
    path = tmp_path / "a.pth.tar"
    path.write_bytes(pax_header(len(record)) + record.ljust(512, b"\0") + bytes(1024))
    match = r"found the format of PyTorch before 1\.6\. Load it where you trust it"
    with pytest.raises(CheckpointError, match=match):
        load_checkpoint(path)


@pytest.mark.parametrize("made", [b"\x8f", b"(\x91", b"(K\x01\x91"], ids=["set", "frozen", "of 1"])
def test_a_pickle_of_sets_makes_none(made: bytes) -> None:
    data = b"\x80\x04(" + 100_000 * made + b"l."
    with ceiling(16 * MIB):  # of 21 MB that so many sets take
        members = load_inert(data, "file")
    assert isinstance(members, list)
    assert len(members) == 100_000
    assert all(isinstance(one, Inert) for one in members)
    assert {kind_of(one) for one in members} == {"set"}


def test_an_archive_that_is_mostly_a_hole_is_refused(tmp_path: Path) -> None:
    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu"
    pickled = b"\x80\x02}X\x03\0\0\0net}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n("
    pickled += storage + b"J\0\0\0@tQK\0K\x04\x85K\x01\x85\x89}tRss."
    path = with_pickle(tmp_path, pickled)
    with zipfile.ZipFile(path, "a") as archive:
        member = zipfile.ZipInfo("net/data/0")
        with archive.open(member, "w", force_zip64=True) as file:
            file.write(b"")
        # A member of 4 GiB whose bytes are a hole between its header and the list of entries.
        if archive.fp is None:
            pytest.fail("the file is closed")
        member.file_size = member.compress_size = 4 << 30
        archive.fp.seek(4 << 30, 1)
        archive.start_dir = archive.fp.tell()
    if path.stat().st_blocks > 1 << 12:
        pytest.skip("this file system stores holes")
    match = "at most the file's [0-9]+ bytes, found 0 compressed ones, 4294967[0-9]+ bytes declared"
    with ceiling(), pytest.raises(CheckpointError, match=match):
        TorchArchive(path).read("a")
