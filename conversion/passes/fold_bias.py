"""Pass: folds a bias that is added to what synapses bring into the synapses.

Requires: any float graph.
Ensures: no bias of one value per channel reads a convolution that nobody else reads.
Exact, but for the rounding of the sum where both had a bias.

Why: an addition puts its operands on a grid that all channels share, which a power of two makes
coarse, while synapses and the neuron behind them choose a step for every channel. Recurrent layers
whose weights have a bias come from NIR files with such an addition.
"""

from dataclasses import replace

from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph


def fold_bias(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """Adds biases of one value per channel to those of the convolutions before them."""
    readers = graph.consumers()
    folded: dict[str, FloatNode] = {}
    renamed: dict[str, str] = {}
    for node in graph:
        if not isinstance(node, f.FloatBias):
            continue
        name = renamed.get(node.inputs[0], node.inputs[0])
        # A second bias behind the first meets the convolution as already changed.
        source = folded.get(name, graph[name])
        # A second reader of the convolution would get the bias too.
        alone = len(readers[node.inputs[0]]) == 1
        if isinstance(source, f.FloatConv) and alone and _one_per_channel(node):
            folded[source.name] = replace(source, bias=source.bias + node.table[0, :, 0, 0])
            renamed[node.name] = source.name
    kept = [folded.get(node.name, node) for node in graph if node.name not in renamed]
    nodes = (
        replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs))
        for node in kept
    )
    return Graph(graph.name, tuple(nodes))


def _one_per_channel(node: f.FloatBias) -> bool:
    return len(node.table) == 1 and bool((node.table == node.table[:, :, :1, :1]).all())
