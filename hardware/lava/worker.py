"""The program that runs Lava for a program of another Python; `hardware.lava.remote` starts it.

It runs one graph at a time. It ends when its standard input ends, and within `ORPHAN_POLL_S` when
its parent has died, whatever it is doing then; everything it has started dies with it, and its
folder goes too.
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from hardware.lava.local import LocalEngine, require_device_here
from hardware.lava.wire import (
    Json,
    error_to_record,
    put_arrays,
    take_arrays,
    take_graph,
    to_line,
    write_all,
)

ORPHAN_POLL_S = 1.0


class Service:
    """Answers requests about one graph.

    Args:
        folder: where graphs and arrays are exchanged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine: LocalEngine | None = None
        self.answers: dict[str, Callable[[Json], Any]] = {
            "require": lambda words: require_device_here(words["device"]),
            "start": self._start,
            "run": self._run,
            "counters": self._counters,
            "check": lambda words: self._running.check(),
            "pids": lambda words: self._running.pids,
            "stop": self._stop,
        }

    @property
    def _running(self) -> LocalEngine:
        if self._engine is None:
            raise RuntimeError("no graph is running")
        return self._engine

    def _start(self, words: Json) -> int:
        self._engine = LocalEngine(*take_graph(self._folder, words))
        return self._engine.n_processes

    def _run(self, words: Json) -> list[str]:
        frames = take_arrays(self._folder / "in.npz", words["names"])
        return put_arrays(self._folder / "out.npz", self._running.run(frames, words["n_frames"]))

    def _counters(self, words: Json) -> dict[str, list[int]]:
        return {name: list(astuple(one)) for name, one in self._running.counters().items()}

    def _stop(self, words: Json) -> dict[str, Any]:
        engine, self._engine = self._running, None
        engine.stop()
        return engine.readings()


def main(folder: Path) -> None:
    """Serves until standard input ends."""
    parent = os.getppid()
    # Why: a terminal sends Ctrl-C to all; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Why another descriptor: what a library prints must not end up between two answers.
    out = os.dup(1)
    os.dup2(2, 1)
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()
    service = Service(folder)
    for line in sys.stdin.buffer:
        write_all(out, to_line(_answer(service, line)))
    _end(folder)


def _answer(service: Service, line: bytes) -> Json:
    # Why any exception: it is the parent's to raise.
    try:
        words = json.loads(line)
        return {"done": service.answers[words["do"]](words)}
    except Exception as error:
        return {"error": error_to_record(error)}


def _end_with(parent: int, folder: Path) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_POLL_S)
    _end(folder)


def _end(folder: Path) -> None:
    """Ends the session that the parent made for this program, and this program with it."""
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
