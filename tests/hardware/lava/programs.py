"""Programs that start Lava run apart from pytest, with a time limit, in a session of their own.

So a hang costs one test and not the suite, and what a program leaves behind can be found.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
LIMIT_S = 1800.0
"""Ends hangs only: a busy machine is no failure."""
GRACE_S = 60.0
"""How long what a program has started may take to follow it; nobody waits longer than it takes."""
needs_lava = pytest.mark.lava_environment("lava-nc")


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes:
        code: exit code, negative for a signal.
        words: what its last line of output says, as JSON, or None.
        errors: its stderr.
        left: processes of its session that still lived `grace_s` later.
    """

    code: int
    words: Any
    errors: str
    left: list[int]


class Program:
    """A program of this folder that runs."""

    def __init__(self, name: str, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(FOLDER / name), *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def await_line(self) -> str:
        """Its next line of output."""
        if self.process.stdout is None:
            raise RuntimeError("a program without output")
        return self.process.stdout.readline().strip()

    def end(self, limit_s: float = LIMIT_S, grace_s: float = GRACE_S) -> Ended:
        """Waits for it; whatever it left is reported, and killed."""
        try:
            output, errors = self.process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            output, errors = self.process.communicate()
            pytest.fail(f"no end within {limit_s} s: {output[-2000:]} {errors[-2000:]}")
        end = time.monotonic() + grace_s
        while (left := session_members(self.process.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        lines = output.strip().splitlines()
        return Ended(self.process.returncode, _decode(lines[-1:]), errors, left)


def run_program(name: str, *arguments: str) -> Any:
    """The JSON that a program ends with, having left nothing behind."""
    before = shared_memory()
    ended = Program(name, *arguments).end()
    assert ended.code == 0, ended.errors[-3000:]
    assert ended.left == []
    assert left_in_shared_memory(before) == set()
    return ended.words


def session_members(session: int) -> list[int]:
    """Processes of a session that are not zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, _, member_of = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(member_of) == session and state != "Z":
            found.append(int(entry.name))
    return found


def left_in_shared_memory(before: set[str], seconds: float = GRACE_S) -> set[str]:
    """Names that came and stay.

    Why stay: a semaphore has a name for a moment, and other programs may be at it.
    """
    new = shared_memory() - before
    end = time.monotonic() + seconds
    while new and time.monotonic() < end:
        time.sleep(0.05)
        new &= shared_memory()
    return new


def shared_memory() -> set[str]:
    """Names in shared memory that Python or Lava could have made."""
    names = (entry.name for entry in Path("/dev/shm").iterdir())
    return {name for name in names if name.startswith(("psm_", "sem.", "mp-"))}


def _decode(lines: list[str]) -> Any:
    try:
        return json.loads(lines[0]) if lines else None
    except ValueError:
        return None
