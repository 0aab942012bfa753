"""Two runs into one folder are noticed; a killed run locks nobody out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spiketrack.errors import StoreError
from spiketrack.files.folder_lock import FILE_NAME, locked_folder

HOLDER = """
import sys
from pathlib import Path
from spiketrack.files.folder_lock import locked_folder
with locked_folder(Path(sys.argv[1]), print):
    print("held", flush=True)
    input()
"""


def _unheard(text: str) -> None:
    raise RuntimeError(text)


def _holder(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_is_made_and_locked_and_left_clean(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with locked_folder(folder, _unheard):
        assert json.loads((folder / FILE_NAME).read_text()) == {"pid": os.getpid()}
    assert list(tmp_path.iterdir()) == []
    with locked_folder(folder, _unheard):
        (folder / "result").touch()
    assert [one.name for one in folder.iterdir()] == ["result"]
    with pytest.raises(ValueError, match="mine"), locked_folder(folder, _unheard):
        raise ValueError("mine")
    assert [one.name for one in folder.iterdir()] == ["result"]


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    try:
        needed = "needed a folder that no other run writes into"
        with pytest.raises(StoreError, match=f"{needed}, found the run of process {process.pid}"):
            with locked_folder(tmp_path, _unheard):
                pass
    finally:
        process.communicate("\n", timeout=300)
    with locked_folder(tmp_path, _unheard):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_run_is_taken_over_with_a_word(tmp_path: Path) -> None:
    process = _holder(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=300)
    assert (tmp_path / FILE_NAME).exists()
    said: list[str] = []
    with locked_folder(tmp_path, said.append):
        pass
    assert said == [
        f"Note: the run of process {process.pid} did not end properly in '{tmp_path}'; "
        "this run goes on there."
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("note", ["[]", "no", '{"pid": "x"}', "[" * 4000])
def test_a_note_of_another_kind_is_another_run(tmp_path: Path, note: str) -> None:
    (tmp_path / FILE_NAME).write_text(note)
    said: list[str] = []
    with locked_folder(tmp_path, said.append):
        pass
    assert said[0].startswith("Note: another run did not end properly in")


def test_a_folder_that_cannot_be_locked_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="needed a folder that can be written, found Is a dir"):
        with locked_folder(tmp_path, _unheard):
            pass
