"""Whatever goes wrong ends soon, with an error that names it, and leaves nothing behind."""

import os
import signal
import time

import pytest

from tests.hardware.lava.programs import (
    Program,
    left_in_shared_memory,
    needs_lava,
    run_program,
    session_members,
    shared_memory,
)

pytestmark = [pytest.mark.slow, needs_lava]
SOON_S = 120.0
"""Far below the limit that ends a hang; on a free machine it takes less than two seconds."""


DETAILS = pytest.mark.parametrize(("detail", "process"), [("node", "copy"), ("block", "narrow")])


@DETAILS
def test_an_overflow_in_a_process_surfaces_soon_as_an_overflow(detail: str, process: str) -> None:
    told = run_program("program_failures.py", "overflowing", detail)
    assert told["good"]["error"] == ""
    assert told["bad"]["error"] == (
        "OverflowBoundError: stream 'copy': needed a value within 6 bits signed, found 40 "
        f"in Lava process '{process}'"
    )
    assert told["bad"]["seconds"] < SOON_S
    assert "one that is closed" in told["again"]["error"]
    assert told["alive"] == []


@DETAILS
def test_an_exception_in_a_process_surfaces_soon_and_names_it(detail: str, process: str) -> None:
    told = run_program("program_failures.py", "raising", detail)
    assert told["good"]["error"] == ""
    assert f"LavaError: Lava process '{process}'" in told["bad"]["error"]
    assert "ZeroDivisionError at program_failures.py" in told["bad"]["error"]
    assert told["bad"]["seconds"] < SOON_S
    assert "one that is closed" in told["again"]["error"]
    assert told["alive"] == []


@pytest.mark.parametrize("who", ["neuron", "runtime service"])
def test_a_killed_child_is_an_error_that_names_it(who: str) -> None:
    told = run_program("program_failures.py", "killed", who)
    assert f"Lava process '{who}': needed a living process" in told["bad"]["error"]
    assert "killed by SIGKILL" in told["bad"]["error"]
    assert told["bad"]["seconds"] < SOON_S
    assert told["alive"] == []


def test_a_child_that_is_killed_during_a_step_is_an_error() -> None:
    told = run_program("program_failures.py", "killed_meanwhile")
    assert "Lava process 'neuron': needed a living process" in told["bad"]["error"]
    assert told["bad"]["seconds"] < 1.0 + SOON_S


def test_a_child_that_stays_stopped_is_an_error_and_not_a_wait_for_ever() -> None:
    told = run_program("program_failures.py", "stopped")
    assert "Lava process 'neuron': needed a running process" in told["bad"]["error"]
    assert "found one that somebody stopped (SIGSTOP)" in told["bad"]["error"]
    assert told["alive"] == []


def test_an_interruption_ends_everything() -> None:
    before = shared_memory()
    program = Program("program_failures.py", "stuck")
    assert program.await_line() == "running"
    assert len(session_members(program.process.pid)) > 4
    # A terminal sends Ctrl-C to all of them.
    os.killpg(program.process.pid, signal.SIGINT)
    start = time.monotonic()
    ended = program.end()
    assert time.monotonic() - start < SOON_S
    assert ended.errors.count("KeyboardInterrupt") == 1
    assert ended.left == []
    assert left_in_shared_memory(before) == set()


def test_children_end_when_their_parent_is_killed() -> None:
    before = shared_memory()
    program = Program("program_failures.py", "stuck")
    assert program.await_line() == "running"
    children = session_members(program.process.pid)
    # The child that stands still cannot look for its parent.
    for pid in children:
        os.kill(pid, signal.SIGCONT)
    os.kill(program.process.pid, signal.SIGKILL)
    ended = program.end()
    assert ended.left == []
    assert left_in_shared_memory(before) == set()


def test_an_engine_that_nobody_closes_ends_with_the_program() -> None:
    assert run_program("program_failures.py", "forgotten")["error"] == ""
