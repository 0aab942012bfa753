"""What the values of a graph are, where that depends on the nodes around them.

`spiketrack.graph.kinds` answers for a node alone. A structural node carries on what it reads, and
whether a rectifier is a layer of neurons depends on who reads it: these questions are asked here.
"""

from typing import Any

from typing_extensions import assert_never

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Firing, Neuron, kind_of, layer_of, signal_of
from spiketrack.graph.shapes import AnyNode


def integer_values(graph: Graph[Any], *, integer_images: bool = True) -> frozenset[str]:
    """Names the values that are integers in a float graph too.

    These are spikes, memories and what comes in, behind any structural nodes. Sums of spikes are
    left out: they are integers only where nobody scales an operand.

    Args:
        graph: a graph of either kind of nodes.
        integer_images: whether the graph's images enter as integers.
    """
    names: set[str] = set()
    for node in graph:
        # A stack of steps is integers only if all its steps are.
        if isinstance(node, m.StructuralNode):
            is_integer = all(name in names for name in node.inputs)
        else:
            signal = signal_of(node)
            is_image = signal == "image" and not integer_images
            is_integer = signal is not None and not is_image
        if is_integer:
            names.add(node.name)
    return frozenset(names)


def memory_values(graph: Graph[Any]) -> frozenset[str]:
    """Names the values with axes (T, heads, d_k, d_v), where all others have (T, C, H, W)."""
    names: set[str] = set()
    for node in graph:
        if signal_of(node) == "memory" or (_keeps_axes(node) and node.inputs[0] in names):
            names.add(node.name)
    return frozenset(names)


def _keeps_axes(node: AnyNode) -> bool:
    """Whether a node hands on a value as it is, at most at another step."""
    if kind_of(node) == "output":
        return True
    if not isinstance(node, m.StructuralNode):
        return False
    match node:
        case m.Repeat() | m.SelectStep() | m.StackSteps() | m.Delay():
            return True
        case m.PositionsToChannels() | m.Flatten():
            return False
        case _:
            assert_never(node)


def neuron_layers(graph: Graph[Any]) -> list[Neuron]:
    """The layers of neurons in order: every neuron node that is no part of another layer.

    Args:
        graph: a graph of float nodes or of integer nodes.
    """
    neurons = (node for node in graph if isinstance(node, Neuron))
    return [node for node in neurons if is_own_layer(graph, node)]


def is_own_layer(graph: Graph[Any], node: Neuron) -> bool:
    """Whether a neuron node is a layer of neurons by itself.

    Sigma, rectifier and delta, which a file writes as one layer of sigma-delta neurons, are one
    layer here too.
    """
    layer = layer_of(node)
    match layer:
        case "itself":
            return True
        case "its reader's":
            return False
        case "its reader's where that is a delta":
            readers = graph.consumers()[node.name]
            return not all(isinstance(reader, s.SpikeDelta) for reader in readers)
        case _:
            assert_never(layer)


def sends_spikes(graph: Graph[Any], node: AnyNode) -> bool:
    """Whether a node sends spikes as messages: neurons that fire do, and an input of spikes."""
    if isinstance(node, Neuron):
        return isinstance(node, Firing) and is_own_layer(graph, node)
    return signal_of(node) == "spikes"
