"""Which nodes are connections, what each reads, and which of them no events are counted for.

A pool of spikes is a connection: every spike of a window is added to its sum, one synaptic
operation each, whether the graph holds a pool or, as conversion to integers writes it, synapses.
"""

from typing import Any

from simulation.counting.sources import Operand, trace
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.pooling import float_synapses, integer_synapses
from spiketrack.graph.shapes import AnyNode

Conv = f.FloatConv | s.SpikeConv
Product = f.FloatMemoryWrite | s.SpikeMemoryWrite | f.FloatMemoryRead | s.SpikeMemoryRead


def connection_of(graph: Graph[Any], node: AnyNode) -> Conv | None:
    """The convolution that a node is, a pool of spikes included; else None."""
    if isinstance(node, f.FloatConv | s.SpikeConv):
        return node
    if not isinstance(node, f.FloatAvgPool | s.SpikeSumPool):
        return None
    if operand_of(graph, node).kind != "spikes":
        return None
    channels = graph.shapes[node.inputs[0]][1]
    if isinstance(node, f.FloatAvgPool):
        return float_synapses(node, channels)
    return integer_synapses(node, channels)


def operand_of(graph: Graph[Any], node: AnyNode) -> Operand:
    """What a convolution or pool reads: it is linear, so sums of spikes are looked through."""
    return trace(graph, node.inputs[0], through_sums=True)


def without_events(graph: Graph[Any]) -> tuple[str, ...]:
    """One sentence for every connection whose operand is neither spikes nor pixels nor a memory.

    Its events and SynOps are 0 because none are counted, not because nothing arrives.
    """
    found = []
    for node in graph:
        if isinstance(node, Conv) and operand_of(graph, node).kind == "real":
            source = graph[node.inputs[0]]
            found.append(
                f"layer '{node.name}' reads '{source.name}' ({type(source).__name__}), which is "
                "no spike: counted as MACs, cells that are not zero x non-zero weights"
            )
        if isinstance(node, Product):
            kinds = [trace(graph, name).kind for name in node.inputs]
            if "real" in kinds or kinds[0] != "spikes":
                source = graph[node.inputs[kinds[0] == "spikes"]]
                found.append(
                    f"product '{node.name}' reads '{source.name}' ({type(source).__name__}), "
                    "which is no spike: counted as MACs, every pair"
                )
    return tuple(found)
