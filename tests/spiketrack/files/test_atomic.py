"""Files appear whole or not at all; what killed runs left goes, what living ones use stays."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spiketrack.errors import CheckpointError, ReportError, StoreError
from spiketrack.files.atomic import (
    PartFile,
    is_running,
    part_of,
    write_bytes,
    write_text,
    write_whole,
)
from tests.full_disk import full_disk


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def _left_by_a_killed_run(folder: Path) -> Path:
    """The hidden file of a process that was killed while it wrote."""
    code = f"""
import os, signal
from pathlib import Path
from spiketrack.files.atomic import PartFile
PartFile(Path({str(folder / "a.json")!r})).path.write_text("half")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=300)
    (left,) = (one for one in folder.iterdir() if one.name.endswith(".part"))
    return left


def test_a_text_is_written_into_a_new_folder_and_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_text(path, "text \N{GREEK SMALL LETTER MU}")
    assert path.read_text(encoding="utf-8") == "text \N{GREEK SMALL LETTER MU}"
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_full_disk_leaves_the_old_text_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")
    with full_disk(1000), pytest.raises(StoreError, match="a.json.*a place that can be written"):
        write_text(path, "x" * 5000)
    assert _names(tmp_path) == ["a.json"]
    assert path.read_text(encoding="utf-8") == "old"


def test_a_disk_that_refuses_to_be_forced_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match="can be written, found No space left on device"):
        write_bytes(path, b"new", error=ReportError)
    assert _names(tmp_path) == ["report.html"]
    assert path.read_bytes() == b"old"


def test_every_file_is_forced_to_the_disk_before_it_takes_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    force, replace = os.fsync, os.replace

    def forcing(descriptor: int) -> None:
        events.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        force(descriptor)

    def replacing(source: Path, target: Path) -> None:
        events.append("name")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", forcing)
    monkeypatch.setattr(os, "replace", replacing)
    write_whole(tmp_path / "a", lambda file: file.write(b"1"))
    assert events == ["file", "name", "folder"]


def test_an_error_of_the_caller_passes_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), part_of(tmp_path / "a") as part:
        part.write_text("half")
        raise ValueError("mine")
    assert _names(tmp_path) == []


def test_a_folder_that_is_missing_is_told_with_the_error_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere/a': needed a place that can be written"):
        with part_of(tmp_path / "nowhere" / "a", error=CheckpointError):
            pass
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file/a': needed a place that can be written"):
        write_bytes(tmp_path / "file" / "a", b"")


def test_no_file_takes_the_place_of_a_folder_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="folder': needed .* found Is a directory"):
        write_bytes(tmp_path / "folder", b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="found a device or a pipe, which no file replaces"):
        write_bytes(tmp_path / "pipe", b"")
    assert _names(tmp_path) == ["folder", "pipe"]


def test_a_name_as_long_as_a_file_system_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".json")
    write_bytes(path, b"1")
    assert path.read_bytes() == b"1"


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = _left_by_a_killed_run(tmp_path)
    assert left.read_text() == "half"
    write_text(tmp_path / "b.json", "whole")
    assert _names(tmp_path) == ["b.json"]


def test_what_a_living_run_or_another_machine_writes_is_left_alone(tmp_path: Path) -> None:
    killed = _left_by_a_killed_run(tmp_path)
    _, machine, pid, token = killed.name.removesuffix(".part").split("-")
    elsewhere = f".spiketrack-{'0' * 12}-{pid}-{token}.part"
    strange = (".spiketrack-notes.part", f"x{killed.name}", f"{killed.name}~")
    alive = f".spiketrack-{machine}-{os.getppid()}-{token}.part"
    for name in (elsewhere, *strange, alive):
        (tmp_path / name).touch()
    mine = PartFile(tmp_path / "mine.json")
    assert _names(tmp_path) == sorted([elsewhere, *strange, alive, mine.path.name])
    mine.discard()
    mine.discard()


def test_a_folder_is_looked_through_once_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    scan = os.scandir

    def scanning(place: Path) -> object:
        looked.append(str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", scanning)
    for name in "abc":
        write_bytes(tmp_path / name, b"")
    assert looked == [str(tmp_path)]


def test_a_process_runs_until_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_running(child.pid)
    child.communicate(b"\n", timeout=300)
    assert not is_running(child.pid)
    assert is_running(1)
    assert is_running(1 << 80)
    monkeypatch.setattr(os, "name", "nt")
    assert is_running(child.pid)
