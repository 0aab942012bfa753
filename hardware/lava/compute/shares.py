"""Which nodes our own processes run beside stock ones, and what they exchange; no Lava here.

A share is the own nodes of one process. Values from stock processes come in their layout, and what
stock processes read goes out in it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hardware.lava.assemble.blocks import Block, divide, port_names
from hardware.lava.assemble.layout import stock_shape
from hardware.lava.assemble.values import Values
from hardware.lava.detail import Detail
from hardware.stock.plan import StockPlan
from spiketrack.graph import spike_nodes as s


@dataclass(frozen=True, eq=False)
class Share:
    """Own nodes that one process runs.

    Attributes:
        name: of the process.
        values: the graph they are a part of.
        nodes: in graph order.
        latency: steps after which each value of the graph comes.
        depth: the largest of them.
        held: per value that a node needs late, for how many steps.
        stock_values: those that come in the layout of stock processes.
        inputs: values that come in, by name of the InPort.
        outputs: values that go to our own processes, by name of the OutPort.
        stock_outputs: values that go to stock processes, by name of the OutPort.
    """

    name: str
    values: Values
    nodes: tuple[s.SpikeNode, ...]
    latency: Mapping[str, int]
    depth: int
    held: Mapping[str, int]
    stock_values: frozenset[str]
    inputs: dict[str, str]
    outputs: dict[str, str]
    stock_outputs: dict[str, str]

    def shape(self, value: str) -> tuple[int, ...]:
        """Of the message that brings a value."""
        shape: tuple[int, ...] = self.values.shape(value)
        return stock_shape(shape) if value in self.stock_values else shape


def comes_in_stock_layout(plan: StockPlan, value: str) -> bool:
    """Whether the messages of a value are as stock processes send and receive them."""
    return plan.roles[value] in ("stock", "port")


def stock_reads(plan: StockPlan) -> set[str]:
    """Values that stock processes read, as they are or through a port that renames them."""
    return {
        leaf
        for node in plan.graph
        if plan.roles[node.name] == "stock"
        for name in node.inputs
        for leaf in plan.leaves[name]
    }


def shares_of(plan: StockPlan, detail: Detail, keep: Collection[str]) -> list[Share]:
    """The own nodes by process: one for each node, block or graph, as `detail` says.

    Raises:
        GraphError: a name in `keep` that is not a node that computes.
    """
    whole = divide(plan.graph, keep)
    groups: list[tuple[str, tuple[s.SpikeNode, ...]]] = []
    for block in _blocks(whole, detail):
        nodes = tuple(node for node in block.nodes if plan.roles[node.name] == "own")
        if detail == "node":
            groups += [(node.name, (node,)) for node in nodes]
        elif nodes:
            groups.append((block.name, nodes))
    depth = max(plan.latency.values())
    return [_share(plan, whole.values, name, nodes, depth, keep) for name, nodes in groups]


def _blocks(whole: Block, detail: Detail) -> tuple[Block, ...]:
    return whole.parts if whole.parts and detail != "branch" else (whole,)


def _share(
    plan: StockPlan,
    values: Values,
    name: str,
    nodes: tuple[s.SpikeNode, ...],
    depth: int,
    keep: Collection[str],
) -> Share:
    mine = {node.name for node in nodes}
    readers = plan.graph.consumers()
    to_stock = stock_reads(plan)
    # A dict keeps the order, so that ports are named alike in every run.
    needed = dict.fromkeys(x for node in nodes for x in node.inputs if x not in mine)
    leaving = [
        node.name for node in nodes
        if node.name in keep or any(
            reader.name not in mine and plan.roles[reader.name] in ("own", "end")
            for reader in readers[node.name]
        )
    ]  # fmt: skip
    held: dict[str, int] = defaultdict(int)
    for wait in plan.waits:
        if wait.node in mine:
            # One line of memory serves all readers, as long as the latest needs it.
            held[wait.source] = max(held[wait.source], wait.steps)
    return Share(
        name, values, nodes, plan.latency, depth, dict(held),
        frozenset(x for x in needed if comes_in_stock_layout(plan, x)),
        port_names(list(needed), "in"), port_names(leaving, "out"),
        port_names([node.name for node in nodes if node.name in to_stock], "stock"),
    )  # fmt: skip
