"""NumPy files: whole or not at all, bounded, and no code in them runs."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spiketrack.errors import StoreError
from spiketrack.files.arrays import read_arrays, write_npy, write_npz
from tests.full_disk import full_disk
from tests.memory import ceiling, hollow_npy


class _Evil:
    """Unpickles as a call that leaves a trace."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("open('it-ran', 'w').close()",)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32, ">i4"])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3, 4)])
def test_arrays_are_read_as_numpy_wrote_them(
    tmp_path: Path, dtype: type, shape: tuple[int, ...]
) -> None:
    array: NDArray[Any] = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "b.npz", one=array, two=np.asfortranarray(array))
    found = read_arrays(tmp_path / "a.npy")[""]
    assert found.dtype == array.dtype and found.shape == shape
    np.testing.assert_array_equal(found, array)
    both = read_arrays(tmp_path / "b.npz")
    assert list(both) == ["one", "two"]
    np.testing.assert_array_equal(both["two"], array)


def test_what_is_written_numpy_reads(tmp_path: Path) -> None:
    array = np.arange(6).reshape(2, 3)
    write_npy(tmp_path / "new" / "a.npy", array)
    write_npz(tmp_path / "b.npz", {"out": array, "real/out": array * 0.5})
    np.testing.assert_array_equal(np.load(tmp_path / "new" / "a.npy"), array)
    np.testing.assert_array_equal(np.load(tmp_path / "b.npz")["real/out"], array * 0.5)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    write_npy(tmp_path / "a.npy", np.arange(3))
    (tmp_path / "d").mkdir()
    with pytest.raises(StoreError, match="needed a place that can be written"):
        write_npy(tmp_path / "d", np.arange(3))
    with full_disk(1000), pytest.raises(StoreError, match="needed a place that can be written"):
        write_npy(tmp_path / "a.npy", np.arange(100_000))
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.npy", "d"]


def test_objects_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.array([_Evil()], dtype=object), allow_pickle=True)
    np.savez("b.npz", x=np.array([_Evil()], dtype=object))
    for name in ("a.npy", "b.npz"):
        with pytest.raises(StoreError, match="needed an array of numbers, found object"):
            read_arrays(Path(name))
    assert not Path("it-ran").exists()


def test_a_huge_promise_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    header = io.BytesIO()
    promise = {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    write_header: Any = np.lib.format.write_array_header_1_0
    write_header(header, promise)
    (tmp_path / "a.npy").write_bytes(header.getvalue())
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    for name in ("a.npy", "b.npz"):
        with pytest.raises(StoreError, match=r"needed at most 268[0-9]{6} bytes in all, found 9"):
            read_arrays(tmp_path / name)


def test_a_sparse_array_is_refused_by_what_is_stored(tmp_path: Path) -> None:
    path = hollow_npy(tmp_path / "a.npy", "|u1", 4 << 30)
    with ceiling(), pytest.raises(StoreError, match=r"needed at most 2[0-9]{8} bytes in all"):
        read_arrays(path)


def test_the_bound_is_on_all_arrays_together(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(60, np.uint8), b=np.zeros(60, np.uint8))
    assert len(read_arrays(tmp_path / "a.npz", max_bytes=120)) == 2
    with pytest.raises(StoreError, match="'b': needed at most 119 bytes in all, found 120"):
        read_arrays(tmp_path / "a.npz", max_bytes=119)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(StoreError, match="needed a whole .npy or .npz file, found No such file"):
        read_arrays(path)
    np.save(path, np.arange(100))
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    with pytest.raises(StoreError, match="needed 800 bytes of numbers, found 792"):
        read_arrays(path)
    path.write_bytes(b"hello")
    with pytest.raises(StoreError, match="needed a whole .npy or .npz file"):
        read_arrays(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(StoreError, match="needed a whole .npy or .npz file"):
        read_arrays(path)
    path.write_bytes(whole[:6] + b"\x02" + whole[7:])
    with pytest.raises(StoreError, match="needed NumPy format 1.0"):
        read_arrays(path)


def test_too_many_arrays_and_a_name_twice_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spiketrack.files import arrays as array_files

    content = io.BytesIO()
    np.save(content, np.arange(2))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content.getvalue())
        archive.writestr("x", content.getvalue())
    with pytest.raises(StoreError, match="needed each name once, found 'x' twice"):
        read_arrays(tmp_path / "a.npz")
    monkeypatch.setattr(array_files, "MAX_MEMBERS", 1)
    with pytest.raises(StoreError, match="needed at most 1 arrays, found 2"):
        read_arrays(tmp_path / "a.npz")
