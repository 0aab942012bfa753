"""Pass: the step that stock synapses take, stated as delays."""

import numpy as np

from hardware.stock.eligible import SpikeGraph
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph


def synaptic_delays(graph: SpikeGraph) -> SpikeGraph:
    """Puts a `Delay` of one step before every conv that has none.

    Requires: nothing.
    Ensures: the graph computes step by step what stock synapses compute, which send in step t what
        they received in step t - 1. Behind n convs in a row, y[t] is what it was at t - n if no
        neuron has state.
    Exact, later.
    """
    nodes: list[s.SpikeNode] = []
    for node in graph:
        # A graph that states delays already means them.
        if isinstance(node, s.SpikeConv) and not isinstance(graph[node.inputs[0]], m.Delay):
            wait = m.Delay(
                name=f"{node.name}.wire", inputs=node.inputs, steps_q=np.ones((1, 1, 1), np.int32)
            )
            nodes += [wait, _behind(node, wait.name)]
        else:
            nodes.append(node)
    return Graph(graph.name, tuple(nodes))


def _behind(node: s.SpikeConv, source: str) -> s.SpikeConv:
    return s.SpikeConv(
        name=node.name, inputs=(source,), weight_q=node.weight_q, weight_scale=node.weight_scale,
        weight_bits=node.weight_bits, stride=node.stride, padding=node.padding,
        dilation=node.dilation, groups=node.groups,
    )  # fmt: skip
