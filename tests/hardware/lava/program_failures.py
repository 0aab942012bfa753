"""Makes an engine fail in the way named by the first argument, and says what came of it."""

import json
import os
import signal
import sys
import threading
import time
from typing import Any

from hardware.lava.backend import LavaEngine
from hardware.lava.compute import arithmetic as lava_arithmetic
from hardware.lava.runtime import stopped as lava_stopped
from spiketrack.errors import SpiketrackError
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def attempt(engine: LavaEngine, value: int) -> dict[str, object]:
    """Runs once; the error and how long it took."""
    start = time.monotonic()
    try:
        engine.run(frame(value))
    except SpiketrackError as error:
        kind, seconds = type(error).__name__, time.monotonic() - start
        return {"error": f"{kind}: {error}", "seconds": seconds}
    return {"error": "", "seconds": time.monotonic() - start}


def overflowing(detail: str) -> object:
    """A stream overflows inside a process."""
    return attempts(LavaEngine(narrow_graph(), detail=detail))  # type: ignore[arg-type]


def raising(detail: str) -> object:
    """A process fails in a way that nobody planned for."""
    vars(lava_arithmetic)["check_width"] = unlucky
    return attempts(LavaEngine(narrow_graph(), detail=detail))  # type: ignore[arg-type]


def unlucky(value: Any, bits: int, what: str) -> Any:
    """In the place of the check of widths."""
    if value.max() == 40:
        raise ZeroDivisionError("not planned for")
    return value


def attempts(engine: LavaEngine) -> object:
    """A good frame, one too many, and a good one."""
    good, bad, again = attempt(engine, 3), attempt(engine, 40), attempt(engine, 3)
    return {"good": good, "bad": bad, "again": again, "alive": list(engine.pids)}


def killed(who: str) -> object:
    """A child is killed between two runs."""
    engine = LavaEngine(narrow_graph(), detail="node")
    good = attempt(engine, 3)
    os.kill(engine.pids[who], signal.SIGKILL)
    return {"good": good, "bad": attempt(engine, 3), "alive": list(engine.pids)}


def killed_meanwhile() -> object:
    """A child stops, so that the run waits for it, and is then killed."""
    engine = LavaEngine(narrow_graph(), detail="node")
    pid = engine.pids["neuron"]
    os.kill(pid, signal.SIGSTOP)
    killer = threading.Timer(1.0, os.kill, (pid, signal.SIGKILL))
    killer.start()
    bad = attempt(engine, 3)
    return {"bad": bad, "alive": list(engine.pids)}


def stopped() -> object:
    """A child stops and stays so; it counts as lost after a few checks."""
    engine = LavaEngine(narrow_graph(), detail="node")
    vars(lava_stopped)["STOPPED_CHECKS"] = 5
    os.kill(engine.pids["neuron"], signal.SIGSTOP)
    return {"bad": attempt(engine, 3), "alive": list(engine.pids)}


def stuck() -> None:
    """Waits for a child that stands still, until somebody interrupts or kills this program."""
    engine = LavaEngine(narrow_graph(), detail="node")
    os.kill(engine.pids["neuron"], signal.SIGSTOP)
    print("running", flush=True)
    engine.run(frame(3))


def stuck_afar() -> None:
    """The same of Lava in a worker, whose process id it tells."""
    engine = LavaEngine(narrow_graph(), detail="node")
    stopped = engine.pids["neuron"]
    os.kill(stopped, signal.SIGSTOP)
    print(os.getsid(stopped), flush=True)
    engine.run(frame(3))


def forgotten() -> object:
    """An engine that nobody closes."""
    engine = LavaEngine(narrow_graph(), detail="node")
    globals()["kept"] = engine
    return attempt(engine, 3)


if __name__ == "__main__":
    # Why: what a shell runs in the background ignores Ctrl-C, and so does what that starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
