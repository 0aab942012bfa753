"""Pass: a part of a graph as a graph of its own."""

from collections.abc import Mapping

import numpy as np

from hardware.stock.eligible import SpikeGraph
from hardware.stock.thresholds import Bounds
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeFiring


def segment(graph: SpikeGraph, first: str, last: str, ranges: Mapping[str, Bounds]) -> SpikeGraph:
    """Cuts out everything between the value of `first` and the value of `last`.

    Requires: the value of `last` follows from that of `first` alone.
    Ensures: one input named `first` with the bounds and the shape of that value, and one output
        named "output", with the scale it had if `last` was read by an output.
    Exact.

    Args:
        graph: an integer graph.
        first: name of the node whose value comes in.
        last: name of the node whose value goes out.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.

    Raises:
        GraphError: no such node, no way from one to the other, or another input is needed.
    """
    for name in (first, last):
        if name not in graph.by_name:
            raise GraphError(f"graph '{graph.name}'", "a node to cut at", f"no '{name}'")
    inside = _between(graph, first, last)
    for node in inside:
        strangers = [x for x in node.inputs if x != first and graph[x] not in inside]
        if strangers:
            found = f"'{strangers[0]}' as well, which '{node.name}' reads"
            raise GraphError(f"segment '{first}' to '{last}'", f"'{first}' as its input", found)
    nodes = (_source(graph, first, ranges[first]), *inside, _sink(graph, last))
    return Graph(f"{first} to {last}", nodes)


def _between(graph: SpikeGraph, first: str, last: str) -> list[s.SpikeNode]:
    wanted = {last}
    for node in reversed(graph.nodes):
        if node.name in wanted and node.name != first:
            wanted |= set(node.inputs)
    follows = {first}
    for node in graph:
        if not follows.isdisjoint(node.inputs):
            follows.add(node.name)
    if last not in follows or first == last:
        raise GraphError(f"segment '{first}' to '{last}'", "a way from one to the other", "none")
    return [node for node in graph if node.name in wanted & follows and node.name != first]


def _source(graph: SpikeGraph, name: str, bounds: Bounds) -> s.SpikeInput:
    node = graph[name]
    if isinstance(node, s.SpikeInput):
        return node
    return s.SpikeInput(
        name=name, shape=graph.shapes[name],
        signal="spikes" if isinstance(node, SpikeFiring) else "image",
        low=int(bounds.low.min()), high=int(bounds.high.max()),
        scale=1.0 / node.max_spike if isinstance(node, s.SpikeNILIF) else 1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip


def _sink(graph: SpikeGraph, last: str) -> s.SpikeOutput:
    for node in graph.outputs:
        if node.inputs[0] == last and isinstance(node, s.SpikeOutput):
            return s.SpikeOutput(name="output", inputs=(last,), scale=node.scale, bias=node.bias)
    node = graph[last]
    scale = 1.0 / node.max_spike if isinstance(node, s.SpikeNILIF) else 1.0
    return s.SpikeOutput(name="output", inputs=(last,), scale=np.array([scale]), bias=np.zeros(1))
