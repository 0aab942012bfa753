"""Pass: which nodes of a graph become Lava's stock processes, and in which step each value comes.

A Lava step takes a whole frame, all T steps of it in one message; steps are channels to a stock
process (`unrolled_kernel`). Stock synapses send what they received in the step before, everything
else sends within the step. So behind a conv all is a step late, and where two ways of different
length meet, the values of the shorter one must wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hardware.lowering.eligible import SpikeGraph, lowerable
from hardware.lowering.populations import thermometer_populations
from hardware.lowering.stock import is_dense
from hardware.lowering.stock_refusals import refusal
from hardware.lowering.thresholds import Bounds
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
    """

    given: SpikeGraph
    graph: SpikeGraph
    roles: Mapping[str, Role]
    why: Mapping[str, str]
    leaves: Mapping[str, tuple[str, ...]]
    latency: Mapping[str, int]
    waits: tuple[Wait, ...]
    populations: Mapping[str, tuple[s.SpikeCubaLIF, ...]]

    @property
    def latency_steps(self) -> int:
        """Steps after which all outputs of a frame are there."""
        return max((self.latency[node.name] for node in self.graph.outputs), default=0)

    def renamed(self, name: str) -> str:
        """The value whose messages bring a value, if ports only rename it."""
        node = self.graph[name]
        if self.roles[name] == "port" and isinstance(node, m.Flatten | m.Delay):
            return self.renamed(node.inputs[0])
        return name

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
        process = {"port": "ports", "own": "ours"}.get(role, _stock_name(self.graph, node))
        return StockRow(name, kind, role, process, why, latency)


def plan_stock(
    graph: SpikeGraph, ranges: Mapping[str, Bounds], *, streamed: bool = False
) -> StockPlan:
    """Chooses stock processes wherever they are exact.

    Requires: a verified integer graph.
    Ensures: every value of `graph` is a value of the plan's graph under its name. The plan run with
        its waits computes of each frame what the graph computes, `latency` steps later.
    Exact, later.

    Args:
        graph: an integer graph.
        ranges: bounds of all values, from `simulation.ranges.value_ranges`.
        streamed: the T steps of a frame come as T frames of one step, so that neurons with memory
            are stock too, and a `Delay` of one step before synapses is the step that they take.
    """
    lowered = thermometer_populations(graph, ranges, layers=lowerable(graph, ranges))
    planner = _Planner(lowered, ranges, streamed)
    for node in lowered:
        planner.place(node)
    return StockPlan(
        graph, lowered, planner.roles, planner.why, planner.leaves, planner.latency,
        tuple(planner.waits), _populations(graph, lowered),
    )  # fmt: skip


def _populations(graph: SpikeGraph, lowered: SpikeGraph) -> dict[str, tuple[s.SpikeCubaLIF, ...]]:
    """The layers whose LIFs all have one threshold."""
    found = {}
    for node in graph:
        made = lowered[node.name]
        if isinstance(node, s.SpikeNILIF) and isinstance(made, s.SpikeAdd):
            named = [lowered[name] for name in made.inputs]
            lifs = tuple(lif for lif in named if isinstance(lif, s.SpikeCubaLIF))
            if len({int(lif.threshold_q.flat[0]) for lif in lifs}) == 1:
                found[node.name] = lifs
    return found


class _Planner:
    """Goes through a graph once, from inputs to outputs."""

    def __init__(self, graph: SpikeGraph, ranges: Mapping[str, Bounds], streamed: bool) -> None:
        self._graph, self._ranges, self._streamed = graph, ranges, streamed
        self._readers = graph.consumers()
        self.roles: dict[str, Role] = {}
        self.why: dict[str, str] = {}
        self.leaves: dict[str, tuple[str, ...]] = {}
        self.latency: dict[str, int] = {}
        self.waits: list[Wait] = []

    def place(self, node: s.SpikeNode) -> None:
        """Gives one node its role and its latency."""
        name, latest = node.name, max((self.latency[x] for x in node.inputs), default=0)
        role, why = self._role(node)
        self.roles[name], self.why[name] = role, why
        self.leaves[name] = (name,)
        if role == "port":
            self.leaves[name] = tuple(leaf for x in node.inputs for leaf in self.leaves[x])
        if role == "own":
            late = {x: latest - self.latency[x] for x in node.inputs}
            self.waits += [Wait(name, x, steps) for x, steps in late.items() if steps]
        takes = {"stock": isinstance(node, s.SpikeConv), "port": -isinstance(node, m.Delay)}
        self.latency[name] = latest + takes.get(role, 0)

    def _role(self, node: s.SpikeNode) -> tuple[Role, str]:
        match node:
            case s.SpikeInput() | s.SpikeOutput():
                return "end", "values enter and leave through our processes"
            case s.SpikeConv() | s.SpikeCubaLIF():
                why = refusal(self._graph, node, self._ranges, streamed=self._streamed)
                is_shifted = isinstance(node, s.SpikeCubaLIF) and node.weight_exp
                if not why and is_shifted and self.roles[node.inputs[0]] != "stock":
                    why = "a weight_exp, and synapses that are ours"
                return ("own", why) if why else ("stock", _stock_name(self._graph, node))
            case s.SpikeAdd() | m.Flatten() | m.Delay():
                words = self._as_port(node)
                if words:
                    return "port", words
            case _:
                pass
        return "own", refusal(self._graph, node, self._ranges, streamed=self._streamed)

    def _as_port(self, node: s.SpikeAdd | m.Flatten | m.Delay) -> str:
        """How ports do what a node does, or nothing."""
        readers, first = self._readers[node.name], node.inputs[0]
        to_stock = bool(readers) and all(
            isinstance(one, s.SpikeConv)
            and not refusal(self._graph, one, self._ranges, streamed=self._streamed)
            for one in readers
        )
        match node:
            case s.SpikeAdd():
                leaves = [leaf for x in node.inputs for leaf in self.leaves[x]]
                is_free = (
                    all(self.roles[leaf] == "stock" for leaf in leaves)
                    and len(set(leaves)) == len(leaves)
                    and len({self.latency[x] for x in node.inputs}) == 1
                    and _fits(self._ranges[node.name], node.bits)
                )
                return "added by the ports that read it" if is_free else ""
            case m.Flatten():
                reads = (one for one in readers if isinstance(one, s.SpikeConv))
                is_free = to_stock and all(is_dense(self._graph, one) for one in reads)
                return "renamed by the port that reads it" if is_free else ""
            case m.Delay():
                is_step = node.steps_q.size == 1 and int(node.steps_q.flat[0]) == 1
                is_free = self._streamed and to_stock and self.latency[first] == 0 and is_step
                return "the step that synapses take" if is_free else ""


def _fits(found: Bounds, bits: int) -> bool:
    limit = 1 << (bits - 1)
    return int(found.low.min()) >= -limit and int(found.high.max()) < limit


def _stock_name(graph: SpikeGraph, node: s.SpikeNode) -> str:
    if isinstance(node, s.SpikeConv):
        return "Dense" if is_dense(graph, node) else "Conv"
    return "LIF"
