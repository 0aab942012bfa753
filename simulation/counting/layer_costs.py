"""Computes what one frame costs a layer whatever its spikes do: sizes, dense work, streams.

Every node kind has its line here; structural nodes, outputs and memory inputs cost nothing and have
no row.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from typing_extensions import assert_never

from simulation.counting import neuron_costs as neurons
from simulation.counting.connections import connection_of
from spiketrack.counts.conventions import MESSAGE_BYTES, TABLE_BYTES
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import (
    NILIF,
    Bias,
    Conv,
    Gate,
    Input,
    Product,
    Rescale,
    Upsample,
    conv_weight,
)
from spiketrack.graph.shapes import AnyNode
from spiketrack.graph.signals import is_own_layer


def frame_costs(node: AnyNode, graph: Graph[Any]) -> LayerCounts | None:
    """The fixed part of one layer's counts for one frame, or None for a node without a row."""
    shapes, shape = [graph.shapes[name] for name in node.inputs], graph.shapes[node.name]
    match node:
        case f.FloatInput() | s.SpikeInput():
            return None if node.signal == "memory" else _input(node, shape)
        case f.FloatConv() | s.SpikeConv():
            return _conv(node, shapes[0], shape)
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            return _product(node, "memory_write", shapes[0], shape, row=shape[3])
        case f.FloatMemoryRead() | s.SpikeMemoryRead():
            return _product(node, "memory_read", shapes[0], shape, row=shapes[1][3])
        case f.FloatGateMix() | s.SpikeGateMix():
            return _gate(node, shapes[0], shape)
        case f.FloatNILIF() | s.SpikeNILIF():
            return _neuron(node, shape)
        case f.FloatBatchNorm() | s.SpikeRescale() | f.FloatScale():
            return _rescale(node, shape)
        case f.FloatBias() | s.SpikeBias():
            return _bias(node, shape)
        case f.FloatAdd() | s.SpikeAdd():
            return _add(node, shape)
        case f.FloatAvgPool() | s.SpikeSumPool():
            synapses = connection_of(graph, node)
            if synapses is not None:
                return replace(_conv(synapses, shapes[0], shape), kind="pool")
            return _pool(node, shapes[0], shape)
        case f.FloatUpsample() | s.SpikeUpsample():
            return _upsample(node, shapes[0], shape)
        case f.FloatCubaLIF() | s.SpikeCubaLIF() | f.FloatCubaLI() | s.SpikeCubaLI():
            return neurons.cuba_costs(node, shape)
        case f.FloatThreshold():
            return neurons.threshold_costs(node, shape)
        case s.SpikeRelu():
            return neurons.relu_costs(node, shape, sends=is_own_layer(graph, node))
        case s.SpikeSigma():
            return neurons.sigma_costs(node, shape)
        case s.SpikeDelta():
            return neurons.delta_costs(node, shape)
        case m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels():
            return None
        case m.Flatten() | m.Delay() | f.FloatOutput() | s.SpikeOutput():
            return None
        case _:
            assert_never(node)


def _row(node: AnyNode, kind: str, shape: Shape, **counts: Any) -> LayerCounts:
    return LayerCounts(
        name=node.name, kind=kind, n_steps=shape[0], outputs=math.prod(shape), **counts
    )


def _input(node: Input, shape: Shape) -> LayerCounts:
    sent = math.prod(shape) if node.signal == "image" else 0
    wide = isinstance(node, s.SpikeInput) and node.high - node.low > 255
    return _row(
        node, "input", shape,
        side="input",
        messages=sent,
        bytes_per_message=neurons.WIDE_MESSAGE_BYTES if wide else MESSAGE_BYTES,
    )  # fmt: skip


def recurrent_costs(connection: Conv, shape: Shape) -> LayerCounts:
    """The row of a layer's recurrent weights, as of a dense layer; `shape` is the layer's."""
    return replace(_conv(connection, shape, shape), kind="recurrent")


def _conv(node: Conv, shape: Shape, out: Shape) -> LayerCounts:
    weight = conv_weight(node)
    has_bias = isinstance(node, f.FloatConv) and bool(node.bias.any())
    size = math.prod(out)
    return _row(
        node, "conv", out,
        inputs=math.prod(shape),
        dense_macs=size * math.prod(weight.shape[1:]),
        membrane_adds=size * has_bias,
        state_reads=size * has_bias,
        state_writes=size * has_bias,
    )  # fmt: skip


def _product(node: Product, kind: str, driver: Shape, shape: Shape, *, row: int) -> LayerCounts:
    macs = math.prod(driver) * row
    return _row(
        node, kind, shape, inputs=math.prod(driver), dense_macs=macs, macs_inside_borders=macs
    )


def _gate(node: Gate, shape: Shape, out: Shape) -> LayerCounts:
    steps, channels = shape[:2]
    cells = math.prod(out)
    # Softmax per channel: T-1 maxima, T differences, T exponentials, T-1 additions.
    softmax_adds = channels * (3 * steps - 2)
    return _row(
        node, "gate_mix", out,
        inputs=math.prod(shape),
        true_macs=math.prod(shape),
        membrane_adds=softmax_adds,
        rescale_multiplies=channels * steps + cells,
        state_reads=channels * steps,
        state_writes=cells,
    )  # fmt: skip


def _neuron(node: NILIF, shape: Shape) -> LayerCounts:
    size, cells = math.prod(shape), math.prod(shape[1:])
    decay = node.decay if isinstance(node, f.FloatNILIF) else node.decay_q
    carried = size - cells if decay.size else 0
    return _row(
        node, "neuron", shape,
        neurons=cells,
        neuron_updates=size,
        membrane_adds=2 * carried,
        rescale_multiplies=carried,
        state_reads=size,
        state_writes=carried,
    )  # fmt: skip


def _rescale(node: Rescale, shape: Shape) -> LayerCounts:
    if isinstance(node, f.FloatScale):
        factors, offsets = np.array([node.factor]), np.zeros(1)
    elif isinstance(node, f.FloatBatchNorm):
        factors, offsets = node.gain, node.bias - node.mean * node.gain
    else:
        factors, offsets = node.multiplier_q, node.bias_q
    size = math.prod(shape)
    multiplied = size * int(neurons.is_multiply(factors).sum()) // len(factors)
    moved = size if multiplied or offsets.any() else 0
    return _row(
        node, "rescale", shape,
        rescale_multiplies=multiplied,
        membrane_adds=size * bool(offsets.any()),
        state_reads=moved,
        state_writes=moved,
    )  # fmt: skip


def _bias(node: Bias, shape: Shape) -> LayerCounts:
    size = math.prod(shape)
    return _row(
        node, "bias", shape,
        membrane_adds=size,
        weight_reads=size,
        weight_bytes_read=TABLE_BYTES * size,
        state_reads=size,
        state_writes=size,
    )  # fmt: skip


def _add(node: AnyNode, shape: Shape) -> LayerCounts:
    size, n = math.prod(shape), len(node.inputs)
    return _row(
        node, "add", shape, membrane_adds=(n - 1) * size, state_reads=n * size, state_writes=size
    )


def _pool(node: AnyNode, shape: Shape, out: Shape) -> LayerCounts:
    read, made = math.prod(shape), math.prod(out)
    return _row(node, "pool", out, membrane_adds=read - made, state_reads=read, state_writes=made)


def _upsample(node: Upsample, shape: Shape, out: Shape) -> LayerCounts:
    interpolated = math.prod(shape) * node.factor + math.prod(out)
    return _row(
        node, "upsample", out,
        membrane_adds=interpolated,
        rescale_multiplies=2 * interpolated,
        state_reads=2 * interpolated,
        state_writes=interpolated,
    )  # fmt: skip
