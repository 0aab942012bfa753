"""Computes the nodes that are no neurons for the witness, another way than the reference does.

A convolution is a list of synapses (source, target, weight), a bilinear upsampling one matrix per
axis made from real positions, products of spikes are Einstein sums, divisions are floor divisions.
Values are int64 (T, B, C, H, W) as in the reference; a width that overflows raises as there.
"""

from typing import NamedTuple

import numpy as np
from typing_extensions import assert_never

from spiketrack.fixed_point import Int64, check_width
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import SpikeNeuron

MAX_SYNAPSES_AT_ONCE = 1 << 22


class Synapses(NamedTuple):
    """One-dimensional arrays of equal length; sources and targets count (c, y, x) row by row."""

    source: Int64
    target: Int64
    weight: Int64


def evaluate(node: s.SpikeNode, x: list[Int64]) -> Int64:
    """The value of one node that is no neuron.

    Args:
        node: neither a neuron nor an input.
        x: values of its inputs, int64 (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).

    Raises:
        TypeError: a neuron, which Brian2 computes, or an input.
        OverflowBoundError: a value leaves its declared width.
    """
    if isinstance(node, SpikeNeuron | s.SpikeInput):
        raise TypeError(f"{type(node).__name__} is not a stateless node")
    if isinstance(node, m.StructuralNode):
        return _move(node, x)
    match node:
        case s.SpikeConv():
            return check_width(
                transmit(node, x[0]), s.ACCUMULATOR_BITS, f"accumulator of '{node.name}'"
            )
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd():
            return check_width(_stream(node, x), node.bits, f"stream '{node.name}'")
        case s.SpikeSumPool() | s.SpikeUpsample():
            return check_width(_resample(node, x[0]), node.bits, f"stream '{node.name}'")
        case s.SpikeMemoryWrite():
            k, v = (_heads(value, node.heads) for value in x)
            product: Int64 = np.einsum("tbhdyx,tbhfyx->tbhdf", k, v)
            return check_width(product, s.ACCUMULATOR_BITS, f"memory '{node.name}'")
        case s.SpikeMemoryRead():
            read = np.einsum("tbhdyx,tbhdf->tbhfyx", _heads(x[0], node.heads), x[1])
            t, b, _, _, height, width = read.shape
            acc: Int64 = read.reshape(t, b, -1, height, width)
            return check_width(acc, s.ACCUMULATOR_BITS, f"accumulator of '{node.name}'")
        case s.SpikeGateMix():
            return _mix(node, x[0], x[1])
        case s.SpikeOutput():
            return x[0]
        case _:
            assert_never(node)


def transmit(node: s.SpikeConv, x: Int64) -> Int64:
    """Multiplies every presynaptic value by every weight that leaves it and sums what arrives."""
    t, b, _, height, width = x.shape
    channels = len(node.weight_q)
    rows = x.reshape(t * b, -1).astype(np.float64)
    cells = _output_grid(node, height, width)
    per_channel = cells[0] * cells[1] * int(np.prod(node.weight_q.shape[1:]))
    step = max(1, MAX_SYNAPSES_AT_ONCE // max(per_channel, 1))
    acc = np.zeros((t * b, channels * cells[0] * cells[1]))
    for first in range(0, channels, step):
        net = synapses_of(node, (height, width), first, min(first + step, channels))
        for row, out in zip(rows, acc, strict=True):
            # Why float64: sums of exact integers far below 2**53.
            out += np.bincount(net.target, row[net.source] * net.weight, minlength=acc.shape[1])
    return acc.astype(np.int64).reshape(t, b, channels, *cells)


def synapses_of(node: s.SpikeConv, grid: tuple[int, int], first: int, end: int) -> Synapses:
    """Lists all synapses with a weight other than 0 onto output channels first..end-1."""
    out_grid = _output_grid(node, *grid)
    o, c, i, j = np.nonzero(node.weight_q[first:end])
    o = o + first
    channel = o // (len(node.weight_q) // node.groups) * node.weight_q.shape[1] + c
    y, x = np.arange(out_grid[0]), np.arange(out_grid[1])
    # (weights, rows) and (weights, columns): where each weight reads for each output cell.
    row = y * node.stride[0] + i[:, None] * node.dilation[0] - node.padding[0]
    column = x * node.stride[1] + j[:, None] * node.dilation[1] - node.padding[1]
    inside = [(at >= 0) & (at < size) for at, size in ((row, grid[0]), (column, grid[1]))]
    real = inside[0][:, :, None] & inside[1][:, None, :]
    source = ((channel[:, None] * grid[0] + row) * grid[1])[:, :, None] + column[:, None, :]
    target = ((o[:, None] * out_grid[0] + y) * out_grid[1])[:, :, None] + x
    weight = node.weight_q[o, c, i, j].astype(np.int64)[:, None, None]
    ends = (source, target, np.broadcast_to(weight, real.shape))
    # Why two ways: where no border cuts anything, choosing costs more than all else.
    return Synapses(*(end.ravel() if real.all() else end[real] for end in ends))


def _output_grid(node: s.SpikeConv, height: int, width: int) -> tuple[int, int]:
    """How often the kernel's extent fits the padded image along each axis."""
    sizes = []
    for axis, size in enumerate((height, width)):
        extent = (node.weight_q.shape[2 + axis] - 1) * node.dilation[axis] + 1
        sizes.append((size + 2 * node.padding[axis] - extent) // node.stride[axis] + 1)
    return sizes[0], sizes[1]


def _stream(node: s.SpikeRescale | s.SpikeBias | s.SpikeAdd, x: list[Int64]) -> Int64:
    if isinstance(node, s.SpikeRescale):
        return rescale(node, x[0])
    if isinstance(node, s.SpikeBias):
        x = [x[0], np.expand_dims(node.table_q, 1)]
    total: Int64 = np.add.reduce(np.broadcast_arrays(*x))
    return total


def rescale(node: s.SpikeRescale, x: Int64) -> Int64:
    """floor((2 * x * m + d) / (2 * d)) + bias for a factor m / d, channel by channel."""
    y = np.empty_like(x)
    peak = max(abs(int(x.min())), abs(int(x.max())))
    for c in range(x.shape[2]):
        multiplier, shift, bias = (
            int(array[c % array.size]) for array in (node.multiplier_q, node.shift_q, node.bias_q)
        )
        over, under = multiplier << max(-shift, 0), 1 << max(shift, 0)
        # Why objects: Python's integers cannot overflow on the way.
        wide = peak * 2 * over + under >= 1 << 62
        exact = x[:, :, c].astype(object if wide else np.int64) * (2 * over) + under
        y[:, :, c] = exact // (2 * under) + bias
    return y


def _resample(node: s.SpikeSumPool | s.SpikeUpsample, x: Int64) -> Int64:
    """One matrix per axis: sums of cells, or bilinear weights times 2 * factor."""
    matrix = pool_matrix if isinstance(node, s.SpikeSumPool) else bilinear_matrix
    rows, columns = (matrix(size, node.factor) for size in x.shape[3:])
    y: Int64 = np.einsum("ih,jw,tbchw->tbcij", rows, columns, x)
    return y


def pool_matrix(size: int, factor: int) -> Int64:
    """(size / factor, size): 1 where an input cell belongs to an output cell."""
    return np.repeat(np.eye(size // factor, dtype=np.int64), factor, axis=1)


def bilinear_matrix(size: int, factor: int) -> Int64:
    """(size * factor, size): triangles around half-pixel centres, borders repeated."""
    position = (np.arange(size * factor) + 0.5) / factor - 0.5
    position = np.clip(position, 0, size - 1)
    weight = np.clip(1 - np.abs(position[:, None] - np.arange(size)), 0, None)
    matrix: Int64 = np.rint(weight * 2 * factor).astype(np.int64)
    return matrix


def _heads(x: Int64, heads: int) -> Int64:
    t, b, c, height, width = x.shape
    return x.reshape(t, b, heads, c // heads, height, width)


def _mix(node: s.SpikeGateMix, x: Int64, logits: Int64) -> Int64:
    score = logits[:, :, 0, :, 0]
    index = (score.max(axis=0) - score) // 2**node.logit_shift
    weight = np.take(node.table_q.astype(np.int64), index, mode="clip")
    top = np.einsum("tbchw,tbc->bchw", x, weight) * 2**s.GATE_FRACTION_BITS
    mixed: Int64 = top // weight.sum(axis=0)[:, :, None, None]
    return mixed[None]


def _move(node: m.StructuralNode, x: list[Int64]) -> Int64:
    """Evaluates a node that moves values and computes nothing."""
    t, b, c, height, width = x[0].shape
    match node:
        case m.Repeat():
            return np.tile(x[0], (node.n_steps, 1, 1, 1, 1))
        case m.SelectStep():
            return np.take(x[0], [node.step], axis=0)
        case m.StackSteps():
            return np.vstack(x)
        case m.PositionsToChannels():
            moved: Int64 = np.einsum("tbchw->tbhwc", x[0])
            return moved.reshape(t, b, height * width, c, 1)
        case m.Flatten():
            return x[0].reshape(t, b, c * height * width, 1, 1)
        case m.Delay():
            return later(x[0], node.steps_q)
        case _:
            assert_never(node)


def later(x: Int64, steps_q: Array) -> Int64:
    """Each step's values put where they arrive; what arrives after the last step is lost."""
    steps = np.broadcast_to(steps_q, x.shape[2:])
    y = np.zeros_like(x)
    for t in range(len(x)):
        for arrival in range(t, len(x)):
            y[arrival] += np.where(steps == arrival - t, x[t], 0)
    return y
