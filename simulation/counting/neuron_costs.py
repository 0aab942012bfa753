"""Computes what one frame costs a layer of CUBA, sigma-delta or threshold neurons.

Conventions ("neuron") are in `spiketrack.counts.conventions`.
"""

import math
from typing import Any

import numpy as np

from spiketrack.counts.event_counts import LayerCounts
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import Conv, Cuba, CubaLIF, FloatCuba, recurrent_weight
from spiketrack.graph.neurons.registers import DECAY_ONE
from spiketrack.graph.shapes import AnyNode

RECURRENT_SUFFIX = "#recurrent"
WIDE_MESSAGE_BYTES = 4
"""A graded spike of up to 32 bits; binary and narrow ones take `MESSAGE_BYTES`."""


def cuba_costs(node: Cuba, shape: Shape) -> LayerCounts:
    """CUBA-LIF and CUBA-LI."""
    kind = "neuron" if isinstance(node, CubaLIF) else "readout"
    cells = math.prod(shape[1:])
    size, carried = math.prod(shape), math.prod(shape) - cells
    keeps, drives = _keeps_and_drives(node)
    kept = [_spread_sum(keep != 0, shape) for keep in keeps]
    scaled = [_spread_sum(is_multiply(keep), shape) for keep in keeps]
    later = shape[0] - 1
    subtracts = getattr(node, "reset", None) == "subtract"
    counter = cells * (isinstance(node, s.SpikeCubaLIF) and node.refractory > 1)
    return _neuron(
        node.name, kind, shape,
        neuron_updates=size,
        membrane_adds=later * sum(kept) + carried * subtracts
        + shape[0] * _spread_sum(drives != 0, shape),
        rescale_multiplies=later * sum(scaled),
        state_reads=size + later * kept[0] + shape[0] * counter,
        state_writes=later * sum(kept) + shape[0] * counter,
    )  # fmt: skip


def threshold_costs(node: f.FloatThreshold, shape: Shape) -> LayerCounts:
    """A threshold without state."""
    size = math.prod(shape)
    return _neuron(node.name, "neuron", shape, neuron_updates=size, state_reads=size)


def relu_costs(node: s.SpikeRelu, shape: Shape, *, sends: bool) -> LayerCounts:
    """A rectifier: a neuron if it sends, else the part of one."""
    size = math.prod(shape)
    adds = shape[0] * _spread_sum(node.bias_q != 0, shape)
    if not sends:
        return LayerCounts(
            name=node.name, kind="rectifier", n_steps=shape[0], outputs=size, membrane_adds=adds
        )
    return _neuron(
        node.name, "neuron", shape,
        neuron_updates=size,
        membrane_adds=adds,
        state_reads=size,
        bytes_per_message=WIDE_MESSAGE_BYTES,
    )  # fmt: skip


def delta_costs(node: s.SpikeDelta, shape: Shape) -> LayerCounts:
    """A delta encoder: a difference and an update of what is known."""
    size, carried = math.prod(shape), math.prod(shape) - math.prod(shape[1:])
    return _neuron(
        node.name, "neuron", shape,
        neuron_updates=size,
        membrane_adds=2 * carried,
        state_reads=size + carried,
        state_writes=carried,
        bytes_per_message=WIDE_MESSAGE_BYTES,
    )  # fmt: skip


def sigma_costs(node: s.SpikeSigma, shape: Shape) -> LayerCounts:
    """A sigma decoder: a running sum, the dendrite of the neuron that reads it."""
    size, carried = math.prod(shape), math.prod(shape) - math.prod(shape[1:])
    return LayerCounts(
        name=node.name,
        kind="sigma",
        n_steps=shape[0],
        outputs=size,
        membrane_adds=carried,
        state_reads=size + carried,
        state_writes=size,
    )


def recurrent_connection(node: AnyNode) -> Conv | None:
    """The recurrent weights of a layer as a dense connection from it to itself, or None."""
    recurrent = recurrent_weight(node)
    if recurrent is None:
        return None
    name, weight = f"{node.name}{RECURRENT_SUFFIX}", recurrent[:, :, None, None]
    if weight.dtype == np.int8:
        ones = np.ones(len(weight))
        return s.SpikeConv(name=name, inputs=(node.name,), weight_q=weight, weight_scale=ones)
    return f.FloatConv(name=name, inputs=(node.name,), weight=weight, bias=np.zeros(len(weight)))


def _neuron(name: str, kind: str, shape: Shape, **counts: Any) -> LayerCounts:
    cells = math.prod(shape[1:])
    return LayerCounts(
        name=name, kind=kind, n_steps=shape[0], neurons=cells, outputs=cells * shape[0], **counts
    )


def _keeps_and_drives(node: Cuba) -> tuple[tuple[Array, Array], Array]:
    """What u and v keep from step to step as factors, and what is added to v."""
    if isinstance(node, FloatCuba):
        return (node.u_keep, node.v_keep), node.v_drive
    decays = (node.u_decay_q, node.v_decay_q)
    u_keep, v_keep = ((DECAY_ONE - decay) / DECAY_ONE for decay in decays)
    return (u_keep, v_keep), node.bias_mant_q


def _spread_sum(flags: Array, shape: Shape) -> int:
    """How many neurons of (C, H, W) a flag (C or 1, H or 1, W or 1) marks."""
    return int(np.broadcast_to(flags, shape[1:]).sum())


def is_multiply(factors: Array) -> Array:
    """Factors that are neither 0 nor plus or minus a power of two."""
    mantissa, _ = np.frexp(np.abs(factors.astype(np.float64)))
    is_other: Array = (mantissa != 0.5) & (mantissa != 0)
    return is_other
