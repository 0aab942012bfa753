"""The shape law gives the shape (T, C, H, W) of every node's value, or says why it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import prod
from typing import TypeVar

import numpy as np
from typing_extensions import assert_never

from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape

AnyNode = f.FloatNode | s.SpikeNode
MAX_NEURONS = 1 << 26
"""Numbers of one value in one step, and of the padded value that a convolution walks over."""
_STRAY_PADDING = 8
"""Padding beyond the kernel's reach that is put up with: some networks have a little."""
N = TypeVar("N", bound=AnyNode)


def infer_shapes(nodes: Sequence[AnyNode]) -> dict[str, Shape]:
    """Shapes of all values of nodes given in topological order.

    Raises:
        GraphError: an input that is not defined before its use, or shapes that do not fit.
    """
    shapes: dict[str, Shape] = {}
    for node in nodes:
        missing = [name for name in node.inputs if name not in shapes]
        if missing:
            raise GraphError(
                f"node '{node.name}'", "inputs defined before it", f"no '{missing[0]}'"
            )
        shape = output_shape(node, [shapes[name] for name in node.inputs])
        # A few bytes of a file can declare a value of any size; it is refused before anybody
        # allocates it.
        if prod(shape[1:]) > MAX_NEURONS:
            needed = f"at most {MAX_NEURONS} numbers a step"
            raise GraphError(f"node '{node.name}'", needed, f"shape {shape}")
        shapes[node.name] = shape
    return shapes


def output_shape(node: AnyNode, shapes: Sequence[Shape]) -> Shape:
    """The shape of one node's value from the shapes of its inputs."""
    match node:
        case f.FloatInput() | s.SpikeInput():
            return node.shape
        case f.FloatConv():
            return _conv_shape(node, node.weight.shape, shapes[0])
        case s.SpikeConv():
            return _conv_shape(node, node.weight_q.shape, shapes[0])
        case f.FloatBatchNorm():
            return _require(node, len(node.gain) == shapes[0][1], shapes, shapes[0])
        case s.SpikeRescale():
            return _require(node, len(node.multiplier_q) in (1, shapes[0][1]), shapes, shapes[0])
        case f.FloatNILIF():
            return _require(node, _lasts(node.decay, shapes[0]), shapes, shapes[0])
        case s.SpikeNILIF():
            ok = len(node.thresholds_q) in (1, shapes[0][1]) and _lasts(node.decay_q, shapes[0])
            return _require(node, ok, shapes, shapes[0])
        case f.FloatCubaLIF() | s.SpikeCubaLIF():
            weight = node.recurrent if isinstance(node, f.FloatCubaLIF) else node.recurrent_q
            # Recurrent weights know neurons by their channel, so that there is one position only.
            flat = shapes[0][1:] == (len(weight), 1, 1)
            ok = _broadcasts(node, shapes[0]) and (flat or not weight.size)
            return _require(node, ok, shapes, shapes[0])
        case (
            f.FloatCubaLI() | f.FloatThreshold() | s.SpikeCubaLI() | s.SpikeDelta() | s.SpikeRelu()
        ):
            return _require(node, _broadcasts(node, shapes[0]), shapes, shapes[0])
        case f.FloatBias() | s.SpikeBias():
            table = node.table.shape if isinstance(node, f.FloatBias) else node.table_q.shape
            return _require(
                node,
                table[0] in (1, shapes[0][0]) and table[1:] == shapes[0][1:],
                shapes,
                shapes[0],
            )
        case f.FloatAdd() | s.SpikeAdd():
            return _require(node, all(shape == shapes[0] for shape in shapes), shapes, shapes[0])
        case f.FloatScale() | f.FloatOutput() | s.SpikeSigma():
            return shapes[0]
        case s.SpikeOutput():
            lengths = (len(node.scale), len(node.bias))
            fits = all(length in (1, shapes[0][1]) for length in lengths)
            return _require(node, fits, shapes, shapes[0])
        case f.FloatAvgPool() | s.SpikeSumPool():
            t, c, h, w = shapes[0]
            fits = h % node.factor == 0 and w % node.factor == 0
            return _require(node, fits, shapes, (t, c, h // node.factor, w // node.factor))
        case f.FloatUpsample() | s.SpikeUpsample():
            t, c, h, w = shapes[0]
            return (t, c, h * node.factor, w * node.factor)
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            return _write_shape(node, shapes)
        case f.FloatMemoryRead() | s.SpikeMemoryRead():
            return _read_shape(node, shapes)
        case f.FloatGateMix() | s.SpikeGateMix():
            x, logits = shapes
            return _require(node, logits == (x[0], 1, x[1], 1), shapes, (1, *x[1:]))
        case m.Repeat():
            return _require(node, shapes[0][0] == 1, shapes, (node.n_steps, *shapes[0][1:]))
        case m.SelectStep():
            return _require(node, node.step < shapes[0][0], shapes, (1, *shapes[0][1:]))
        case m.StackSteps():
            same = all(shape == shapes[0] and shape[0] == 1 for shape in shapes)
            return _require(node, same, shapes, (len(shapes), *shapes[0][1:]))
        case m.PositionsToChannels():
            t, c, h, w = shapes[0]
            return (t, h * w, c, 1)
        case m.Flatten():
            t, c, h, w = shapes[0]
            return (t, c * h * w, 1, 1)
        case m.Delay():
            return _require(node, _broadcasts(node, shapes[0]), shapes, shapes[0])
        case _:
            assert_never(node)


def _lasts(decay: Array, shape: Shape) -> bool:
    """Whether an NI-LIF neuron has a decay between any two steps, or none at all."""
    # Between T steps there are T - 1 decays; more of them serve longer runs.
    return len(decay) == 0 or len(decay) + 1 >= shape[0]


def _broadcasts(node: AnyNode, shape: Shape) -> bool:
    """Whether every array of rank 3 fits the neurons (C, H, W) of a layer."""
    arrays = [value for field in fields(node) if _is_per_neuron(value := getattr(node, field.name))]
    pairs = [pair for array in arrays for pair in zip(array.shape, shape[1:], strict=True)]
    return all(size in (1, whole) for size, whole in pairs)


def _is_per_neuron(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 3


def conv_output_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Cells along one axis after a convolution: floor((size + 2p - d(k-1) - 1) / stride) + 1."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _conv_shape(node: f.FloatConv | s.SpikeConv, weight: tuple[int, ...], shape: Shape) -> Shape:
    t, c, h, w = shape
    out_channels, in_channels, k_h, k_w = weight
    ok = in_channels * node.groups == c and out_channels % node.groups == 0
    axes = zip((h, w), (k_h, k_w), node.stride, node.padding, node.dilation, strict=True)
    # May be negative here, where the kernel is larger than the map; the last line refuses it.
    height, width = (conv_output_size(*axis) for axis in axes)
    _require_padding(node, (k_h, k_w), shape)
    return _require(node, ok and min(height, width) >= 1, [shape], (t, out_channels, height, width))


def _require_padding(
    node: f.FloatConv | s.SpikeConv, kernel: tuple[int, int], shape: Shape
) -> None:
    """Refuses padding that no kernel reaches across, and a padded value that is too large.

    Why not more: cells beyond the kernel's reach hold nothing but the bias, at the price of memory.
    """
    pairs = zip(node.dilation, kernel, strict=True)
    reach = tuple(max(step * (size - 1), _STRAY_PADDING) for step, size in pairs)
    if any(pad > most for pad, most in zip(node.padding, reach, strict=True)):
        needed = f"at most {reach}, as far as its kernel reaches"
        raise GraphError(f"node '{node.name}', padding", needed, f"{node.padding}")
    padded = [size + 2 * pad for size, pad in zip(shape[2:], node.padding, strict=True)]
    if shape[1] * prod(padded) > MAX_NEURONS:
        needed = f"at most {MAX_NEURONS} numbers a step with its padding"
        raise GraphError(f"node '{node.name}'", needed, f"{shape[1]} x {tuple(padded)}")


def _write_shape(node: f.FloatMemoryWrite | s.SpikeMemoryWrite, shapes: Sequence[Shape]) -> Shape:
    k, v = shapes
    ok = k[0] == v[0] and k[2:] == v[2:] and k[1] % node.heads == 0 and v[1] % node.heads == 0
    return _require(node, ok, shapes, (k[0], node.heads, k[1] // node.heads, v[1] // node.heads))


def _read_shape(node: f.FloatMemoryRead | s.SpikeMemoryRead, shapes: Sequence[Shape]) -> Shape:
    q, memory = shapes
    ok = q[0] == memory[0] and memory[1] == node.heads and q[1] == node.heads * memory[2]
    return _require(node, ok, shapes, (q[0], node.heads * memory[3], q[2], q[3]))


def _require(
    node: AnyNode, fits: bool, shapes: Sequence[Shape] | Mapping[str, Shape], result: Shape
) -> Shape:
    if not fits:
        raise GraphError(
            f"node '{node.name}' ({type(node).__name__})",
            "inputs that fit",
            f"shapes {list(shapes)}",
        )
    return result
