"""Gives each backend that must equal the reference as one function from cases to runs."""

from collections.abc import Callable, Mapping, Sequence

from simulation.fast.engine import FastEngine
from simulation.random_graphs import Case
from simulation.reference.engine import run_reference
from simulation.run import Run
from simulation.witness.brian2_engine import brian2_available, run_brian2, run_brian2_many
from spiketrack.errors import BackendUnavailable

REFERENCE = "reference"
Result = Run | Exception
Backend = Callable[[Sequence[Case]], list[Result]]


def available_backends() -> tuple[str, ...]:
    """Names the backends that can be compared with the reference on this machine."""
    return tuple(name for name in BACKENDS if _IS_HERE.get(name, lambda: True)())


def choose_backends(
    names: Sequence[str] | None, further: Mapping[str, Backend]
) -> dict[str, Backend]:
    """The wanted backends without repetition, or all of ours there are; never the reference.

    Args:
        names: of ours or of `further`, which run only if they are named.
        further: backends that the caller brings.

    Raises:
        BackendUnavailable: a name that is unknown or not installed, or nothing to compare with.
    """
    ours = available_backends()
    known = {**{name: BACKENDS[name] for name in ours}, **further}
    chosen = tuple(dict.fromkeys(ours if names is None else names))
    for name in chosen:
        if name not in (*known, REFERENCE):
            needed = f"one of {', '.join((REFERENCE, *known))}"
            raise BackendUnavailable(f"backend '{name}'", needed)
    if not set(chosen) - {REFERENCE}:
        raise BackendUnavailable("the self-test", "a backend beside the reference", "none")
    return {name: known[name] for name in chosen if name != REFERENCE}


def run_on_reference(cases: Sequence[Case]) -> list[Result]:
    """Runs every case on the reference; an error takes the place of its run."""
    return [_attempt(run_reference, case) for case in cases]


def _run_fast(cases: Sequence[Case]) -> list[Result]:
    def run(*case: object) -> Run:
        graph, inputs = case
        return FastEngine(graph).run(inputs, keep_all=True)  # type: ignore[arg-type]

    return [_attempt(run, case) for case in cases]


def _run_brian2(cases: Sequence[Case]) -> list[Result]:
    # Why a second way: an error that is not ours ends the whole batch, and one graph is to blame.
    try:
        return list(run_brian2_many(cases))
    except Exception:
        return [_attempt(run_brian2, case) for case in cases]


def _attempt(run: Callable[..., Run], case: Case) -> Result:
    # Why any exception: a backend that crashes on a valid graph is what a self-test looks for.
    try:
        return run(*case)
    except Exception as error:
        return error


BACKENDS: dict[str, Backend] = {"fast": _run_fast, "brian2": _run_brian2}
_IS_HERE: dict[str, Callable[[], bool]] = {"brian2": brian2_available}
"""How to see whether an optional library is installed; a backend without a row needs none."""
