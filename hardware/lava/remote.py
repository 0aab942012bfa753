"""A graph on Lava in a worker process of another Python, for programs that cannot import Lava.

`SPIKETRACK_LAVA_PYTHON` names a Python that has lava-nc; without it, `.venv-lava` beside the
project's source is taken if it is there (`make lava-environment` makes it). The worker runs this
very source, so that what it computes is what Lava computes here. Every wait looks after the worker:
one that died is an error. A worker whose engine was closed is kept for the next one.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import weakref
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from hardware.lava.local import NEEDED, VARIABLE, Arrays, Device, EngineOptions
from hardware.lava.runtime.events import Events
from hardware.lava.wire import (
    error_from_record,
    put_arrays,
    put_graph,
    take_arrays,
    to_line,
    write_all,
)
from hardware.stock.plan import StockPlan
from spiketrack.errors import BackendUnavailable, LavaError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

BESIDE = Path(__file__).resolve().parents[2] / ".venv-lava" / "bin" / "python"
START = Path(__file__).with_name("worker_start.py")
POLL_S = 0.1
LAST_WORDS = 300
ASKED = "import importlib.metadata as m; print(m.version('lava-nc'))"


def worker_python() -> Path | None:
    """The Python that runs Lava for this one: the one that was named, or the one beside the source.

    Raises:
        BackendUnavailable: the one that was named does not run, or has no lava-nc.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        version = _lava_version(named)
        if version.startswith("0.10"):
            return Path(named)
        advice = "In an environment of Python 3.10: pip install 'spiketrack[lava]'"
        needed = f"a Python that has {NEEDED}"
        raise BackendUnavailable(f"variable {VARIABLE} ('{named}')", needed, version, advice)
    return BESIDE if BESIDE.exists() and _lava_version(str(BESIDE)).startswith("0.10") else None


@cache
def _lava_version(python: str) -> str:
    try:
        done = subprocess.run(
            [python, "-I", "-c", ASKED], env=_environment(), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    except OSError as error:
        return error.strerror or str(error)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """This environment without what would lead another Python astray."""
    return {
        key: value
        for key, value in os.environ.items()
        if key != VARIABLE and not key.startswith("PYTHON") and key != "__PYVENV_LAUNCHER__"
    }


class Worker:
    """A worker process and the folder shared with it.

    Args:
        python: path of the Python to run it.

    Attributes:
        folder: where graphs and arrays are exchanged.
    """

    def __init__(self, python: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spiketrack-lava-"))
        self._errors = self.folder / "errors.txt"
        self._pending = b""
        try:
            with open(self._errors, "wb") as errors:
                self._process = subprocess.Popen(
                    [str(python), "-I", str(START), str(self.folder)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                    env=_environment(), start_new_session=True, bufsize=0,
                )  # fmt: skip
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise LavaError("worker for Lava", "one that starts", str(error)) from error
        self.kill = weakref.finalize(self, _kill, self._process, self.folder)

    def ask(self, do: str, **words: Any) -> Any:
        """One request, and what it was answered.

        Raises:
            SpiketrackError: what the worker raised.
            LavaError: it has died.
        """
        try:
            said = json.loads(self._converse(to_line({"do": do, **words})))
        except BaseException:
            # Why: after Ctrl-C an answer would still come, and be taken for the next one.
            self.kill()
            raise
        if "error" in said:
            raise error_from_record(said["error"])
        return said["done"]

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self.kill.alive and self._process.poll() is None

    def _converse(self, line: bytes) -> bytes:
        request, answer = self._process.stdin, self._process.stdout
        if request is None or answer is None:
            raise RuntimeError("a worker without pipes")
        try:
            write_all(request.fileno(), line)
        except BrokenPipeError:
            self._died()
        return self._read_line(answer.fileno())

    def _read_line(self, source: int) -> bytes:
        while b"\n" not in self._pending:
            ready, _, _ = select.select([source], [], [], POLL_S)
            chunk = os.read(source, 1 << 16) if ready else b""
            self._pending += chunk
            if not chunk and (ready or self._process.poll() is not None):
                self._died()
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _died(self) -> NoReturn:
        code = self._process.wait()
        end = f"code {code}" if code >= 0 else signal.Signals(-code).name
        words = self._errors.read_bytes() if self._errors.exists() else b""
        last = (words.decode(errors="replace").strip() or "no words").splitlines()[-1]
        found = f"one that ended with {end} ({last[:LAST_WORDS]})"
        raise LavaError("worker for Lava", "a living process", found)


def _kill(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Ends a worker and all it has started, at once: they hold nothing that could be lost."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    shutil.rmtree(folder, ignore_errors=True)


_idle: list[tuple[Path, Worker]] = []


class WorkerEngine:
    """As `LocalEngine`, in a worker.

    Attributes:
        n_processes: operating system processes that Lava started, the runtime service included.
    """

    def __init__(
        self,
        python: Path,
        graph: Graph[SpikeNode],
        options: EngineOptions,
        plan: StockPlan | None,
    ) -> None:
        """Starts a worker, or takes one that is idle, and in it the processes of the graph.

        Raises:
            The errors of `LavaEngine`.
        """
        self._python = python
        self._worker = take_idle(python)
        self._readings: dict[str, Any] = {}
        try:
            words = put_graph(self._worker.folder, graph, options, plan)
            self.n_processes = int(self._worker.ask("start", **words))
        except BaseException:
            _keep(python, self._worker)
            raise

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by process name."""
        pids: dict[str, int] = self._worker.ask("pids")
        return pids

    def run(self, frames: Arrays, n_frames: int) -> Arrays:
        """Outputs and kept values (T, B, C, H, W) for inputs (B, T, C, H, W)."""
        names = put_arrays(self._worker.folder / "in.npz", frames)
        made = self._worker.ask("run", names=names, n_frames=n_frames)
        return take_arrays(self._worker.folder / "out.npz", made)

    def counters(self) -> dict[str, Events]:
        """Events of every node since the start."""
        return {name: Events(*counts) for name, counts in self._worker.ask("counters").items()}

    def check(self) -> None:
        """Raises what a process has failed with."""
        self._worker.ask("check")

    def stop(self) -> None:
        """Ends all processes of the graph; a worker that still answers is kept."""
        try:
            if self._worker.is_alive:
                self._readings = self._worker.ask("stop")
        finally:
            _keep(self._python, self._worker)

    def readings(self) -> dict[str, Any]:
        """What the chip's probes measured, once it is stopped."""
        return self._readings


def require_device_there(python: Path, device: Device) -> None:
    """Imports in a worker what an engine for this device needs.

    Raises:
        BackendUnavailable: it is not there.
    """
    worker = take_idle(python)
    try:
        worker.ask("require", device=device)
    finally:
        _keep(python, worker)


def _keep(python: Path, worker: Worker) -> None:
    """For the next engine, if it still lives."""
    if worker.is_alive:
        _idle.append((python, worker))
    else:
        worker.kill()


def take_idle(python: Path) -> Worker:
    """A worker of this Python that runs nothing."""
    fitting = [pair for pair in _idle if pair[0] == python]
    for pair in fitting:
        _idle.remove(pair)
        if pair[1].is_alive:
            return pair[1]
        pair[1].kill()
    return Worker(python)
