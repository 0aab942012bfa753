"""A graph is nodes in topological order; everything else in this project is a function of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic

from spiketrack.errors import GraphError
from spiketrack.graph.checks import require_text
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import Input, Output
from spiketrack.graph.shapes import N, infer_shapes


@dataclass(frozen=True, eq=False)
class Graph(Generic[N]):
    """A verified graph: unique names, inputs before uses, shapes that fit, no value unused.

    Attributes:
        name: "template", "search", or any other name.
        nodes: in topological order.
        shapes: (T, C, H, W) of every node's value, inferred.
    """

    name: str
    nodes: tuple[N, ...]
    shapes: dict[str, Shape] = field(init=False)
    by_name: dict[str, N] = field(init=False)

    def __post_init__(self) -> None:
        require_text(f"graph '{self.name}'", self.name)
        names = [node.name for node in self.nodes]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise GraphError(f"graph '{self.name}'", "unique node names", f"'{twice}' twice")
        # A frozen dataclass takes what is derived in this way only.
        object.__setattr__(self, "shapes", infer_shapes(self.nodes))
        object.__setattr__(self, "by_name", {node.name: node for node in self.nodes})
        used = {name for node in self.nodes for name in node.inputs}
        for node in self.nodes:
            # An unused value is work for nothing on every engine, and mostly a mistake in a pass.
            if node.name not in used and not isinstance(node, Output):
                raise GraphError(
                    f"graph '{self.name}', node '{node.name}'", "a value that is used or an output"
                )

    def __iter__(self) -> Iterator[N]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, name: str) -> N:
        return self.by_name[name]

    def consumers(self) -> dict[str, list[N]]:
        """For each value, the nodes that read it, in order."""
        readers: dict[str, list[N]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for name in node.inputs:
                readers[name].append(node)
        return readers

    def last_uses(self) -> dict[str, list[str]]:
        """For each node, the values that nobody reads after it, so that an engine may drop them."""
        # Later nodes overwrite earlier ones: the last reader stays.
        last = {name: node.name for node in self.nodes for name in node.inputs}
        dropped: dict[str, list[str]] = {}
        for value, reader in last.items():
            dropped.setdefault(reader, []).append(value)
        return dropped

    @property
    def inputs(self) -> list[N]:
        """Input nodes in order."""
        return [node for node in self.nodes if isinstance(node, Input)]

    @property
    def outputs(self) -> list[N]:
        """Output nodes in order."""
        return [node for node in self.nodes if isinstance(node, Output)]
