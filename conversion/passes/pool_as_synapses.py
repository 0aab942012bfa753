"""Pass: writes every average pool that reads spikes as synapses of constant weight.

Requires: no FloatScale between spikes and pool (run `fold_scales` first).
Ensures: a FloatAvgPool is left only where it reads real values; the names stay.
Exact: 1/factor**2 is a power of two.
Why: synapses keep spikes as integers, where a pool would first put them on a stream's grid.
"""

from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.pooling import float_synapses


def pool_as_synapses(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """See the module's Requires, Ensures and Exact."""
    nodes = (
        float_synapses(node, graph.shapes[node.inputs[0]][1])
        if isinstance(node, f.FloatAvgPool) and _are_spikes(graph, node.inputs[0])
        else node
        for node in graph
    )
    return Graph(graph.name, tuple(nodes))


def _are_spikes(graph: Graph[FloatNode], name: str) -> bool:
    """Whether a value came out of a neuron, or in from outside, and was only moved since."""
    node = graph[name]
    if isinstance(node, m.StructuralNode):
        return all(_are_spikes(graph, source) for source in node.inputs)
    kinds = f.FloatInput | f.FloatNILIF | f.FloatCubaLIF | f.FloatThreshold
    return isinstance(node, kinds)
