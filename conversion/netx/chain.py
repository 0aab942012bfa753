"""Cuts an integer graph into the layers of a `.net` file, which is a chain; lists obstacles."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeCuba, SpikeNeuron

_NO_PLACE = "the format has no place for a {kind}"
_REWRITES: dict[type, str] = {
    s.SpikeNILIF: "lower it to thermometer LIFs: one binary CUBA-LIF per level",
    s.SpikeAdd: "a file is a chain: sum inside one conv, or cut the graph at the sum",
    s.SpikeBias: "put the bias into the neuron",
    s.SpikeSumPool: "write it as a depthwise conv of ones",
    s.SpikeUpsample: "cut the graph before it and upsample on the host",
    s.SpikeRescale: "put powers of two into weight_exp, other factors into the weights",
}
_CUT = "cut the graph here and write its parts"


@dataclass(slots=True)
class Part:
    """The nodes of one layer.

    Attributes:
        kind: of the layer, as far as the nodes tell.
        synapse: its conv.
        doubled: the synapse's result is doubled before the neuron (sigma-delta only).
        neuron: LIF, LI or sigma; for an input also a delta.
        relu: behind a sigma.
        delta: behind a relu, or of the input.
        wire: delay before the synapse.
        axon: delay behind the neuron.
    """

    kind: Literal["input", "flatten", "connection", "average"]
    source: s.SpikeInput | None = None
    synapse: s.SpikeConv | None = None
    doubled: bool = False
    neuron: SpikeCuba | s.SpikeSigma | None = None
    relu: s.SpikeRelu | None = None
    delta: s.SpikeDelta | None = None
    wire: m.Delay | None = None
    axon: m.Delay | None = None


class ChainCutter:
    """Walks over the nodes of a chain and groups them; `obstacles` says what could not be."""

    def __init__(self, graph: Graph[s.SpikeNode]) -> None:
        self.obstacles = chain_obstacles(graph)
        self.parts: list[Part] = []
        self._rest: list[s.SpikeNode] = [
            node for node in graph if not isinstance(node, s.SpikeOutput)
        ]
        self._ends = {node.inputs[0] for node in graph.outputs}
        if not self.obstacles:
            self._cut()

    def _cut(self) -> None:
        source = self._take(s.SpikeInput)
        first = Part("input", source=source)
        self.parts.append(first)
        if self._next(s.SpikeCubaLIF):
            first.neuron = self._take(s.SpikeCubaLIF)
        elif self._next(s.SpikeDelta):
            first.delta = self._take(s.SpikeDelta)
        self._axon(first)
        while self._rest:
            node = self._rest[0]
            if isinstance(node, m.Flatten):
                self._rest.pop(0)
                self.parts.append(Part("flatten"))
            elif isinstance(node, m.Delay) and self._next(s.SpikeConv, 1):
                self._connection()
            # The same synapses inside a network are a layer without neurons, which the format
            # lacks.
            elif isinstance(node, s.SpikeConv) and _is_average(node) and node.name in self._ends:
                self._rest.pop(0)
                self.parts.append(Part("average", synapse=node))
            else:
                self._refuse(self._rest.pop(0))

    def _connection(self) -> None:
        part = Part("connection", wire=self._take(m.Delay), synapse=self._take(s.SpikeConv))
        if self._next(s.SpikeRescale) and self._next(s.SpikeSigma, 1) and _doubles(self._rest[0]):
            part.doubled = self._take(s.SpikeRescale) is not None
        part.neuron = self._take(s.SpikeCubaLIF) or self._take(s.SpikeCubaLI)
        part.neuron = part.neuron or self._take(s.SpikeSigma)
        if isinstance(part.neuron, s.SpikeSigma) and self._next(s.SpikeRelu):
            part.relu = self._take(s.SpikeRelu)
            part.delta = self._take(s.SpikeDelta)
            if part.relu is not None and part.delta is None:
                self._note(part.relu.name, "a relu without a delta", "add a SpikeDelta behind it")
        if part.neuron is None and part.synapse is not None:
            self._note(part.synapse.name, "synapses without a neuron", "add a neuron behind them")
        self._axon(part)
        self.parts.append(part)

    def _axon(self, part: Part) -> None:
        # A delay before synapses is the next layer's wire.
        if self._next(m.Delay) and not self._next(s.SpikeConv, 1):
            part.axon = self._take(m.Delay)

    def _next(self, kind: type, ahead: int = 0) -> bool:
        return len(self._rest) > ahead and isinstance(self._rest[ahead], kind)

    def _take(self, kind: type) -> Any:
        return self._rest.pop(0) if self._next(kind) else None

    def _refuse(self, node: s.SpikeNode) -> None:
        if isinstance(node, s.SpikeConv):
            rewrite = "synapses of the format deliver a step later: put a Delay of 1 before them"
            self._note(node.name, "synapses without a delay", rewrite)
            return
        name = type(node).__name__
        if isinstance(node, SpikeNeuron | m.Delay):
            rewrite = "a layer is Delay, SpikeConv, neuron, and a Delay for its axons"
            self._note(node.name, f"a {name} at another place of a layer", rewrite)
            return
        self._note(node.name, _NO_PLACE.format(kind=name), _REWRITES.get(type(node), _CUT))

    def _note(self, node: str, reason: str, rewrite: str) -> None:
        self.obstacles.append(Obstacle(node, reason, rewrite))


def chain_obstacles(graph: Graph[s.SpikeNode]) -> list[Obstacle]:
    """Lists what makes a graph no chain of known nodes from one input to one output."""
    known = (
        s.SpikeInput | s.SpikeConv | s.SpikeCubaLIF | s.SpikeCubaLI | s.SpikeSigma | s.SpikeRelu
        | s.SpikeDelta | s.SpikeRescale | s.SpikeOutput | m.Flatten | m.Delay
    )  # fmt: skip
    obstacles = []
    for node, readers in graph.consumers().items():
        if len(readers) > 1:
            names = ", ".join(reader.name for reader in readers)
            obstacles.append(Obstacle(node, f"a value that {names} read", _REWRITES[s.SpikeAdd]))
    for spike_node in graph:
        if not isinstance(spike_node, known):
            name = type(spike_node).__name__
            rewrite = _REWRITES.get(type(spike_node), _CUT)
            obstacles.append(Obstacle(spike_node.name, _NO_PLACE.format(kind=name), rewrite))
    for end, nodes in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if len(nodes) != 1:
            obstacles.append(Obstacle(graph.name, f"{len(nodes)} {end}", "a file has one"))
    return obstacles


def _doubles(node: s.SpikeNode) -> bool:
    if not isinstance(node, s.SpikeRescale):
        return False
    factor = (node.multiplier_q == 1).all() and (node.shift_q == -1).all()
    return bool(factor) and not node.bias_q.any()


def _is_average(node: s.SpikeConv) -> bool:
    groups, _, *kernel = node.weight_q.shape
    mean = 1 / (node.weight_q.shape[1] or 1)
    ones = kernel == [1, 1] and groups == node.groups and bool((node.weight_q == 1).all())
    return ones and np.allclose(node.weight_scale, mean, rtol=1e-12)
