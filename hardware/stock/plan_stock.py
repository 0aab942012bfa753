"""Pass: stock processes wherever they are exact, and delays where two ways meet."""

from collections.abc import Collection, Mapping

from hardware.stock.eligible import SpikeGraph, lowerable
from hardware.stock.limits import is_dense
from hardware.stock.plan import Role, StockPlan, Wait, stock_name
from hardware.stock.populations import thermometer_populations
from hardware.stock.refusals import refusal, unproved_registers
from hardware.stock.thresholds import Bounds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m


def plan_stock(
    graph: SpikeGraph,
    ranges: Mapping[str, Bounds],
    *,
    streamed: bool = False,
    proved: Collection[str] = (),
) -> StockPlan:
    """Chooses stock processes wherever they are exact.

    Requires: a verified integer graph.
    Ensures: every value of `graph` is a value of the plan's graph under its name. The plan run with
        its waits computes of each frame what the graph computes, `latency` steps later.
    Exact, later, as long as no register of a LIF named in `unproved` leaves its width.

    Args:
        graph: an integer graph.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        streamed: the T steps of a frame come as T frames of one step, so that neurons with memory
            are stock too, and a `Delay` of one step before synapses is the step that they take.
        proved: neurons with memory whose registers fit in all steps of a frame, by `fits_registers`
            of their ranges.
    """
    lowered = thermometer_populations(graph, ranges, layers=lowerable(graph, ranges))
    planner = _Planner(lowered, ranges, streamed)
    for node in lowered:
        planner.place(node)
    unproved = unproved_registers(graph, proved) if streamed else ()
    return StockPlan(
        graph, lowered, planner.roles, planner.why, planner.leaves, planner.latency,
        tuple(planner.waits), _populations(graph, lowered), streamed, unproved,
    )  # fmt: skip


def _populations(graph: SpikeGraph, lowered: SpikeGraph) -> dict[str, tuple[s.SpikeCubaLIF, ...]]:
    """The layers whose LIFs all have one threshold."""
    together = {}
    for node in graph:
        made = lowered[node.name]
        if isinstance(node, s.SpikeNILIF) and isinstance(made, s.SpikeAdd):
            named = [lowered[name] for name in made.inputs]
            lifs = tuple(lif for lif in named if isinstance(lif, s.SpikeCubaLIF))
            # A LIF process has one threshold for all its neurons.
            if len({int(lif.threshold_q.flat[0]) for lif in lifs}) == 1:
                together[node.name] = lifs
    return together


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
            # Ports are no processes: whoever reads this value is wired to those behind it.
            self.leaves[name] = tuple(leaf for x in node.inputs for leaf in self.leaves[x])
        if role == "own":
            # Ours can hold a value back; a stock process adds whatever arrives in a step.
            late = {x: latest - self.latency[x] for x in node.inputs}
            self.waits += [Wait(name, x, steps) for x, steps in late.items() if steps]
        # A stated delay of one step is the step that the synapses behind it will add.
        takes = {"stock": isinstance(node, s.SpikeConv), "port": -isinstance(node, m.Delay)}
        self.latency[name] = latest + takes.get(role, 0)

    def _role(self, node: s.SpikeNode) -> tuple[Role, str]:
        if isinstance(node, s.SpikeInput | s.SpikeOutput):
            return "end", "values enter and leave through our processes"
        if isinstance(node, s.SpikeConv | s.SpikeCubaLIF):
            why = self._refusal(node)
            is_shifted = isinstance(node, s.SpikeCubaLIF) and node.weight_exp
            if not why and is_shifted and self.roles[node.inputs[0]] != "stock":
                why = "a weight_exp, and synapses that are ours"
            return ("own", why) if why else ("stock", stock_name(self._graph, node))
        if isinstance(node, s.SpikeAdd) and self._is_sum_at_ports(node):
            return "port", "added by the ports that read it"
        if isinstance(node, m.Flatten) and self._feeds_matrices(node):
            return "port", "renamed by the port that reads it"
        if isinstance(node, m.Delay) and self._is_step_of_synapses(node):
            return "port", "the step that synapses take"
        # Why this is safe for any node: our processes compute every kind of node.
        return "own", self._refusal(node)

    def _refusal(self, node: s.SpikeNode) -> str:
        return refusal(self._graph, node, self._ranges, streamed=self._streamed)

    def _is_sum_at_ports(self, node: s.SpikeAdd) -> bool:
        """Whether all addends come from stock processes, at once, and none twice."""
        leaves = [leaf for name in node.inputs for leaf in self.leaves[name]]
        return (
            all(self.roles[leaf] == "stock" for leaf in leaves)
            and len(set(leaves)) == len(leaves)
            and len({self.latency[name] for name in node.inputs}) == 1
            and _fits(self._ranges[node.name], node.bits)
        )

    def _feeds_matrices(self, node: m.Flatten) -> bool:
        return self._is_read_by_stock(node) and all(
            isinstance(reader, s.SpikeConv) and is_dense(self._graph, reader)
            for reader in self._readers[node.name]
        )

    def _is_step_of_synapses(self, node: m.Delay) -> bool:
        is_step = node.steps_q.size == 1 and int(node.steps_q.flat[0]) == 1
        is_punctual = self.latency[node.inputs[0]] == 0
        return self._streamed and is_step and is_punctual and self._is_read_by_stock(node)

    def _is_read_by_stock(self, node: s.SpikeNode) -> bool:
        """Whether all readers, and there are some, are stock synapses."""
        readers = self._readers[node.name]
        are_synapses = all(isinstance(reader, s.SpikeConv) for reader in readers)
        return are_synapses and any(readers) and not any(map(self._refusal, readers))


def _fits(value: Bounds, bits: int) -> bool:
    limit = 1 << (bits - 1)
    return int(value.low.min()) >= -limit and int(value.high.max()) < limit
