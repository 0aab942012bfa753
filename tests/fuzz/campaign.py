"""Runs many cases in workers, restarts those that die or hang, and sums up what happened."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from typing import Any

from tests.fuzz.seeds import reader

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240.0
_UNMADE = "not made"
_TELL_EVERY = 500


@dataclass(slots=True)
class Findings:
    """What a campaign over one kind led to.

    Attributes:
        outcomes: how often each came: "read", a typed error's name, "BAD ...", "died ...", "hung".
        bad: index, story and details of every case that is neither a read nor a typed error.
        n_unmade: cases at which HDF5 failed while the mutation was made; nothing was read.
        slowest: seconds, index and story of the slowest case.
        peak_bytes: resident memory above the worker's own, largest over the cases under the
            harness's limits, then over those under the reader's own.
    """

    kind: str
    outcomes: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    n_unmade: int = 0
    slowest: tuple[float, int, str] = (0.0, -1, "")
    peak_bytes: dict[bool, tuple[int, int, str]] = field(
        default_factory=lambda: {False: (0, -1, ""), True: (0, -1, "")}
    )

    @property
    def n(self) -> int:
        """Number of cases."""
        return sum(self.outcomes.values())

    def take(self, line: dict[str, Any], base: int) -> None:
        """Adds one worker's line about a case."""
        index, story, outcome = line["index"], line["story"], line["outcome"]
        self.outcomes[outcome] += 1
        if outcome.startswith("BAD"):
            self._note(index, story, f"{outcome}: {line['details']}")
        self.slowest = max(self.slowest, (line["seconds"], index, story))
        grown = (max(0, line["peak"] - base), index, story)
        self.peak_bytes[line["default"]] = max(self.peak_bytes[line["default"]], grown)
        if self.n % _TELL_EVERY == 0:
            print(self.text(), file=sys.stderr, flush=True)

    def lose(self, index: int, story: str, ending: str, told: str) -> None:
        """Adds a case that ended its worker: while it was read, or before it was a file."""
        if story == _UNMADE:
            self.n_unmade += 1
            return
        self.outcomes[ending] += 1
        self._note(index, story, f"{ending} {told}".strip())

    def _note(self, index: int, story: str, details: str) -> None:
        self.bad.append((index, story, details))
        print(f"{self.kind} {index}: {story} {details}", file=sys.stderr, flush=True)

    def text(self) -> str:
        """A few lines for people."""
        listed = ", ".join(f"{name} {n}" for name, n in sorted(self.outcomes.items()))
        ours, theirs = self.peak_bytes[False], self.peak_bytes[True]
        lines = [
            f"{self.kind}: {self.n} cases ({self.n_unmade} not made): {listed}",
            f"  slowest {self.slowest[0]:.2f} s (case {self.slowest[1]}: {self.slowest[2]})",
            f"  peak {ours[0] >> 20} MiB above the start (case {ours[1]}: {ours[2]}); "
            f"with the reader's own limits {theirs[0] >> 20} MiB (case {theirs[1]}: {theirs[2]})",
        ]
        lines += [f"  NOT IN ORDER case {i}: {story} {details}" for i, story, details in self.bad]
        return "\n".join(lines)


def run_campaign(
    kind: str, n: int, seed: int = 0, *, first: int = 0, keep: Path | None = None
) -> Findings:
    """Runs `n` cases of one kind.

    Args:
        kind: see `tests.fuzz.seeds.KINDS`.
        n: how many.
        seed: of all of them.
        first: number of the first case.
        keep: where files that end in neither a read nor a typed error are put, and the slowest.

    Raises:
        RuntimeError: the worker cannot be started.
    """
    if reader(kind) is None:
        raise RuntimeError(f"there is no reader of {kind} files")
    findings = Findings(kind)
    start = first
    while start < first + n:
        with TemporaryDirectory() as folder:
            start = _run_worker(findings, seed, start, first + n, Path(folder))
    if keep is not None:
        _keep(findings, seed, keep)
    return findings


def _run_worker(findings: Findings, seed: int, start: int, stop: int, folder: Path) -> int:
    """Runs cases until the worker ends; returns the next one to run."""
    command = [sys.executable, "-m", "tests.fuzz.worker", findings.kind]
    command += [str(seed), str(start), str(stop), str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with (
        open(folder / "stderr", "w+b") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors
        ) as worker,
    ):
        current, base, story = -1, 0, _UNMADE
        for line in _lines(worker):
            base = line.get("base", base)
            current = line.get("make", current)
            story = _UNMADE if "make" in line else line.get("story", story)
            if "outcome" in line:
                findings.take(line, base)
                current = -1
        hung = worker.poll() is None and current >= 0
        worker.kill() if hung else worker.wait()
        worker.wait()
        errors.seek(0)
        told = errors.read().decode("utf-8", "replace")[-2000:]
    if current < 0 and worker.returncode == 0:
        return stop
    if current < 0:
        raise RuntimeError(f"the worker ended with {worker.returncode}: {told}")
    hung = hung or worker.returncode == -signal.SIGXCPU
    ending = "hung" if hung else f"died: {_ending(worker.returncode)}"
    findings.lose(current, story, ending, told)
    return current + 1


def _lines(worker: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """What the worker reports, until it ends or says nothing for too long."""
    if worker.stdout is None:
        return
    stream, rest = worker.stdout.fileno(), b""
    while select([stream], [], [], PATIENCE_SECONDS)[0]:
        piece = os.read(stream, 1 << 16)
        if not piece:
            worker.wait()
            return
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            yield json.loads(text)


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _keep(findings: Findings, seed: int, folder: Path) -> None:
    """Makes the telling files once more and puts them into a folder of their own."""
    from tests.fuzz.cases import make_case  # not before: a campaign itself needs no torch

    folder.mkdir(parents=True, exist_ok=True)
    peaks = [one[1] for one in findings.peak_bytes.values()]
    telling = {index for index, *_ in findings.bad} | {findings.slowest[1], *peaks}
    for index in sorted(telling - {-1}):
        with TemporaryDirectory() as made:
            case = make_case(findings.kind, seed, index, Path(made))
            name = f"{findings.kind}-{seed}-{index}{''.join(case.path.suffixes)}"
            shutil.copyfile(case.path, folder / name)
