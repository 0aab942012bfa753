"""Reports what a self-test found as plain records, ready to print or to write as JSON."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """The first place where a backend differs from the reference on one graph.

    Attributes:
        index: number of the graph.
        seed: seed of the self-test; seed and index make the graph anew.
        backend: name of the backend.
        node: the first node in topological order that differs, or "" for a whole run.
        what: "current", "membrane", "value", "missing" (not kept), or "error".
        place: (t, b, c, y, x); () if shapes differ or nothing is there.
        expected: what the reference has there.
        found: what the backend has there.
        n_differing: elements of the node that differ.
        message: the same in a sentence.
        saved: path of the saved graph, or None.
    """

    index: int
    seed: int
    backend: str
    node: str
    what: str
    place: tuple[int, ...]
    expected: Any
    found: Any
    n_differing: int
    message: str
    saved: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendReport:
    """What one backend did in a self-test.

    Attributes:
        name: the backend.
        n_graphs: graphs it ran.
        n_numbers: integers of values and registers that were compared.
        n_refused: graphs that overflow: it and the reference refuse them.
        seconds: time it took to run them.
        first_seconds: the part of it for the first 200 graphs, while libraries load and compile.
        skipped: (graph index, reason) of graphs it cannot take.
    """

    name: str
    n_graphs: int
    n_numbers: int
    seconds: float
    first_seconds: float
    skipped: tuple[tuple[int, str], ...]
    n_refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestReport:
    """A whole self-test.

    Attributes:
        n: graphs.
        seed: the seed they were made from.
        n_nodes: nodes of all graphs, by type.
        n_lively: nodes of those whose value is not the same everywhere, by type.
        backends: the reference first, then what was compared with it.
        divergences: at most one per graph and backend.
        may_skip: graphs that a backend has no means for are no failure.
        interrupted: Ctrl-C ended it; each backend's share says how many graphs it was compared on.
    """

    n: int
    seed: int
    n_nodes: dict[str, int]
    n_lively: dict[str, int]
    backends: tuple[BackendReport, ...]
    divergences: tuple[Disagreement, ...]
    may_skip: bool = False
    interrupted: bool = False

    @property
    def passed(self) -> bool:
        """Something was compared on every backend, nothing was left out, and nothing differs.

        Two refusals are something only where all graphs are refused: the replay of such a one.
        """
        if self.divergences or not self.backends:
            return False
        compared = all(
            backend.n_numbers or backend.n_refused == self.n for backend in self.backends
        )
        return compared and (self.may_skip or not any(backend.skipped for backend in self.backends))
