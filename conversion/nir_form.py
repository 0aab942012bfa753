"""Writes every node of a float graph as NIR primitives, or as a named cut.

Sums are materialised (a Scale of ones bears the name of the `FloatAdd`): along a residual chain the
in-edges would otherwise multiply without end. In the portable dialect a value on a grid of one
point has the shape (C,), as other tools have it, and its layers are Affine nodes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
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
from conversion.nir_neurons import laid_out, neuron_fields, neuron_kind
from spiketrack.errors import UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatCuba
from spiketrack.graph.records import array_fields, to_record

_ONE = np.float32(1)
_COMPACT = "Write the compact dialect instead (--dialect compact), which spiketrack reads"


def nir_form_of(graph: Graph[f.FloatNode], dialect: Dialect, dt: float) -> NirDocument:
    """The NIR form of a float graph whose batch norms are folded, for steps of `dt`.

    Raises:
        UnsupportedOpError: a batch norm, a kernel the dialect cannot hold, or a name HDF5 cannot.
    """
    writer = _Writer(graph, dialect, dt)
    for node in graph:
        writer.add(node)
    meaning = {
        "format_version": FORMAT_VERSION,
        "dialect": dialect,
        "dt": dt,
        "graph": graph.name,
        "order": [node.name for node in graph],
    }
    return NirDocument(writer.nodes, writer.edges, meaning)


class _Writer:
    """Collects NIR nodes and edges while walking a graph in its order."""

    def __init__(self, graph: Graph[f.FloatNode], dialect: Dialect, dt: float) -> None:
        self.nodes: dict[str, NirNode] = {}
        self.edges: list[tuple[str, str]] = []
        self._graph = graph
        self._portable = dialect == "portable"
        self._points = self._portable and not any(_needs_grid(graph, node) for node in graph)
        self._dt = dt

    def add(self, node: f.FloatNode) -> None:
        """Adds the NIR nodes of one node and the edges that lead to them."""
        match node:
            case f.FloatInput() | f.FloatOutput():
                kind = "Input" if isinstance(node, f.FloatInput) else "Output"
                self._put(node, node.name, kind, {"shape": _sizes(self._shape(node.name))})
                self._join(node.inputs, node.name)
            case f.FloatConv():
                self._add_conv(node)
            case f.FloatScale():
                self._add_scale(node)
            case f.FloatAdd():
                self._add_sum(node)
            case f.FloatBias():
                self._add_bias(node)
            case f.FloatNILIF():
                self._add_neuron(node)
            case f.FloatCubaLIF() | f.FloatCubaLI():
                self._add_cuba(node)
            case f.FloatThreshold():
                level = {"threshold": self._laid(node.name, node.level)}
                self._put_with_tables(node, "Threshold", level)
            case m.Delay():
                delay = {"delay": self._laid(node.name, node.steps_q * self._dt)}
                self._put_with_tables(node, "Delay", delay)
            case m.Flatten():
                self._add_flatten(node)
            case f.FloatAvgPool():
                self._add_pool(node)
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
        shape = self._graph.shapes[name][1:]
        return shape[:1] if self._points and shape[1:] == (1, 1) else shape

    def _filled(self, name: str, value: object) -> Filled:
        return Filled(self._shape(name) if self._portable else (1, 1, 1), value)

    def _laid(self, name: str, array: Array) -> Content:
        return laid_out(array, array.shape, self._shape(name) if self._portable else None)

    def _join(self, inputs: Sequence[str], target: str) -> None:
        for name in inputs:
            source = self._graph[name]
            if isinstance(source, f.FloatNILIF):
                levels = range(1, source.max_spike + 1)
                self.edges.extend((part(name, k), target) for k in levels)
            else:
                point = part(name, "point")
                self.edges.append((point if point in self.nodes else name, target))

    def _add_sum(self, node: f.FloatAdd) -> None:
        self._put(node, node.name, "Scale", {"scale": self._filled(node.name, _ONE)})
        for i, name in enumerate(node.inputs):
            target = node.name
            if name in node.inputs[:i]:
                target = part(node.name, f"copy{i}")
                self._put(node, target, "Scale", {"scale": self._filled(node.name, _ONE)}, "copy")
                self.edges.append((target, node.name))
            self._join([name], target)

    def _add_scale(self, node: f.FloatScale) -> None:
        factor = smallest_float(np.float64(node.factor).reshape(1))[0]
        self._put(node, node.name, "Scale", {"scale": self._filled(node.name, factor)})
        self._join(node.inputs, node.name)

    def _add_pool(self, node: f.FloatAvgPool) -> None:
        cell = _sizes((node.factor, node.factor))
        fields: dict[str, Content] = {"kernel_size": cell, "stride": cell}
        self._put(node, node.name, "AvgPool2d", {**fields, "padding": _sizes((0, 0))})
        self._join(node.inputs, node.name)
        self._put_point(node)

    def _add_bias(self, node: f.FloatBias) -> None:
        if len(self._shape(node.name)) == 1 and len(node.table) == 1:
            ones = BlockDiagonal(np.ones((node.table.size, 1), np.float32), node.table.size)
            bias = smallest_float(node.table.ravel())
            self._put_with_tables(node, "Affine", {"weight": ones, "bias": bias})
            return
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

    def _put_with_tables(self, node: f.FloatNode, kind: str, fields: dict[str, Content]) -> None:
        added = self._put(node, node.name, kind, fields)
        names = (name for name in array_fields(type(node)) if name != "recurrent")
        added.tables.update({name: getattr(node, name) for name in names})
        self._join(node.inputs, node.name)

    def _put_point(self, node: f.FloatNode) -> None:
        """Turns a result (O, 1, 1) into (O,)."""
        shape = self._graph.shapes[node.name][1:]
        if self._points and shape[1:] == (1, 1):
            self._put(node, part(node.name, "point"), "Flatten", _flatten_fields(shape), "point")
            self.edges.append((node.name, part(node.name, "point")))

    def _add_cuba(self, node: FloatCuba) -> None:
        shape = self._shape(node.name) if self._portable else None
        self._put_with_tables(node, neuron_kind(node), neuron_fields(node, self._dt, shape))
        if isinstance(node, f.FloatCubaLIF) and node.recurrent.size:
            way = part(node.name, "recurrent")
            if self._portable and not self._points:
                raise _grid_error(node)
            weight = smallest_float(node.recurrent)
            self._put(node, way, "Linear", {"weight": weight}, "recurrent")
            self.edges += [(node.name, way), (way, node.name)]

    def _add_flatten(self, node: m.Flatten) -> None:
        if self._portable and not self._points:
            raise _grid_error(node)
        self._put(node, node.name, "Flatten", _flatten_fields(self._shape(node.inputs[0])))
        self._join(node.inputs, node.name)

    def _add_conv(self, node: f.FloatConv) -> None:
        if self._points and self._graph.shapes[node.inputs[0]][2:] == (1, 1):
            weight = smallest_float(node.weight[:, :, 0, 0])
            shown = BlockDiagonal(weight, node.groups) if node.groups > 1 else weight
            fields: dict[str, Content] = {"weight": shown, "bias": smallest_float(node.bias)}
            self._put(node, node.name, "Affine", fields)
            self._join(node.inputs, node.name)
        else:
            self._put(node, node.name, "Conv2d", self._conv_fields(node))
            self._join(node.inputs, node.name)
            self._put_point(node)

    def _conv_fields(self, node: f.FloatConv) -> dict[str, Content]:
        weight = smallest_float(node.weight)
        k_h, k_w = node.weight.shape[2:]
        if self._portable and k_h != k_w:
            needed, found = "a square kernel in the portable dialect", f"{k_h}x{k_w}"
            raise UnsupportedOpError(f"node '{node.name}'", needed, found, _COMPACT)
        expanded = self._portable and node.groups > 1
        return {
            "input_shape": _sizes(self._shape(node.inputs[0])[1:]),
            "weight": BlockDiagonal(weight, node.groups) if expanded else weight,
            "bias": smallest_float(node.bias),
            "stride": _sizes(node.stride),
            "padding": _sizes(node.padding),
            "dilation": _sizes(node.dilation),
            "groups": np.array(1 if expanded else node.groups, np.int64),
        }


def _needs_grid(graph: Graph[f.FloatNode], node: f.FloatNode) -> bool:
    """Whether a convolution reads one point and is more than a matrix there."""
    if not isinstance(node, f.FloatConv) or graph.shapes[node.inputs[0]][2:] != (1, 1):
        return False
    return node.weight.shape[2:] != (1, 1) or node.padding != (0, 0)


def _grid_error(node: f.FloatNode) -> UnsupportedOpError:
    needed = "a graph without larger kernels on one point in the portable dialect"
    return UnsupportedOpError(f"node '{node.name}'", needed, "one", _COMPACT)


def _flatten_fields(shape: tuple[int, ...]) -> dict[str, Content]:
    first, last = np.array(0, np.int64), np.array(-1, np.int64)
    return {"input_type": _sizes(shape), "start_dim": first, "end_dim": last}


def _sizes(values: Sequence[int]) -> NDArray[Any]:
    return np.array(values, np.int64)
