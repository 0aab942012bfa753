"""Writes a graph as text, one line for each node, to be read and to be compared with diff.

Nothing is aligned, so that a change of one node changes one line. Weights are summarised.
"""

from dataclasses import MISSING, fields
from math import prod

import numpy as np

from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Conv, conv_weight
from spiketrack.graph.records import array_fields
from spiketrack.graph.shapes import AnyNode, N
from spiketrack.graph.signals import neuron_layers
from spiketrack.plain_text import shown

_SHOWN_BEFORE = {"name", "inputs", "shape"}
"""Fields that the part of a line before its attributes shows."""


def dump(graph: Graph[N]) -> str:
    """A header with totals, then `name: Type (T, C, H, W) <- inputs | attributes` per node.

    Args:
        graph: a graph of float nodes or of integer nodes.
    """
    lines = [f"graph {graph.name}", *_totals(graph)]
    lines += [_line(node, graph.shapes[node.name]) for node in graph]
    return "\n".join(map(shown, lines)) + "\n"


def _totals(graph: Graph[N]) -> list[str]:
    kernels = [conv_weight(node).size for node in graph if isinstance(node, Conv)]
    layers = [prod(graph.shapes[node.name]) for node in neuron_layers(graph)]
    inputs = ", ".join(f"{node.name} {graph.shapes[node.name]}" for node in graph.inputs)
    outputs = ", ".join(f"{node.name} {graph.shapes[node.name]}" for node in graph.outputs)
    return [
        f"nodes: {len(graph)}",
        f"weights: {sum(kernels)} in {len(kernels)} convolutions",
        f"neuron outputs: {sum(layers)} in {len(layers)} layers, all steps",
        f"inputs: {inputs}",
        f"outputs: {outputs}",
    ]


def _line(node: AnyNode, shape: Shape) -> str:
    text = f"{node.name}: {type(node).__name__} {shape}"
    if node.inputs:
        text += f" <- {', '.join(node.inputs)}"
    arrays = array_fields(type(node))
    attributes = []
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name in arrays:
            attributes.append(f"{field.name}=[{_summary(field.name, value)}]")
        elif field.name not in _SHOWN_BEFORE and (
            # Defaults are left out, but a width must never have to be guessed.
            field.name == "weight_bits" or field.default is MISSING or value != field.default
        ):
            attributes.append(f"{field.name}={value}")
    return f"{text} | {' '.join(attributes)}" if attributes else text


def _summary(name: str, array: Array) -> str:
    shape = "x".join(str(size) for size in array.shape)
    if array.size == 0:
        return f"{shape} {array.dtype}"
    # Few numbers say more than their range.
    if array.size <= 4:
        return ", ".join(_number(value) for value in array.ravel())
    text = f"{shape} {array.dtype} {_number(array.min())}..{_number(array.max())}"
    # Sparsity decides how many operations an event costs.
    if name.startswith("weight") and array.ndim > 1:
        text += f" non-zero {100 * np.count_nonzero(array) / array.size:.1f} %"
    return text


def _number(value: np.generic) -> str:
    return f"{value.item():.6g}" if value.dtype.kind == "f" else str(value.item())
