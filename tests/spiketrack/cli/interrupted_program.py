"""The program, with a place where it waits for Ctrl-C: run as a process of its own.

Arguments: the place, how often it is passed before it waits, a file to make then, the command line.
It goes on when the signal has arrived, so that no test depends on how fast a machine is.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.fast import engine as fast
from simulation.selftest import run as selftest
from spiketrack.cli import main
from spiketrack.pipeline.network import simulate
from spiketrack.tracking import Tracker


def waits_after(passes: int, reached: Path, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; the last of so many calls ends only after Ctrl-C."""
    # Why a wake-up file: it is written when Python has taken note of the signal.
    arrived, noted = os.pipe()
    os.set_blocking(noted, False)
    signal.set_wakeup_fd(noted)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        result = function(*arguments, **named)
        calls += 1
        if calls == passes:
            reached.touch()
            os.read(arrived, 1)
        return result

    return counted


def run() -> None:
    """Puts the wait in its place and runs the command line."""
    place, passes, reached, *command = sys.argv[1:]
    # Why: a background job of a shell starts with the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    owner: Any
    if place == "frame":
        owner, name = Tracker, "track"
    elif place == "sample":
        owner, name = fast.FastEngine, "run"
        simulate.CHUNK_VALUES = 1
    else:
        owner, name = selftest, "random_case"
        selftest.CHUNK = 1
    setattr(owner, name, waits_after(int(passes), Path(reached), getattr(owner, name)))
    sys.argv = ["spiketrack", *command]
    main()


if __name__ == "__main__":
    run()
