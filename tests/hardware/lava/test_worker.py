"""Lava in a worker of another Python: equal to the bit, typed errors, nothing left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from hardware.lava import remote as lava_remote
from hardware.lava.backend import LavaEngine, other_python, require_device
from hardware.lava.local import VARIABLE
from simulation.random_graphs import random_graph
from simulation.reference.engine import run_reference
from spiketrack.errors import BackendUnavailable, GraphError, LavaError, OverflowBoundError
from tests.hardware.lava.lava_cases import SHAPES, computing, every_kind
from tests.hardware.lava.lava_comparisons import compare
from tests.hardware.lava.lava_graphs import frame, narrow_graph
from tests.hardware.lava.programs import LIMIT_S, Program, session_members
from tests.hardware.lava.worker_python import python_with_lava, worker

__all__ = ["worker"]
SOON_S = 60.0


def folders() -> set[str]:
    """Folders that programs share with their workers."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("spiketrack-lava-*")}


def worker_of(engine: LavaEngine) -> int:
    """Process id of a worker, the parent of what Lava has started."""
    stat = Path(f"/proc/{engine.pids['neuron']}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(pids: list[int]) -> bool:
    """Whether processes end soon."""
    end = time.monotonic() + SOON_S
    while any(map(lives, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(lives, pids))


@pytest.mark.slow
def test_every_kind_of_node_and_random_graphs_equal_the_reference_to_the_bit(worker: Path) -> None:
    assert other_python() == worker
    for case in (every_kind(SHAPES[1], seed=1), *(random_graph(29, index) for index in range(3))):
        told = compare(case, ("block",), computing(case[0]))
        assert told["wrong"] == [] and told["counts_wrong"] == []
        assert isinstance(told["values"], int) and told["values"] > 0


@pytest.mark.slow
def test_an_error_in_the_worker_is_the_one_that_lava_here_would_give(worker: Path) -> None:
    engine = LavaEngine(narrow_graph(), detail="node")
    with pytest.raises(GraphError, match="input 'x'.*needed an array, found nothing"):
        engine.run({})
    first = worker_of(engine)
    expected = run_reference(narrow_graph(), frame(3)).outputs
    np.testing.assert_array_equal(engine.run(frame(3)).outputs["y"], expected["y"])
    words = "stream 'copy': needed a value within 6 bits signed, found 40 in Lava process 'copy'"
    with pytest.raises(OverflowBoundError, match=words):
        engine.run(frame(40))
    assert engine.pids == {}
    with pytest.raises(LavaError, match="the Lava engine: needed one that runs, found one that is"):
        engine.run(frame(3))
    with pytest.raises(GraphError, match="needed a node that computes, found 'nobody'"):
        LavaEngine(narrow_graph(), keep=["nobody"])
    # The worker itself goes on: it is taken for the next graph.
    with LavaEngine(narrow_graph(), detail="node") as engine:
        assert worker_of(engine) == first


@pytest.mark.slow
def test_a_process_of_lavas_that_died_and_a_worker_that_died_are_errors(worker: Path) -> None:
    engine = LavaEngine(narrow_graph(), detail="node")
    os.kill(engine.pids["neuron"], signal.SIGKILL)
    with pytest.raises(LavaError, match="process 'neuron': needed a living process, found one kil"):
        engine.run(frame(3))
    engine = LavaEngine(narrow_graph(), detail="node")
    pids = [*engine.pids.values(), worker_of(engine)]
    os.kill(pids[-1], signal.SIGKILL)
    with pytest.raises(LavaError, match="worker for Lava: needed a living process, found one that"):
        engine.run(frame(3))
    assert gone(pids)
    # Without a word to anybody: between two engines. A new one is started then.
    with LavaEngine(narrow_graph(), detail="node") as engine:
        pid = worker_of(engine)
    os.kill(pid, signal.SIGKILL)
    assert gone([pid])
    with LavaEngine(narrow_graph(), detail="node") as engine:
        assert worker_of(engine) != pid


@pytest.mark.slow
def test_what_the_chip_lacks_is_said_where_lava_runs(worker: Path) -> None:
    require_device("cpu")
    with pytest.raises(BackendUnavailable, match="needed Intel's closed extension lava-loihi"):
        require_device("loihi2")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_worker_whose_program_is_interrupted_or_killed(
    how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(python_with_lava()))
    before = folders()
    program = Program("program_failures.py", "stuck_afar")
    pid = int(program.await_line())
    workers = session_members(pid)
    assert len(workers) > 4 and len(folders() - before) == 1
    os.killpg(program.process.pid, how)
    ended = program.end()
    assert ended.code != 0 and ended.left == []
    assert ended.errors.count("KeyboardInterrupt") == (1 if how == signal.SIGINT else 0)
    # The process that stands still ends too: the session is killed as one.
    assert gone(workers)
    assert folders() <= before


def test_a_python_that_does_not_run_or_has_no_lava_is_told_by_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    words = rf"variable {VARIABLE} \('.*nothing'\): needed a Python that has lava-nc 0.10, found No"
    with pytest.raises(BackendUnavailable, match=words):
        require_device("cpu")
    bare = tmp_path / "bare"
    command = [sys.executable, "-m", "venv", "--without-pip", str(bare)]
    subprocess.run(command, check=True, timeout=LIMIT_S)
    monkeypatch.setenv(VARIABLE, str(bare / "bin" / "python"))
    with pytest.raises(BackendUnavailable, match=r"PackageNotFoundError.*pip install 'spiketrack"):
        LavaEngine(narrow_graph())


def test_a_worker_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    before = folders()
    with pytest.raises(LavaError, match="worker for Lava: needed one that starts, found"):
        lava_remote.Worker(tmp_path / "nothing")
    worker = lava_remote.Worker(Path("/usr/bin/env"))
    with pytest.raises(LavaError, match=r"found one that ended with code \d+ \(.*env"):
        worker.ask("check")
    assert folders() <= before
