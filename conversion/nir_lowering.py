"""Graph[FloatNode] -> NIR document: every node as NIR primitives, or as a named cut.

Sums are materialised (a Scale of ones bears the name of the `FloatAdd`): along a residual chain the
in-edges would otherwise multiply without end.
"""

from collections.abc import Sequence

import numpy as np
from typing_extensions import assert_never

from conversion.nir_document import (
    FORMAT_VERSION,
    BlockDiagonal,
    Content,
    Dialect,
    Filled,
    NirDocument,
    NirNode,
    firing_levels,
    part,
    smallest_float,
)
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import to_record

_ONE = np.float32(1)


def lower(graph: Graph[f.FloatNode], dialect: Dialect) -> NirDocument:
    """The NIR form of a float graph whose batch norms are folded.

    Raises:
        UnsupportedOpError: a batch norm, a kernel the dialect cannot hold, or a name HDF5 cannot.
    """
    lowering = _Lowering(graph, dialect)
    for node in graph:
        lowering.add(node)
    meaning = {
        "format_version": FORMAT_VERSION,
        "dialect": dialect,
        "graph": graph.name,
        "order": [node.name for node in graph],
    }
    return NirDocument(lowering.nodes, lowering.edges, meaning)


class _Lowering:
    """Collects NIR nodes and edges while walking a graph in its order."""

    def __init__(self, graph: Graph[f.FloatNode], dialect: Dialect) -> None:
        self.nodes: dict[str, NirNode] = {}
        self.edges: list[tuple[str, str]] = []
        self._graph = graph
        self._portable = dialect == "portable"

    def add(self, node: f.FloatNode) -> None:
        """Adds the NIR nodes of one node and the edges that lead to them."""
        match node:
            case f.FloatInput():
                self._put(node, node.name, "Input", {"shape": _sizes(node.shape[1:])})
            case f.FloatOutput():
                self._put(node, node.name, "Output", {"shape": _sizes(self._shape(node.name))})
                self._join(node.inputs, node.name)
            case f.FloatConv():
                self._put(node, node.name, "Conv2d", self._conv_fields(node))
                self._join(node.inputs, node.name)
            case f.FloatScale():
                factor = smallest_float(np.float64(node.factor).reshape(1))[0]
                self._put(node, node.name, "Scale", {"scale": self._filled(node.name, factor)})
                self._join(node.inputs, node.name)
            case f.FloatAdd():
                self._put(node, node.name, "Scale", {"scale": self._filled(node.name, _ONE)})
                self._join_sum(node)
            case f.FloatBias():
                self._add_bias(node)
            case f.FloatNILIF():
                self._add_neuron(node)
            case f.FloatAvgPool():
                cell = _sizes((node.factor, node.factor))
                fields: dict[str, Content] = {"kernel_size": cell, "stride": cell}
                self._put(node, node.name, "AvgPool2d", {**fields, "padding": _sizes((0, 0))})
                self._join(node.inputs, node.name)
            case (
                f.FloatUpsample() | f.FloatMemoryWrite() | f.FloatMemoryRead() | f.FloatGateMix()
                | m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels()
            ):  # fmt: skip
                self._cut(node)
            case f.FloatBatchNorm():
                found = "one of its own"
                raise UnsupportedOpError(f"node '{node.name}'", "a folded batch norm", found)
            case _:
                assert_never(node)

    def _put(
        self, node: f.FloatNode, name: str, kind: str, fields: dict[str, Content], role: str = ""
    ) -> NirNode:
        """Adds one NIR node: the main one of `node`, or a part that plays a role in it."""
        if name in self.nodes or "\0" in name or name == ".":
            raise UnsupportedOpError(f"node '{node.name}'", "a name free in the file", f"'{name}'")
        meaning = {"part_of": node.name, "role": role} if role else to_record(node)
        steps = self._graph.shapes[node.name][0]
        self.nodes[name] = NirNode(kind, fields, {**meaning, "steps": steps})
        return self.nodes[name]

    def _shape(self, name: str) -> tuple[int, ...]:
        return self._graph.shapes[name][1:]

    def _filled(self, name: str, value: object) -> Filled:
        return Filled(self._shape(name) if self._portable else (1, 1, 1), value)

    def _join(self, inputs: Sequence[str], target: str) -> None:
        for name in inputs:
            source = self._graph[name]
            if isinstance(source, f.FloatNILIF):
                levels = range(1, source.max_spike + 1)
                self.edges.extend((part(name, k), target) for k in levels)
            else:
                self.edges.append((name, target))

    def _join_sum(self, node: f.FloatAdd) -> None:
        for i, name in enumerate(node.inputs):
            target = node.name
            if name in node.inputs[:i]:
                target = part(node.name, f"copy{i}")
                self._put(node, target, "Scale", {"scale": self._filled(node.name, _ONE)}, "copy")
                self.edges.append((target, node.name))
            self._join([name], target)

    def _add_bias(self, node: f.FloatBias) -> None:
        table = part(node.name, "table")
        self._put(node, node.name, "Scale", {"scale": self._filled(node.name, _ONE)})
        shape = _sizes(self._shape(node.name))
        self._put(node, table, "Input", {"shape": shape}, "table").tables["table"] = node.table
        self._join(node.inputs, node.name)
        self.edges.append((table, node.name))

    def _add_neuron(self, node: f.FloatNILIF) -> None:
        drive = [*node.inputs]
        stateful = self._graph.shapes[node.name][0] > 1
        membrane, shape = part(node.name, "u"), _sizes(self._shape(node.name))
        for k, level in enumerate(firing_levels(node.max_spike), 1):
            fields: dict[str, Content] = {"threshold": self._filled(node.name, level)}
            role = "" if k == 1 else "threshold"
            added = self._put(node, part(node.name, k), "Threshold", fields, role)
            if k == 1:
                added.tables["decay"] = node.decay
            if stateful:
                self.edges.append((membrane, part(node.name, k)))
            else:
                self._join(drive, part(node.name, k))
        if stateful:
            carry, shown = part(node.name, "carry"), part(node.name, "membrane")
            self._put(node, carry, "Input", {"shape": shape}, "carry")
            self._put(node, membrane, "Scale", {"scale": self._filled(node.name, _ONE)}, "u")
            self._put(node, shown, "Output", {"shape": shape}, "membrane")
            self._join(drive, membrane)
            self.edges += [(carry, membrane), (membrane, shown)]

    def _cut(self, node: f.FloatNode) -> None:
        for i, name in enumerate(node.inputs):
            operand = part(node.name, i)
            self._put(node, operand, "Output", {"shape": _sizes(self._shape(name))}, "operand")
            self._join([name], operand)
        self._put(node, node.name, "Input", {"shape": _sizes(self._shape(node.name))})

    def _conv_fields(self, node: f.FloatConv) -> dict[str, Content]:
        weight = smallest_float(node.weight)
        k_h, k_w = node.weight.shape[2:]
        if self._portable and k_h != k_w:
            needed, found = "a square kernel in the portable dialect", f"{k_h}x{k_w}"
            raise UnsupportedOpError(f"node '{node.name}'", needed, found, "Use dialect 'compact'")
        expanded = self._portable and node.groups > 1
        return {
            "input_shape": _sizes(self._shape(node.inputs[0])[1:]),
            "weight": BlockDiagonal(weight, node.groups) if expanded else weight,
            "bias": smallest_float(node.bias),
            "stride": _sizes((node.stride, node.stride)),
            "padding": _sizes((node.padding, node.padding)),
            "dilation": _sizes((node.dilation, node.dilation)),
            "groups": np.array(1 if expanded else node.groups, np.int64),
        }


def _sizes(values: Sequence[int]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, np.int64)
