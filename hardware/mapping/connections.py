"""A node as a connection: which input cells its output cells read, its weights and its work."""

from dataclasses import dataclass

import numpy as np
from typing_extensions import assert_never

from hardware.mapping.formats import FLOAT_WEIGHT_BITS
from hardware.mapping.populations import Kind
from hardware.mapping.reach import Int64, Reach, Sizes, Step
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import Add, Bias, Boundary, Conv, Neuron, Rescale, conv_weight
from spiketrack.graph.shapes import AnyNode

Steps = tuple[Step, Step, Step]
WHOLE: Step = (None, None)
SAME: Steps = ((0, None), (1, None), (2, None))
MEMORY_BITS = 24
HELD_BITS = 4
"""Bits of a spike of k that waits for v: an integer up to 15, or four unrolled levels."""
CellByCell = Boundary | Neuron | Rescale | Bias | Add
"""Nodes whose every cell reads the cell of the same place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synapse:
    """What a connection needs on the side of its target.

    Attributes:
        kind: connection.
        weights_per_channel: stored per output channel.
        weight_bits: of one weight.
        whole_weights: stored weights if a tile cannot tell which channels it needs, else 0.
        state_per_channel: bits of memory content per output channel.
        held_bits: per input cell, of values that a tile must hold until others arrive.
        macs_rows: taps inside the border per output row, or ().
        macs_columns: the same per output column.
        macs: multiply-accumulates a frame, inside the borders.
    """

    kind: Kind
    weights_per_channel: int = 0
    weight_bits: int = FLOAT_WEIGHT_BITS
    whole_weights: int = 0
    state_per_channel: int = 0
    held_bits: int = 0
    macs_rows: tuple[int, ...] = ()
    macs_columns: tuple[int, ...] = ()
    macs: int = 0


def input_steps(node: AnyNode, place: int, sizes: Sizes, out: Sizes) -> Steps:
    """How the axes of an input follow from those of the output.

    Args:
        node: any node.
        place: which of its inputs.
        sizes: (C, H, W) of that input, a memory as `memory_sizes`.
        out: (C, H, W) of the output, a memory as `memory_sizes`.
    """
    if isinstance(node, CellByCell):
        return SAME
    match node:
        case f.FloatConv() | s.SpikeConv():
            return _conv_steps(node, sizes, out)
        case f.FloatAvgPool() | s.SpikeSumPool():
            rows, columns = (
                Reach(size=size, step=node.factor, extra=node.factor - 1) for size in sizes[1:]
            )
            return (0, None), (1, rows), (2, columns)
        case f.FloatUpsample() | s.SpikeUpsample():
            k = node.factor
            rows, columns = (
                # Half-pixel centres: output y reads inputs around (y + 1/2) / k - 1/2, written in
                # halves to stay whole.
                Reach(size=size, step=2, start=1 - k, divisor=2 * k, extra=1) for size in sizes[1:]
            )
            return (0, None), (1, rows), (2, columns)
        case f.FloatMemoryRead() | s.SpikeMemoryRead():
            return _read_steps(node.heads, place, sizes, out)
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            return _write_steps(node.heads, place, sizes, out)
        case f.FloatGateMix() | s.SpikeGateMix():
            # The logits of the gate have their channels on the axis of rows, one for all positions.
            return SAME if place == 0 else (WHOLE, (0, None), WHOLE)
        case m.Flatten():
            return (0, Reach(size=sizes[0], divisor=sizes[1] * sizes[2])), WHOLE, WHOLE
        case m.PositionsToChannels():
            return (1, None), (0, Reach(size=sizes[1], divisor=sizes[2])), WHOLE
        case m.Repeat() | m.SelectStep() | m.StackSteps() | m.Delay():
            return SAME
        case _:
            assert_never(node)


def is_plain(node: AnyNode) -> bool:
    """Whether output cell (c, y, x) stands for input cell (c, y, x)."""
    return not isinstance(node, m.Flatten | m.PositionsToChannels)


def synapse(node: AnyNode, place: int, shape: Shape, out: Shape) -> Synapse:
    """Weights and work of one input of a node that is a connection.

    Args:
        node: a synapse or a product.
        place: which of its inputs; -1 for a plain wire to it.
        shape: (T, C, H, W) of that input.
        out: (T, C, H, W) of the output.
    """
    n_steps, channels, height, width = out
    cells = n_steps * channels * height * width
    if place < 0 or isinstance(node, CellByCell | m.StructuralNode):
        return Synapse(kind="identity", weights_per_channel=1, macs=cells)
    match node:
        case f.FloatConv() | s.SpikeConv():
            return _conv(node, shape, out)
        case f.FloatMemoryRead() | s.SpikeMemoryRead():
            keys = shape[1] // node.heads if place == 0 else shape[2]
            if place == 1:
                return Synapse(kind="memory", state_per_channel=MEMORY_BITS * n_steps * keys)
            return Synapse(kind="memory_read", macs=cells * keys)
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            if place == 1:
                return Synapse(kind="memory_write")
            work = cells * shape[2] * shape[3]
            # k waits in the tile until the row of v is there; the work counts on this side only.
            return Synapse(kind="memory_write", macs=work, held_bits=HELD_BITS)
        case f.FloatGateMix() | s.SpikeGateMix():
            return Synapse(kind="gate")
        case f.FloatAvgPool() | s.SpikeSumPool():
            return Synapse(kind="pool", weights_per_channel=1, macs=cells * node.factor**2)
        case f.FloatUpsample() | s.SpikeUpsample():
            # A bilinear kernel has 2k taps a side; only 2 x 2 of them reach a given output.
            weights = (2 * node.factor) ** 2
            return Synapse(kind="upsample", weights_per_channel=weights, macs=4 * cells)
        case _:
            assert_never(node)


def _conv_steps(node: Conv, sizes: Sizes, out: Sizes) -> Steps:
    weight = conv_weight(node)
    rows, columns = (
        Reach(size=size, step=stride, start=-padding, extra=dilation * (kernel - 1))
        for size, kernel, stride, padding, dilation in zip(
            sizes[1:], weight.shape[2:], node.stride, node.padding, node.dilation, strict=True
        )
    )
    channels: Step = WHOLE
    if node.groups > 1:
        read, made = sizes[0] // node.groups, out[0] // node.groups
        channels = (0, Reach(size=sizes[0], divisor=made, group=read, extra=read - 1))
    return channels, (1, rows), (2, columns)


def _read_steps(heads: int, place: int, sizes: Sizes, out: Sizes) -> Steps:
    if place == 1:
        return (0, None), WHOLE, WHOLE
    values, keys = out[0] // heads, sizes[0] // heads
    channels = Reach(size=sizes[0], divisor=values, group=keys, extra=keys - 1)
    return (0, channels), (1, None), (2, None)


def _write_steps(heads: int, place: int, sizes: Sizes, out: Sizes) -> Steps:
    """Steps of k (place 0) and v (place 1) for a memory laid out as `memory_sizes` says."""
    if place == 1:
        return (0, None), WHOLE, WHOLE
    keys = sizes[0] // heads
    channels = Reach(size=sizes[0], divisor=out[0] // heads, group=keys, extra=keys - 1)
    return (0, channels), WHOLE, WHOLE


def memory_sizes(sizes: Sizes) -> Sizes:
    """A memory (heads, d_k, d_v) as a population: (heads * d_v, d_k, 1).

    Why: a tile that reads or writes some value channels then needs exactly those.
    """
    heads, keys, values = sizes
    return heads * values, keys, 1


def _conv(node: Conv, shape: Shape, out: Shape) -> Synapse:
    weight = conv_weight(node)
    bits = node.weight_bits if isinstance(node, s.SpikeConv) else FLOAT_WEIGHT_BITS
    per_channel = weight[0].size
    taps = [
        _taps(*axis)
        for axis in zip(
            shape[2:], out[2:], weight.shape[2:], node.stride, node.padding, node.dilation,
            strict=True,
        )
    ]  # fmt: skip
    positions = int(taps[0].sum()) * int(taps[1].sum())
    return Synapse(
        kind="conv",
        weights_per_channel=per_channel,
        weight_bits=bits,
        macs_rows=tuple(int(one) for one in taps[0]),
        macs_columns=tuple(int(one) for one in taps[1]),
        macs=out[0] * out[1] * weight.shape[1] * positions,
    )


def _taps(size: int, made: int, kernel: int, stride: int, padding: int, dilation: int) -> Int64:
    """Taps of each output cell of one axis that read inside the input."""
    first = np.arange(made)[:, None] * stride - padding
    # Taps in the padding are no work for a chip: nobody sends a message from there.
    cells = first + np.arange(kernel) * dilation
    taps: Int64 = ((cells >= 0) & (cells < size)).sum(1).astype(np.int64)
    return taps
