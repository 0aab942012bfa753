"""The self-test runs random graphs on every backend and compares every number.

The reference defines what a graph means. Each backend must give the same value of every node and
the same registers of every neuron, bit for bit; of a backend that the caller brings, values are
compared. A graph on which one does not is saved, to be run
again by `replay`; it can also be made anew from its seed and number.

Graphs are valid by construction and cannot overflow, so an error of the reference on one is a
failure itself. Every tenth is an exception: one of its widths is cut, and if that overflows, every
backend must refuse the graph with the reference's own words.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from simulation.random_graphs import Case, narrowed, random_graph
from simulation.run import Run
from simulation.selftest.backends import (
    BACKENDS,
    REFERENCE,
    Backend,
    Result,
    choose_backends,
    run_on_reference,
)
from simulation.selftest.backends import (
    available_backends as available_backends,
)
from simulation.selftest.cases import SavedCase, load_case, save_case
from simulation.selftest.compare import compare, count_numbers
from simulation.selftest.report import (
    BackendReport,
)
from simulation.selftest.report import (
    Disagreement as Disagreement,
)
from simulation.selftest.report import (
    SelftestReport as SelftestReport,
)
from spiketrack.errors import OverflowBoundError, UnsupportedOpError

MAY_OVERFLOW = 10
"""One graph in so many has a width that may not hold."""
CHUNK = 200
"""Graphs run side by side: the Brian2 witness is slow to start and fast from then on."""
Progress = Callable[[int, int], None]
NO_BACKENDS: Mapping[str, Backend] = MappingProxyType({})


def selftest(
    seed: int,
    n: int,
    backends: Sequence[str] | None = None,
    *,
    further: Mapping[str, Backend] = NO_BACKENDS,
    folder: Path | None = None,
    may_skip: bool = False,
    on_progress: Progress | None = None,
) -> SelftestReport:
    """Runs graphs 0..n-1 of a seed on the reference and on every backend.

    Ctrl-C ends it with a report of what was compared until then.

    Args:
        seed: 0 or more; makes all graphs and inputs.
        n: how many graphs, at least 1.
        backends: names from `available_backends`, which are all run if None, or from `further`.
        further: backends that this room does not know, by name; they need not keep registers.
        folder: where graphs that fail are saved; made when the first one is. None saves nothing.
        may_skip: a backend may decline graphs it has no means for, and still pass.
        on_progress: is called with (graphs done, n) now and then.

    Raises:
        BackendUnavailable: a backend that is unknown or not installed.
        StoreError: a graph that fails cannot be saved.
        ValueError: a negative seed, or fewer graphs than one.
    """
    if seed < 0 or n < 1:
        raise ValueError(f"needed seed >= 0 and n >= 1, found seed {seed} and n {n}")
    tally = _Tally(seed, n, choose_backends(backends, further), folder, may_skip=may_skip)
    # A generator: a million graphs must not lie in memory at once.
    cases = (random_case(seed, index) for index in range(n))
    try:
        while chunk := list(islice(cases, CHUNK)):
            tally.add(chunk)
            if on_progress is not None:
                on_progress(chunk[-1].index + 1, n)
    except KeyboardInterrupt:
        return tally.report(interrupted=True)
    return tally.report()


def random_case(seed: int, index: int) -> SavedCase:
    """Graph number `index` of a seed as the self-test runs it."""
    case = random_graph(seed, index)
    if index % MAY_OVERFLOW < MAY_OVERFLOW - 1:
        return SavedCase(case, seed, index)
    return SavedCase(narrowed(case, seed, index), seed, index, may_overflow=True)


def replay(
    path: str | Path,
    backends: Sequence[str] | None = None,
    *,
    further: Mapping[str, Backend] = NO_BACKENDS,
    warn: Callable[[str], None] = lambda text: None,
) -> SelftestReport:
    """Runs one saved graph again; it may overflow.

    Args:
        path: the .stk file that a self-test saved, beside its .npz.
        backends: as for `selftest`.
        further: as for `selftest`.
        warn: is called with a sentence if the graph does not say which inputs are its own.

    Raises:
        BackendUnavailable: a backend that is unknown or not installed.
        StoreError: files that are missing, damaged or not a self-test's.
        PairError: inputs of another graph.
    """
    saved = load_case(Path(path), warn)
    tally = _Tally(saved.seed, 1, choose_backends(backends, further), None, may_skip=False)
    tally.add([saved])
    report = tally.report()
    divergences = tuple(replace(difference, saved=str(path)) for difference in report.divergences)
    return replace(report, divergences=divergences)


class _Tally:
    """Sums up chunk by chunk."""

    def __init__(
        self,
        seed: int,
        n: int,
        backends: Mapping[str, Backend],
        folder: Path | None,
        *,
        may_skip: bool,
    ) -> None:
        self._seed, self._n, self._folder, self._may_skip = seed, n, folder, may_skip
        self._backends = backends
        reports = (REFERENCE, *backends)
        self._seconds: dict[str, list[float]] = {name: [] for name in reports}
        self._graphs = dict.fromkeys(reports, 0)
        self._numbers = dict.fromkeys(reports, 0)
        self._refused = dict.fromkeys(reports, 0)
        self._skipped: dict[str, list[tuple[int, str]]] = {name: [] for name in reports}
        self._divergences: list[Disagreement] = []
        self._nodes: Counter[str] = Counter()
        self._lively: Counter[str] = Counter()

    def add(self, chunk: Sequence[SavedCase]) -> None:
        """Runs some graphs on everything and compares."""
        cases = [saved.case for saved in chunk]
        expected = self._timed(REFERENCE, run_on_reference, cases)
        for saved, result in zip(chunk, expected, strict=True):
            self._count(REFERENCE, result, result)
            self._look_at(saved.case, result)
            if not isinstance(result, Run) and not _may_refuse(saved, result):
                error = f"{type(result).__name__}: {result}"
                message = f"the reference cannot run a valid graph: {error}"
                self._add(
                    saved,
                    replace(
                        _blank(REFERENCE, saved), what="error", expected="a run", found=error,
                        message=message,
                    ),
                )  # fmt: skip
        for name, backend in self._backends.items():
            results = self._timed(name, backend, cases)
            for saved, a, b in zip(chunk, expected, results, strict=True):
                self._judge(name, saved, a, b)

    def _timed(self, name: str, run: Backend, cases: Sequence[Case]) -> list[Result]:
        start = time.perf_counter()
        results = run(cases)
        self._seconds[name].append(time.perf_counter() - start)
        return results

    def _count(self, name: str, expected: Result, result: Result) -> None:
        """What was compared: numbers of two runs, or two refusals."""
        self._graphs[name] += 1
        if isinstance(expected, Run):
            self._numbers[name] += count_numbers(result)
        elif not isinstance(result, Run):
            self._refused[name] += 1

    def _look_at(self, case: Case, result: Result) -> None:
        """Counts nodes, and those with more than one value in them: zeros alone prove little."""
        for node in case[0]:
            kind = type(node).__name__
            self._nodes[kind] += 1
            if isinstance(result, Run):
                value = result.values[node.name]
                # A value that is the same everywhere would agree by accident.
                self._lively[kind] += bool(value.min() != value.max())

    def _judge(self, name: str, saved: SavedCase, expected: Result, given: Result) -> None:
        # Declining is no divergence, unless the reference declines too and the words can be
        # compared.
        if isinstance(given, UnsupportedOpError) and not isinstance(expected, UnsupportedOpError):
            self._skipped[name].append((saved.index, str(given)))
            return
        self._count(name, expected, given)
        if isinstance(expected, Run) and name not in BACKENDS:
            # Backends from elsewhere need not keep registers.
            expected = replace(expected, states={})
        difference = compare(expected, given, saved.case[0], _blank(name, saved))
        if difference is not None:
            self._add(saved, difference)

    def _add(self, saved: SavedCase, difference: Disagreement) -> None:
        if self._folder is not None:
            difference = replace(difference, saved=str(save_case(self._folder, saved)))
        self._divergences.append(difference)

    def report(self, *, interrupted: bool = False) -> SelftestReport:
        """Reports what was found so far."""
        return SelftestReport(
            n=self._n,
            seed=self._seed,
            n_nodes=_sorted(self._nodes.items()),
            n_lively=_sorted(self._lively.items()),
            may_skip=self._may_skip,
            interrupted=interrupted,
            backends=tuple(
                BackendReport(
                    name=name,
                    n_graphs=self._graphs[name],
                    n_numbers=self._numbers[name],
                    seconds=sum(seconds),
                    first_seconds=seconds[0] if seconds else 0.0,
                    n_refused=self._refused[name],
                    skipped=tuple(self._skipped[name]),
                )
                for name, seconds in self._seconds.items()
            ),
            divergences=tuple(
                sorted(
                    self._divergences, key=lambda difference: (difference.index, difference.backend)
                )
            ),
        )


def _may_refuse(saved: SavedCase, error: Exception) -> bool:
    """Whether the reference's error says nothing but that a cut width does not hold."""
    return saved.may_overflow and isinstance(error, OverflowBoundError)


def _blank(name: str, saved: SavedCase) -> Disagreement:
    return Disagreement(
        index=saved.index, seed=saved.seed, backend=name, node="", what="", place=(),
        expected=None, found=None, n_differing=0, message="",
    )  # fmt: skip


def _sorted(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(items))
