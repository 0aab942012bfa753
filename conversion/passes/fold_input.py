"""Pass: lets the first convolution read integer pixels instead of a normalised image.

Requires: the graph has one image input, read by convolutions only, zero-padded.
Ensures: the image input takes value = pixel - offset[c]; weights hold 1/(255 std), biases hold the
fraction of
the mean that the integer offset leaves, and a FloatBias corrects the border, where the padding of
the normalised
image (zero) is not the padding of the pixels.
Exact: up to one float64 rounding per weight and bias.
"""

from dataclasses import dataclass, replace

import numpy as np

from spiketrack.errors import UnsupportedOpError
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatBias, FloatConv, FloatInput, FloatNode, Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import output_shape
from spiketrack.tracking.preprocess import IMAGE_MEAN, IMAGE_STD


@dataclass(frozen=True)
class InputSpec:
    """How raw integers become the network's input: x = (raw - offset[c] + residue[c]) * scale[c].

    Attributes:
        offset: (C,) integers subtracted on the way in.
        residue: (C,) what the integer offset leaves of the true mean.
        scale: (C,) value of one raw step.
        low: smallest raw value.
        high: largest raw value.
    """

    offset: Array
    residue: Array
    scale: Array
    low: int
    high: int


def rgb_input() -> InputSpec:
    """uint8 RGB pixels, normalised by the ImageNet mean and standard deviation."""
    mean = 255.0 * np.asarray(IMAGE_MEAN, np.float64)
    # Pixels are integers, so that only a whole offset can be taken off them.
    offset = np.rint(mean).astype(np.int32)
    return InputSpec(
        offset, offset - mean, 1.0 / (255.0 * np.asarray(IMAGE_STD, np.float64)), 0, 255
    )


def scaled_input(scale: float, low: int, high: int, channels: int = 3) -> InputSpec:
    """Integers that are the network's input times 1/scale, no mean."""
    zeros = np.zeros(channels)
    return InputSpec(zeros.astype(np.int32), zeros, np.full(channels, scale), low, high)


def fold_input(graph: Graph[FloatNode], spec: InputSpec) -> Graph[FloatNode]:
    """Lets the first convolution read integers: see the module's Requires, Ensures and Exact.

    Raises:
        UnsupportedOpError: the image is read by something else than a plain convolution.
    """
    nodes: list[FloatNode] = []
    renamed: dict[str, str] = {}
    for node in graph:
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        node = node if inputs == node.inputs else replace(node, inputs=inputs)
        sources = [graph[name] for name in node.inputs if name in graph.by_name]
        if not any(
            isinstance(source, FloatInput) and source.signal == "image" for source in sources
        ):
            nodes.append(node)
            continue
        if not isinstance(node, FloatConv) or node.groups != 1:
            raise UnsupportedOpError(
                f"node '{node.name}' on the image", "a plain convolution", type(node).__name__
            )
        nodes.extend(_fold(node, spec, graph.shapes[node.inputs[0]]))
        renamed[node.name] = nodes[-1].name
    return Graph(graph.name, tuple(nodes))


def _fold(conv: FloatConv, spec: InputSpec, shape: Shape) -> list[FloatNode]:
    weight = conv.weight * spec.scale[None, :, None, None]
    # What the whole offset leaves of the mean goes through every tap, as a bias of each.
    residue = np.einsum("ocij,c->oij", weight, spec.residue)
    inside = replace(conv, weight=weight, bias=conv.bias + residue.sum(axis=(1, 2)))
    # Without padding every tap lies inside, and the bias is right everywhere.
    if not residue.any() or not any(conv.padding):
        return [inside]
    reached = _taps_inside(conv, shape)
    # At the border the taps outside brought no pixel and must bring no residue.
    correction = np.einsum("oij,ijyx->oyx", residue, reached - 1.0)
    return [
        inside,
        FloatBias(name=f"{conv.name}.border", inputs=(conv.name,), table=correction[None]),
    ]


def _taps_inside(conv: FloatConv, shape: Shape) -> Array:
    """(K_h, K_w, H', W') of 0 and 1: does this tap of this output cell lie inside the image."""
    _, _, height, width = output_shape(conv, [shape])
    rows, columns = (
        _axis_inside(conv, axis, cells, size)
        for axis, (cells, size) in enumerate(zip((height, width), shape[2:], strict=True))
    )
    inside: Array = rows[:, None, :, None] * columns[None, :, None, :]
    return inside


def _axis_inside(conv: FloatConv, axis: int, cells: int, size: int) -> Array:
    """(K, cells) of one axis: 0 for rows, 1 for columns."""
    first = np.arange(cells)[None] * conv.stride[axis] - conv.padding[axis]
    position = first + np.arange(conv.weight.shape[2 + axis])[:, None] * conv.dilation[axis]
    return ((position >= 0) & (position < size)).astype(np.float64)
