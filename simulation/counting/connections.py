"""Says which nodes are connections, what each reads, and for which no events are counted.

A pool of spikes is a connection: every spike of a window is added to its sum, one synaptic
operation each, whether the graph holds a pool or, as conversion to integers writes it, synapses.
"""

from typing import Any

from simulation.counting.sources import Operand, trace
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Conv, Pool, Product, port_signals
from spiketrack.graph.pooling import float_synapses, integer_synapses
from spiketrack.graph.shapes import AnyNode


def connection_of(graph: Graph[Any], node: AnyNode) -> Conv | None:
    """The convolution that a node is, a pool of spikes included; else None."""
    if isinstance(node, Conv):
        return node
    if not isinstance(node, Pool):
        return None
    # A pool of membranes adds values and receives no events.
    if operand_of(graph, node).kind != "spikes":
        return None
    channels = graph.shapes[node.inputs[0]][1]
    if isinstance(node, f.FloatAvgPool):
        return float_synapses(node, channels)
    return integer_synapses(node, channels)


def operand_of(graph: Graph[Any], node: AnyNode) -> Operand:
    """Finds what a convolution or pool reads; sums of spikes are looked through: it is linear."""
    return trace(graph, node.inputs[0], through_sums=True)


def without_events(graph: Graph[Any]) -> tuple[str, ...]:
    """Writes a sentence for every connection of whose operands no events are counted.

    Its events and SynOps are 0 because none are counted, not because nothing arrives. A convolution
    counts events of spikes, and cells of an image; a product only what its ports are made to read.
    """
    sentences = []
    for node in graph:
        if isinstance(node, Conv) and operand_of(graph, node).kind == "real":
            sentences.append(
                f"layer '{node.name}' reads {_named(graph, node.inputs[0])}, which is "
                "no spike: counted as MACs, cells that are not zero x non-zero weights"
            )
        if isinstance(node, Product):
            ports = zip(node.inputs, port_signals(node), strict=True)
            strangers = [port for port in ports if trace(graph, port[0]).kind != port[1]]
            if strangers:
                name, wanted = strangers[0]
                lacks = "no memory" if wanted == "memory" else "no spike"
                sentences.append(
                    f"product '{node.name}' reads {_named(graph, name)}, "
                    f"which is {lacks}: counted as MACs, every pair"
                )
    return tuple(sentences)


def _named(graph: Graph[Any], name: str) -> str:
    return f"'{name}' ({type(graph[name]).__name__})"
