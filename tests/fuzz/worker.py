"""A process that runs cases one by one and writes a line of JSON about each to its output.

python -m tests.fuzz.worker KIND SEED START STOP FOLDER

Why a process: the HDF5 library may end it, and its memory can be bounded.
"""

import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

from spiketrack.files.budget import allowance
from tests.fuzz.cases import Case, judge, make_case, seeds_of, timed
from tests.fuzz.seeds import reader

CASE_SECONDS = 10
"""CPU time of one case."""
MEMORY_BYTES = 3 << 30
"""Address space above what the process has once everything is imported."""
SLACK_BYTES = 1 << 26
"""What a case may take beyond the readers' own account, for what no account sees."""
_PEAK = "VmHWM:"


def main(arguments: list[str]) -> None:
    """Runs the cases `START`..`STOP`-1."""
    kind, folder = arguments[0], Path(arguments[4])
    seed, start, stop = (int(number) for number in arguments[1:4])
    warnings.simplefilter("ignore")
    read = reader(kind)
    if read is None:
        raise SystemExit(f"there is no reader of {kind} files")
    for valid in seeds_of(kind):  # so that whatever reading imports is part of the start
        path = folder / f"warm{valid.suffix}"
        path.write_bytes(valid.data)
        judge(Case(path, valid.name, None, True), read)
    limit = _address_space() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    base = _status(_PEAK)
    report({"base": base})
    for index in range(start, stop):
        report({"make": index})
        case = make_case(kind, seed, index, folder)
        report({"start": index, "story": case.story})
        _forget_peak()
        _bound_time()
        outcome, details, seconds = timed(case, read)
        peak, most = _status(_PEAK), allowance(case.path.stat().st_size) + SLACK_BYTES
        if peak - base > most and not outcome.startswith("BAD"):
            outcome, details = "BAD memory", f"{peak - base} bytes, {most} are in proportion"
        line = {"index": index, "outcome": outcome, "details": details, "seconds": seconds}
        report({**line, "story": case.story, "peak": peak, "default": not case.limits})


def report(line: dict[str, object]) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _status(key: str) -> int:
    """One size from the kernel's account of this process, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(key))


def _bound_time() -> None:
    """Lets the kernel end this process if a case computes for too long, even inside of HDF5.

    Why CPU time: a busy machine shall not make a slow case of a quick one.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + CASE_SECONDS, hard))


def _forget_peak() -> None:
    """Starts the kernel's account of peak memory anew, so that each case shows its own."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # then peaks are those of the process so far


if __name__ == "__main__":
    main(sys.argv[1:])
