"""Pass: writes every threshold without state as a neuron with a current that forgets at once.

Requires: nothing.
Ensures: no FloatThreshold is left; the names stay.
Exact: u_keep = v_keep = 0 make v[t] = X[t], and a reset leaves nothing to be kept.
"""

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph


def threshold_as_neuron(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """Writes every threshold as a neuron: see the module's Ensures and Exact."""
    nodes = (_neuron(node) if isinstance(node, f.FloatThreshold) else node for node in graph)
    return Graph(graph.name, tuple(nodes))


def _neuron(node: f.FloatThreshold) -> f.FloatCubaLIF:
    zero, one = np.zeros((1, 1, 1)), np.ones((1, 1, 1))
    return f.FloatCubaLIF(
        name=node.name, inputs=node.inputs, u_keep=zero, u_gain=one, v_keep=zero, v_gain=one,
        v_drive=zero, threshold=node.level, v_reset=zero, recurrent=np.zeros((0, 0)),
    )  # fmt: skip
