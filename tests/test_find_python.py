"""Which Python the two commands take: `.ci/find-python` among stand-ins on a PATH of their own."""

import subprocess
from pathlib import Path

import pytest

FIND = Path(__file__).resolve().parents[1] / ".ci" / "find-python"
FINE = "-"


def stand_in(folder: Path, name: str, minor: int, lacks: str = FINE, only_for: str = "") -> Path:
    """A Python that answers what it is; a shim of pyenv if it answers for one version only."""
    path = folder / name
    shim = f'[ "${{PYENV_VERSION:-}}" = {only_for} ] || exit 127\n' if only_for else ""
    path.write_text(f"#!/bin/sh\n{shim}echo '3 {minor} {lacks} {path}'\n")
    path.chmod(0o755)
    return path


def find(folder: Path, *asked: str, pyenv: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(folder)} | ({"PYENV_VERSION": pyenv} if pyenv else {})
    command = [str(FIND), *asked]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("pyenv", ["", "3.10.13"])
def test_the_newest_that_is_there_is_taken(tmp_path: Path, pyenv: str) -> None:
    stand_in(tmp_path, "python3.10", 10)
    stand_in(tmp_path, "python3.14", 14, only_for="3.14.1")  # a shim whose version is not installed
    newest = stand_in(tmp_path, "python3.13", 13, only_for="3.13")
    stand_in(tmp_path, "python3.12", 12)
    stand_in(tmp_path, "python3", 11)
    done = find(tmp_path, "newest", pyenv=pyenv)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{newest}\n", "")
    assert find(tmp_path, "3.10").stdout == f"{tmp_path / 'python3.10'}\n"


def test_a_plain_python3_may_be_the_newest(tmp_path: Path) -> None:
    stand_in(tmp_path, "python3.11", 11)
    plain = stand_in(tmp_path, "python3", 14)
    assert find(tmp_path, "newest").stdout == f"{plain}\n"


def test_one_without_venv_and_one_too_new_are_passed_over_with_a_word(tmp_path: Path) -> None:
    stand_in(tmp_path, "python3.13", 13, lacks="ensurepip")
    stand_in(tmp_path, "python3", 15)
    taken = stand_in(tmp_path, "python3.11", 11)
    done = find(tmp_path, "newest")
    assert done.stdout == f"{taken}\n"
    assert "(3.13) is passed over: it has no module 'ensurepip'" in done.stderr
    assert "apt install python3.13-venv" in done.stderr
    assert "3.15 is newer than any that was tested (3.14)" in done.stderr


def test_none_that_fits_is_said_with_what_to_do(tmp_path: Path) -> None:
    stand_in(tmp_path, "python3", 9)
    done = find(tmp_path, "newest")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no Python 3.10 to 3.14 with the module venv on the PATH. Install one" in done.stderr
    stand_in(tmp_path, "python3.13", 13)
    done = find(tmp_path, "3.10")
    assert done.returncode == 1 and "no Python 3.10 with the module venv" in done.stderr


def test_a_named_one_is_taken_or_refused_by_its_name(tmp_path: Path) -> None:
    stand_in(tmp_path, "python3.14", 14)
    named = stand_in(tmp_path, "python3.12", 12, only_for="3.12")
    assert find(tmp_path, "newest", "python3.12").stdout == f"{named}\n"
    future = stand_in(tmp_path, "mine", 15)
    done = find(tmp_path, "newest", str(future))
    assert done.stdout == f"{future}\n" and "3.15 is newer than any that was tested" in done.stderr
    for name, words in (
        ("python3.9", "'python3.9' does not run; needed Python 3.10 to 3.14"),
        (str(stand_in(tmp_path, "old", 9)), "is Python 3.9; needed Python 3.10 to 3.14"),
        (str(stand_in(tmp_path, "bare", 13, lacks="venv")), "it has no module 'venv'"),
    ):
        done = find(tmp_path, "newest", name)
        assert (done.returncode, done.stdout) == (1, "") and words in done.stderr
    assert (
        "'python3.12' is Python 3.12; needed Python 3.10"
        in find(tmp_path, "3.10", "python3.12").stderr
    )
