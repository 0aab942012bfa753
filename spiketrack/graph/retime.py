"""Makes the same graph for another number of steps, since T enters with the inputs only."""

from dataclasses import replace

from spiketrack.errors import GraphError
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Input, fixes_steps
from spiketrack.graph.shapes import N


def retime(graph: Graph[N], n_steps: int) -> Graph[N]:
    """Gives every input, and so every value, `n_steps` steps.

    Requires: all inputs have the same number of steps, and no node fixes it.
    Ensures: the same nodes in the same order. Exact.

    Args:
        graph: a graph of float nodes or of integer nodes.
        n_steps: T, at least 1.

    Raises:
        GraphError: n_steps < 1, or a node that works with its own number of steps only.
    """
    if n_steps < 1:
        raise GraphError(f"graph '{graph.name}'", "at least 1 step", str(n_steps))
    inputs = [node for node in graph if isinstance(node, Input)]
    fixed = [node.name for node in graph if fixes_steps(node)]
    # Nothing to do is allowed for every graph, also for one that fixes its steps.
    if all(node.shape[0] == n_steps for node in inputs):
        return graph
    if fixed:
        raise GraphError(f"node '{fixed[0]}'", "its own number of steps", f"{n_steps} asked for")
    return Graph(graph.name, tuple(_retimed(node, n_steps) for node in graph))


def _retimed(node: N, n_steps: int) -> N:
    if not isinstance(node, Input):
        return node
    return replace(node, shape=(n_steps, *node.shape[1:]))
