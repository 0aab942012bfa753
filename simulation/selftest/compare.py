"""Compares one backend's result with the reference's, in every value and register."""

from dataclasses import replace

from simulation.divergence import Divergence, first_divergence
from simulation.run import Run, current_name
from simulation.selftest.backends import Result
from simulation.selftest.report import Disagreement
from spiketrack.errors import SpiketrackError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

ORDER = ("current", "membrane", "value")


def compare(
    expected: Result, given: Result, graph: Graph[SpikeNode], blank: Disagreement
) -> Disagreement | None:
    """The first difference in topological order, or None.

    Errors are equal if they are of one type and name the same thing and the same need. Backends may
    name different ones of several values that do not fit: engines check a step or a layer at once.

    Args:
        expected: the reference's run, or its error.
        given: a backend's.
        graph: what both ran.
        blank: names graph, seed and backend; filled in where something differs.
    """
    if isinstance(expected, Run) and isinstance(given, Run):
        return _missing(expected, given, blank) or _different(expected, given, graph, blank)
    if _refused_alike(expected, given):
        return None
    outcomes = [
        "a run" if isinstance(result, Run) else f"{type(result).__name__}: {result}"
        for result in (expected, given)
    ]
    message = f"{blank.backend}: {outcomes[1]}; the reference: {outcomes[0]}"
    return replace(blank, what="error", expected=outcomes[0], found=outcomes[1], message=message)


def _refused_alike(expected: Result, given: Result) -> bool:
    if type(expected) is not type(given) or isinstance(expected, Run):
        return False
    if isinstance(expected, SpiketrackError) and isinstance(given, SpiketrackError):
        return (expected.what, expected.needed) == (given.what, given.needed)
    return str(expected) == str(given)


def _missing(expected: Run, given: Run, blank: Disagreement) -> Disagreement | None:
    lacking = expected.values.keys() - given.values.keys()
    lacking |= expected.states.keys() - given.states.keys()
    for name in (*expected.values, *expected.states):
        if name in lacking:
            message = f"{blank.backend} did not keep '{name}'"
            return replace(blank, node=name, what="missing", message=message)
    return None


def _different(
    expected: Run, given: Run, graph: Graph[SpikeNode], blank: Disagreement
) -> Disagreement | None:
    position = {node.name: i for i, node in enumerate(graph)}
    candidates = [first_divergence(expected, given, graph), _current(expected, given, graph)]
    differing = [divergence for divergence in candidates if divergence is not None]
    if not differing:
        return None
    first = min(
        differing, key=lambda divergence: (position[divergence.node], ORDER.index(divergence.what))
    )
    return replace(
        blank,
        node=first.node,
        what=first.what,
        place=first.index,
        expected=first.found[0],
        found=first.found[1],
        n_differing=first.n_differing,
        message=str(first),
    )


def _current(expected: Run, given: Run, graph: Graph[SpikeNode]) -> Divergence | None:
    """The first current that differs: currents are compared in the place of membranes."""
    names = [node.name for node in graph if current_name(node.name) in expected.states]
    if not names:
        return None
    a, b = (
        Run(run.backend, {}, {}, {name: run.states[current_name(name)] for name in names})
        for run in (expected, given)
    )
    divergence = first_divergence(a, b, graph, names=names)
    return None if divergence is None else replace(divergence, what="current")


def count_numbers(run: Result) -> int:
    """Integers in all values and registers of a run."""
    if not isinstance(run, Run):
        return 0
    return sum(array.size for kept in (run.values, run.states) for array in kept.values())
