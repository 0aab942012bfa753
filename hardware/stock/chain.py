"""A feed-forward graph as a list of layers, or the reasons why it is none."""

from dataclasses import dataclass, field

from hardware.stock.eligible import SpikeGraph, is_stateless
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

_CUT = "cut the chain before it with `segment`"


@dataclass
class Layer:
    """Flattening, synapses and neurons.

    Attributes:
        conv: the synapses.
        shape: (T, C, H, W) of what they read.
        flattened: (C, H, W) of the grid that a `Flatten` before them takes apart, or empty.
        flatten: that node.
        neuron: behind the synapses; none in a last layer whose accumulators go out.
    """

    conv: s.SpikeConv
    shape: tuple[int, ...]
    flatten: m.Flatten | None = None
    flattened: tuple[int, ...] = ()
    neuron: s.SpikeNILIF | None = None


@dataclass
class Chain:
    """One input, layers, one output."""

    source: s.SpikeInput
    sink: s.SpikeOutput
    layers: list[Layer] = field(default_factory=list)


def chain_of(graph: SpikeGraph) -> Chain:
    """Takes a graph apart.

    Raises:
        ObstacleError: every node that is no part of a chain of stateless layers.
    """
    obstacles = _obstacles(graph)
    source, sink = graph.inputs[0], graph.outputs[0]
    if obstacles or not isinstance(source, s.SpikeInput) or not isinstance(sink, s.SpikeOutput):
        raise ObstacleError(f"graph '{graph.name}'", tuple(obstacles))
    chain, flatten = Chain(source, sink), None
    for node in graph:
        if isinstance(node, m.Flatten):
            flatten = node
        elif isinstance(node, s.SpikeConv):
            layer = Layer(node, graph.shapes[node.inputs[0]])
            if flatten is not None:
                layer.flatten, layer.flattened = flatten, graph.shapes[flatten.inputs[0]][1:]
            chain.layers.append(layer)
            flatten = None
        elif isinstance(node, s.SpikeNILIF):
            # The obstacles have been looked for before: there are synapses in front of it.
            chain.layers[-1].neuron = node
    return chain


def _obstacles(graph: SpikeGraph) -> list[Obstacle]:
    obstacles = []
    for end, nodes in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if len(nodes) != 1:
            obstacles.append(Obstacle(graph.name, f"{len(nodes)} {end}", "a chain has one"))
    for name, readers in graph.consumers().items():
        if len(readers) > 1:
            obstacles.append(Obstacle(name, f"a value that {len(readers)} nodes read", _CUT))
    before: s.SpikeNode | None = None
    for node in graph:
        if reason := _refused(graph, node, before):
            obstacles.append(Obstacle(node.name, reason, _CUT))
        before = node
    return obstacles


def _refused(graph: SpikeGraph, node: s.SpikeNode, before: s.SpikeNode | None) -> str:
    """Why a node cannot stand where it stands in a chain, or nothing.

    A node that is not named here is refused, whatever it is.
    """
    if isinstance(node, s.SpikeInput):
        return "an image, whose pixels are no spikes" if node.offset_q.any() else ""
    if isinstance(node, s.SpikeConv):
        return "synapses behind synapses" if isinstance(before, s.SpikeConv) else ""
    if isinstance(node, s.SpikeNILIF):
        if not isinstance(before, s.SpikeConv):
            return "a neuron that is not behind synapses"
        return "" if is_stateless(graph, node) else "a membrane that lasts over steps"
    if isinstance(node, m.Flatten):
        return "accumulators taken apart" if isinstance(before, s.SpikeConv) else ""
    if isinstance(node, s.SpikeOutput):
        return "" if isinstance(before, s.SpikeConv | s.SpikeNILIF) else "no layer at all"
    return f"a {type(node).__name__} in a chain"
