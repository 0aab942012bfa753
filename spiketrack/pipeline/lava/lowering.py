"""Which nodes of a graph run on Lava's stock processes: the plan, and its report."""

from collections import Counter
from typing import Any

from hardware.stock.plan import StockPlan
from hardware.stock.plan_chain import plan_chain
from hardware.stock.plan_stock import plan_stock
from hardware.stock.refusals import fits_registers
from simulation.bounds.ranges import Ranges, value_ranges
from simulation.run import current_name
from spiketrack.errors import ObstacleError
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeCubaLIF, SpikeNode


def plan_stock_for(graph: Graph[SpikeNode]) -> StockPlan:
    """The plan of a graph for stock processes.

    Its steps come one after the other if only so all of it runs on them: a chain with memory.

    Raises:
        OverflowBoundError: a value whose range nobody can bound.
    """
    ranges = value_ranges(graph)
    plan = plan_stock(graph, ranges.values)
    if all(row.role != "own" for row in plan.rows()):
        return plan
    try:
        return plan_chain(graph, ranges.values, proved_neurons(graph, ranges))
    except ObstacleError:
        return plan


def proved_neurons(graph: Graph[SpikeNode], ranges: Ranges) -> frozenset[str]:
    """Names of the LIFs whose registers fit a stock LIF's in every step, whatever comes in."""
    names = (node.name for node in graph if isinstance(node, SpikeCubaLIF))
    return frozenset(
        name
        for name in names
        if all(fits_registers(ranges.states[key]) for key in (name, current_name(name)))
    )


def stock_facts(plan: StockPlan, n_processes: int) -> dict[str, Any]:
    """Says which nodes of a graph run on which processes, as one JSON value.

    The keys of `nodes`: "stock", "port" (ports of other processes add or rename), "own".
    """
    rows = plan.rows()
    stock = Counter(row.process for row in rows if row.role == "stock")
    why = Counter(row.why for row in rows if row.role == "own")
    return {
        "nodes": dict(Counter(row.role for row in rows)),
        "stock_processes": dict(stock),
        "own_because": dict(why.most_common()),
        "steps_one_by_one": plan.streamed,
        "registers_checked_on_host": list(plan.unproved),
        "latency_steps": plan.latency_steps,
        "delays": len(plan.waits),
        "processes": n_processes,
    }


def lowering_words(facts: dict[str, Any]) -> list[str]:
    """Writes the facts of `stock_facts` as lines to print."""
    nodes = facts["nodes"]
    stock = ", ".join(f"{count} x {name}" for name, count in facts["stock_processes"].items())
    lines = [
        f"Nodes on stock processes: {nodes.get('stock', 0)} ({stock or 'none'}); done by ports: "
        f"{nodes.get('port', 0)}; on processes of ours: {nodes.get('own', 0)}. Latency: "
        f"{facts['latency_steps']} steps; values that wait: {facts['delays']}; processes: "
        f"{facts['processes']}"
    ]
    if facts["steps_one_by_one"]:
        lines.append("The steps of a sample run one after the other, and each sample starts anew")
    checked = facts["registers_checked_on_host"]
    if checked:
        lines.append(
            f"Registers not proved to fit 24 bits, looked at on the host: {', '.join(checked)}"
        )
    lines += [f"Ours, {count} x: {why}" for why, count in facts["own_because"].items()]
    return lines
