"""Which nodes of a graph are Lava's stock processes, and in which step each value comes.

A Lava step takes a whole frame, all T steps of it in one message; steps are channels to a stock
process (`unrolled_kernel`). Stock synapses send what they received in the step before, everything
else sends within the step. So behind a conv all is a step late, and where two ways of different
length meet, the values of the shorter one must wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hardware.stock.eligible import SpikeGraph
from hardware.stock.limits import is_dense
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

Role = Literal["stock", "port", "own", "end"]


class Wait(NamedTuple):
    """A value that must wait for another: `steps` between `source` and `node`."""

    node: str
    source: str
    steps: int


class StockRow(NamedTuple):
    """Where one node of the graph runs.

    Attributes:
        node: its name.
        kind: its type.
        role: "stock", "port" (InPorts add or rename, nothing runs) or "own".
        process: "Conv", "Dense", "LIF", "4 LIFs", "ports", or "ours".
        why: what decides that.
        latency: steps after its frame came in.
    """

    node: str
    kind: str
    role: Role
    process: str
    why: str
    latency: int


@dataclass(frozen=True, eq=False)
class StockPlan:
    """A graph ready to become stock processes and ours.

    Attributes:
        given: the graph as it was.
        graph: the same with thermometer populations in the place of the NI-LIF layers that stock
            LIFs replace; whatever else there is has kept its name.
        roles: per node of `graph`.
        why: what decides the role, per node of `graph`.
        leaves: per value, the nodes whose processes send it: several where ports add.
        latency: per value, the steps after its frame came in.
        waits: what must be delayed.
        populations: LIFs of one layer that one process holds, by the name of the layer.
        streamed: `given` has one step, and those of a frame come one after the other.
        unproved: stock LIFs whose registers no range keeps within 24 bits: their sums are looked at
            while they run.
    """

    given: SpikeGraph
    graph: SpikeGraph
    roles: Mapping[str, Role]
    why: Mapping[str, str]
    leaves: Mapping[str, tuple[str, ...]]
    latency: Mapping[str, int]
    waits: tuple[Wait, ...]
    populations: Mapping[str, tuple[s.SpikeCubaLIF, ...]]
    streamed: bool = False
    unproved: tuple[str, ...] = ()

    @property
    def latency_steps(self) -> int:
        """Steps after which all outputs of a frame are there."""
        return max((self.latency[node.name] for node in self.graph.outputs), default=0)

    def renamed(self, name: str) -> str:
        """The value whose messages bring a value, if ports only rename it.

        Args:
            name: the value's name in `graph`.
        """
        node = self.graph[name]
        if self.roles[name] == "port" and isinstance(node, m.Flatten | m.Delay):
            return self.renamed(node.inputs[0])
        return name

    def exponent(self, name: str) -> int:
        """The weight_exp of stock neurons, which these synapses before them take, or 0.

        Args:
            name: the name of the synapses.
        """
        # Stock synapses have one reader where this is asked: the plan has seen to it.
        behind = next((node for node in self.graph if name in node.inputs), None)
        if not isinstance(behind, s.SpikeCubaLIF) or self.roles[behind.name] != "stock":
            return 0
        return behind.weight_exp

    def rows(self) -> list[StockRow]:
        """A row for every node that computes, in the order of the graph as it was."""
        ends = s.SpikeInput | s.SpikeOutput
        return [self._row(node) for node in self.given if not isinstance(node, ends)]

    def _row(self, node: s.SpikeNode) -> StockRow:
        name, kind = node.name, type(node).__name__
        role, why, latency = self.roles[name], self.why[name], self.latency[name]
        if isinstance(node, s.SpikeNILIF) and role != "own":
            process = "LIF" if node.max_spike == 1 else f"{node.max_spike} LIFs"
            return StockRow(name, kind, "stock", process, "thermometer order", latency)
        process = {"port": "ports", "own": "ours"}.get(role, stock_name(self.graph, node))
        return StockRow(name, kind, role, process, why, latency)


def stock_name(graph: SpikeGraph, node: s.SpikeNode) -> str:
    """What Lava calls the process of synapses or neurons."""
    if isinstance(node, s.SpikeConv):
        return "Dense" if is_dense(graph, node) else "Conv"
    return "LIF"
