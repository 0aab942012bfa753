"""Finds where two runs of one graph first differ: the node, the step, the neuron, both numbers.

Nodes are compared in topological order, a neuron's current before its membrane and that before its
spikes, so the first difference found is the cause and not a consequence of another.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.run import Run, current_name
from spiketrack.errors import GraphError
from spiketrack.graph.graph import Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first difference between two runs.

    Attributes:
        graph: name of the graph.
        node: name of the first node that differs.
        node_type: its type.
        what: "value", "membrane" or "current".
        step: t.
        index: (t, b, c, y, x), or (t, b, head, i, j) in a memory; () if the shapes differ.
        backends: names of the engines.
        found: what each run has there, or each run's shape.
        n_differing: elements of the node that differ.
        n_elements: elements of the node.
        n_equal_nodes: nodes before it, all equal.
    """

    graph: str
    node: str
    node_type: str
    what: str
    step: int
    index: tuple[int, ...]
    backends: tuple[str, str]
    found: tuple[Any, Any]
    n_differing: int
    n_elements: int
    n_equal_nodes: int

    def __str__(self) -> str:
        (first, second), (a, b) = self.backends, self.found
        head = (
            f"graph '{self.graph}' diverges at the {self.what} of '{self.node}' ({self.node_type})"
        )
        if not self.index:
            return f"{head}: shape {a} in '{first}', {b} in '{second}'"
        return (
            f"{head}, step {self.step}, index {self.index}: {a} in '{first}', {b} in '{second}'; "
            f"{self.n_differing} of {self.n_elements} elements differ there, "
            f"{self.n_equal_nodes} nodes before it are equal"
        )


def first_divergence(
    run_a: Run,
    run_b: Run,
    graph: Graph[Any],
    *,
    names: Container[str] | None = None,
    states: bool = True,
) -> Divergence | None:
    """The first node in topological order whose current, membrane or value differs, or None.

    What one of the runs did not keep is skipped; outputs are compared always. Integers and floats
    compare by value; two NaN at one place are equal.

    Args:
        run_a: a run of `graph` by any backend.
        run_b: another, on the same inputs.
        graph: the graph that both ran.
        names: compare these nodes only, e.g. neurons when one run is of the float graph.
        states: compare currents and membranes as well as values.

    Raises:
        GraphError: the runs share no value to compare.
    """
    compared = 0
    for node in graph:
        if names is not None and node.name not in names:
            continue
        pairs = [pair for pair in _kept(run_a, run_b, node.name) if states or pair[0] == "value"]
        for what, a, b in pairs:
            difference = _difference(a, b)
            if difference is not None:
                return Divergence(
                    graph=graph.name,
                    node=node.name,
                    node_type=type(node).__name__,
                    what=what,
                    backends=(run_a.backend, run_b.backend),
                    n_elements=a.size,
                    n_equal_nodes=compared,
                    **difference,
                )
        compared += bool(pairs)
    if not compared:
        raise GraphError(
            f"runs by '{run_a.backend}' and '{run_b.backend}'", "a common value", "none"
        )
    return None


def _kept(run_a: Run, run_b: Run, name: str) -> list[tuple[str, NDArray[Any], NDArray[Any]]]:
    """What both runs kept of a node: current, membrane, then value."""
    current = current_name(name)
    pairs = (
        ("current", run_a.states.get(current), run_b.states.get(current)),
        ("membrane", run_a.states.get(name), run_b.states.get(name)),
        ("value", _value(run_a, name), _value(run_b, name)),
    )
    return [
        (what, np.asarray(a), np.asarray(b))
        for what, a, b in pairs
        if a is not None and b is not None
    ]


def _value(run: Run, name: str) -> NDArray[Any] | None:
    return run.values.get(name, run.outputs.get(name))


def _difference(a: NDArray[Any], b: NDArray[Any]) -> dict[str, Any] | None:
    if a.shape != b.shape:
        return {"step": 0, "index": (), "found": (a.shape, b.shape), "n_differing": a.size}
    differs = (a != b) & ~((a != a) & (b != b))
    count = int(np.count_nonzero(differs))
    if not count:
        return None
    index = tuple(int(i) for i in np.unravel_index(int(differs.argmax()), differs.shape))
    numbers = (a[index].item(), b[index].item())
    return {"step": index[0], "index": index, "found": numbers, "n_differing": count}
