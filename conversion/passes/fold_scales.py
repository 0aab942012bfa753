"""Pass: carries every FloatScale forward and folds it into the next weights.

Requires: no FloatBatchNorm (run `fold_batchnorm` first).
Ensures: convolutions and products read integer spikes, and neurons with a current take the factor
into its gain (a recurrent layer only where the factor is a power of two, so that its own spikes can
be divided by it exactly); a FloatScale is left only where a value meets a node without a gain of
its own (another neuron, an addition, a table, a pool, an output), one per place, all its factors
multiplied together.
Exact: for factors that are powers of two. Otherwise each product is rounded once to float64.
"""

import math
from dataclasses import replace

from typing_extensions import assert_never

from conversion.names import Names
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph


def fold_scales(graph: Graph[FloatNode]) -> Graph[FloatNode]:
    """Folds every scale into the next weights: see the module's Requires, Ensures and Exact.

    Args:
        graph: a float graph without batch norms.

    Raises:
        UnsupportedOpError: a step stack whose parts carry different factors.
    """
    kept = (node.name for node in graph if not isinstance(node, f.FloatScale))
    carrier = _Carrier(Names(kept))
    for node in graph:
        carrier.take(node)
    return Graph(graph.name, tuple(carrier.nodes))


class _Carrier:
    """Walks the graph; an old value is the new value source[name] times factor[name]."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.nodes: list[FloatNode] = []
        self.source: dict[str, str] = {}
        self.factor: dict[str, float] = {}
        self.made: dict[tuple[str, float], str] = {}

    def take(self, node: FloatNode) -> None:
        """Moves one node of the old graph into the new one."""
        factors = [self.factor[name] for name in node.inputs]
        sources = tuple(self.source[name] for name in node.inputs)
        if isinstance(node, m.StructuralNode):
            # One array of steps has one scale.
            if any(factor != factors[0] for factor in factors):
                needed = "one factor for all steps"
                raise UnsupportedOpError(f"node '{node.name}'", needed, str(factors))
            self.keep(replace(node, inputs=sources), node.name, factors[0])
            return
        match node:
            case f.FloatScale():
                self.source[node.name], self.factor[node.name] = (
                    sources[0],
                    factors[0] * node.factor,
                )
            case f.FloatConv():
                self.keep(
                    replace(node, inputs=sources, weight=node.weight * factors[0]), node.name, 1.0
                )
            case f.FloatMemoryWrite() | f.FloatMemoryRead():
                self.keep(replace(node, inputs=sources), node.name, factors[0] * factors[1])
            # Logits go through exp, where no factor can be carried past.
            case f.FloatGateMix():
                logits = self.real(node.inputs[1])
                self.keep(replace(node, inputs=(sources[0], logits)), node.name, factors[0])
            case f.FloatCubaLI():
                u_gain = node.u_gain * factors[0]
                self.keep(replace(node, inputs=sources, u_gain=u_gain), node.name, 1.0)
            case f.FloatCubaLIF() if not node.recurrent.size or _is_power_of_two(factors[0]):
                self.keep(
                    replace(
                        node,
                        inputs=sources,
                        u_gain=node.u_gain * factors[0],
                        # Its own spikes do not carry the factor, which the gain now applies to them
                        # too.
                        recurrent=node.recurrent / factors[0],
                    ),
                    node.name,
                    1.0,
                )
            case (
                f.FloatCubaLIF() | f.FloatNILIF() | f.FloatThreshold() | f.FloatAdd()
                | f.FloatBias() | f.FloatAvgPool() | f.FloatUpsample() | f.FloatBatchNorm()
                | f.FloatInput() | f.FloatOutput()
            ):  # fmt: skip
                inputs = tuple(self.real(name) for name in node.inputs)
                self.keep(replace(node, inputs=inputs), node.name, 1.0)
            case _:
                assert_never(node)

    def keep(self, node: FloatNode, old_name: str, factor: float) -> None:
        """Adds a new node for an old value."""
        self.nodes.append(node)
        self.source[old_name], self.factor[old_name] = node.name, factor

    def real(self, name: str) -> str:
        """The new value that equals the old one, its factor applied by a FloatScale."""
        source, factor = self.source[name], self.factor[name]
        if factor == 1.0:
            return source
        # Readers of one value with one factor share a scale.
        if (source, factor) not in self.made:
            name = self.names.free(f"{source}.scaled")
            node = f.FloatScale(name=name, inputs=(source,), factor=factor)
            self.nodes.append(node)
            self.made[source, factor] = node.name
        return self.made[source, factor]


def _is_power_of_two(factor: float) -> bool:
    return math.frexp(factor)[0] == 0.5
