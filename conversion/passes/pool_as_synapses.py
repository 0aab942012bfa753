"""Pass: writes every average pool that reads spikes as synapses of constant weight.

Requires: no FloatScale between spikes and pool (run `fold_scales` first).
Ensures: a FloatAvgPool is left only where it reads real values; the names stay.
Exact: 1/factor**2 is a power of two.
Why: synapses keep spikes as integers, where a pool would first put them on a stream's grid.
"""

from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.pooling import float_synapses
from spiketrack.graph.signals import integer_values


def pool_as_synapses(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """Writes pools of spikes as synapses: see the module's Requires, Ensures and Exact."""
    integers = integer_values(graph)
    nodes = (
        float_synapses(node, graph.shapes[node.inputs[0]][1])
        if isinstance(node, f.FloatAvgPool) and node.inputs[0] in integers
        else node
        for node in graph
    )
    return Graph(graph.name, tuple(nodes))
