"""What a file may make this program allocate: the account, and what lies on the disk."""

import errno
import mmap
import os
from pathlib import Path

import pytest

from spiketrack.errors import CheckpointError, StoreError
from spiketrack.files.budget import (
    FREE_BYTES,
    MOST_BYTES,
    MOST_PER_STORED_BYTE,
    Budget,
    allowance,
    allowance_of,
)
from tests.memory import MIB, append_hole, ceiling

TIB = 1 << 40


def test_charges_add_up_to_the_limit_and_not_beyond() -> None:
    budget = Budget("file 'x'", 100)
    budget.charge("file 'x', 'a'", 60)
    budget.charge("file 'x', 'b'", 40)
    assert budget.spent_bytes == 100
    with pytest.raises(
        StoreError,
        match="file 'x', 'c': needed at most 100 bytes in all, found 101 with this entry. No file",
    ):
        budget.charge("file 'x', 'c'", 1)


def test_going_beyond_is_an_error_of_the_readers_own_type() -> None:
    with pytest.raises(CheckpointError, match="needed at most 0 bytes in all, found 8"):
        Budget("file 'x'", 0, CheckpointError).charge("file 'x'", 8)


def test_the_allowance_is_in_proportion_with_something_free_and_an_end() -> None:
    assert allowance(0) == FREE_BYTES
    assert allowance(1000) == FREE_BYTES + 1000 * MOST_PER_STORED_BYTE
    assert allowance(TIB) == MOST_BYTES
    assert allowance(1000, 70) == 70
    assert 1032 < MOST_PER_STORED_BYTE < 1200  # what deflate can reach, and not much more


def test_a_file_without_holes_counts_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 5000)
    assert allowance_of(path) == allowance(5000)
    assert allowance_of(path, 70) == 70
    path.write_bytes(b"")
    assert allowance_of(path) == allowance(0)


def test_a_hole_counts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    assert allowance_of(append_hole(path, TIB)) == allowance(0)
    with path.open("r+b") as file:
        for place in (0, TIB // 2, TIB - 1):
            file.seek(place)
            file.write(b"x")
    assert allowance(3) <= allowance_of(path) <= allowance(MIB)
    assert allowance_of(path, FREE_BYTES + 1) == FREE_BYTES + 1


@pytest.mark.parametrize("cause", [OSError(errno.EINVAL, "no holes here"), AttributeError("SEEK")])
def test_where_holes_cannot_be_told_the_size_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    (tmp_path / "a").write_bytes(b"x" * 5000)

    def refuse(file: int, at: int, how: int) -> int:
        raise cause

    monkeypatch.setattr(os, "lseek", refuse)
    assert allowance_of(tmp_path / "a") == allowance(5000)


def test_the_ceiling_of_these_tests_holds_and_ends() -> None:
    # Why mmap: memory that this process freed and kept would serve an allocation below the ceiling.
    with ceiling(64 * MIB), pytest.raises(OSError, match="Cannot allocate memory"):
        mmap.mmap(-1, 128 * MIB)
    with mmap.mmap(-1, 128 * MIB) as pages:
        assert len(pages) == 128 * MIB
