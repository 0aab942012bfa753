"""Parts an integer graph into the blocks that become Lava processes; no Lava here.

The blocks follow from the names of the nodes: `encoder.mrm.<i>.*` is a `MemoryRetrieval`,
`decoder.*` the `Head`, every other `encoder.*` the `Backbone`; a graph named otherwise is one
block. Blocks may feed one another in turns (backbone and memory retrieval do): within a step each
runs its nodes in graph order and receives a value when it first needs it, so none can wait in a
circle.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hardware.lava.assemble.values import Values
from hardware.lava.runtime.events import FIELDS
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

Kind = Literal[
    "backbone", "memory_retrieval", "head", "template_branch", "search_branch", "graph_block"
]
BRANCHES: dict[str, Kind] = {"template": "template_branch", "search": "search_branch"}
_MEMORY_RETRIEVAL = re.compile(r"encoder\.mrm\.(\d+)\.")


@dataclass(frozen=True, eq=False)
class Block:
    """Nodes that run together, or blocks inside a block.

    Attributes:
        name: "backbone", "memory_retrieval.0", "search", ...
        kind: which process class it becomes.
        values: the graph it is a part of.
        nodes: all its nodes in graph order, those of its parts included.
        parts: the blocks it is made of; empty if it is made of nodes.
        kept: values that must leave it although no node outside reads them.
        inputs: values it receives, by name of its InPort.
        outputs: values it sends, by name of its OutPort.
    """

    name: str
    kind: Kind
    values: Values
    nodes: tuple[s.SpikeNode, ...]
    parts: tuple["Block", ...] = ()
    kept: frozenset[str] = frozenset()
    inputs: dict[str, str] = field(init=False)
    outputs: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        mine = {node.name for node in self.nodes}
        # A dict and no set: ports keep the order of the graph.
        needed = dict.fromkeys(name for node in self.nodes for name in node.inputs)
        readers = self.values.graph.consumers()
        leaving = [
            name
            for name in mine
            if name in self.kept or any(reader.name not in mine for reader in readers[name])
        ]
        order = {node.name: i for i, node in enumerate(self.values.graph)}
        inputs = [name for name in needed if name not in mine]
        object.__setattr__(self, "inputs", port_names(inputs, "in"))
        object.__setattr__(
            self, "outputs", port_names(sorted(leaving, key=order.__getitem__), "out")
        )


def port_names(values: Sequence[str], suffix: str) -> dict[str, str]:
    """A Python name for each value's port: "mrm.0.q@1" -> "mrm_0_q_1_in"."""
    names: dict[str, str] = {}
    for value in values:
        name = re.sub(r"\W", "_", f"v_{value}" if value[:1].isdigit() else value)
        # A counter may have the name already.
        taken = f"{name}_{suffix}" in (*names, *FIELDS)
        names[f"{name}_{len(names)}_{suffix}" if taken else f"{name}_{suffix}"] = value
    return names


def divide(graph: Graph[s.SpikeNode], keep: Collection[str] = ()) -> Block:
    """The whole graph as one block, divided into backbone, memory retrievals and head.

    Args:
        graph: a verified integer graph.
        keep: names of nodes whose values must leave.

    Raises:
        GraphError: a name in `keep` that is not a node, or an input or output.
    """
    values = Values(graph)
    nodes = tuple(node for node in graph if not isinstance(node, s.SpikeInput | s.SpikeOutput))
    mine = {node.name for node in nodes}
    for name in keep:
        if name not in mine:
            raise GraphError(f"graph '{graph.name}'", "a node that computes", f"'{name}'")
    kept = frozenset(keep)
    groups: dict[tuple[str, Kind], list[s.SpikeNode]] = {}
    for node in nodes:
        groups.setdefault(_home(node.name, graph.name), []).append(node)
    parts = tuple(
        Block(name, kind, values, tuple(group), (), kept) for (name, kind), group in groups.items()
    )
    branch = BRANCHES.get(graph.name, "graph_block")
    # A block around a single block would be one process more for nothing.
    if branch == "graph_block" and len(parts) == 1 and parts[0].kind == "graph_block":
        return parts[0]
    return Block(graph.name, branch, values, nodes, parts, kept)


def _home(node: str, graph: str) -> tuple[str, Kind]:
    """Name and kind of the block that a node belongs to."""
    retrieval = _MEMORY_RETRIEVAL.match(node)
    if retrieval:
        return f"memory_retrieval.{retrieval[1]}", "memory_retrieval"
    if node.startswith("decoder."):
        return "head", "head"
    if node.startswith("encoder."):
        return "backbone", "backbone"
    return graph, "graph_block"
