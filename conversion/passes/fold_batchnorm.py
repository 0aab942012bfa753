"""Pass: folds every BatchNorm into the convolution before it.

Requires: each FloatBatchNorm reads a FloatConv that nobody else reads.
Ensures: no FloatBatchNorm is left; other nodes keep their names.
Exact: weight * gain multiplies two float32 numbers in float64, which holds the product; the new
bias
bias' = bias_bn + (bias_conv - mean) * gain is rounded once to float64.
"""

from dataclasses import replace

from spiketrack.errors import UnsupportedOpError
from spiketrack.graph.float_nodes import FloatBatchNorm, FloatConv, FloatNode
from spiketrack.graph.graph import Graph


def fold_batchnorm(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """Writes every batch norm into the convolution before it: see the module's Ensures and Exact.

    Args:
        graph: a float graph.

    Raises:
        UnsupportedOpError: a BatchNorm that does not follow a convolution of its own.
    """
    readers = graph.consumers()
    folded: dict[str, FloatNode] = {}
    renamed: dict[str, str] = {}
    for node in graph:
        if isinstance(node, FloatBatchNorm):
            conv = graph[node.inputs[0]]
            if not isinstance(conv, FloatConv) or len(readers[conv.name]) != 1:
                raise UnsupportedOpError(
                    f"BatchNorm '{node.name}'", "a convolution of its own before it", conv.name
                )
            folded[conv.name] = replace(
                conv,
                # The convolution may itself have been renamed on its way here.
                inputs=folded[conv.name].inputs,
                weight=conv.weight * node.gain[:, None, None, None],
                bias=node.bias + (conv.bias - node.mean) * node.gain,
            )
            renamed[node.name] = conv.name
            continue
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        folded[node.name] = node if inputs == node.inputs else replace(node, inputs=inputs)
    return Graph(graph.name, tuple(folded.values()))
