"""Computes the NI-LIF neuron on channels-last arrays, equal to the reference bit for bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.bounds.neuron_ranges import membrane_range
from simulation.bounds.range import Range
from simulation.fast import kernels as fast_kernels
from simulation.fast.rows import Fold, levels_for
from spiketrack.fixed_point import DECAY_BITS, check_width
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import Shape

Values = NDArray[Any]
Kernel = Callable[[Values], Values]


def nilif_kernel(node: s.SpikeNILIF, x: Range, shape: Shape) -> Kernel:
    """Spikes uint8 of potentials."""
    if shape[0] > 1 and node.decay_q.size:
        return stateful_kernel(node, x, shape)
    fold = Fold.of(shape)
    label = f"membrane of '{node.name}'"
    proved = x.fits(node.bits)
    levels: dict[np.dtype[Any], Values] = {}

    def fire(x: Values) -> Values:
        potential = x if proved else check_width(x, node.bits, label)
        if potential.dtype not in levels:
            levels[potential.dtype] = fold.spread(levels_for(node.thresholds_q, potential.dtype))
        spikes = np.empty(potential.shape, np.uint8)
        rows = fold.rows(potential)
        fast_kernels.fire(rows, levels[potential.dtype], fold.rows(spikes))
        return spikes

    return fire


def stateful_kernel(node: s.SpikeNILIF, bound: Range, shape: Shape) -> Kernel:
    """Spikes of a neuron layer over several steps."""
    fold = Fold.of(shape)
    width = fold.repeat * fold.channels
    levels = fold.spread(np.ascontiguousarray(node.thresholds_q.T))
    decay, half = node.decay_q.astype(np.int64), 1 << (DECAY_BITS - 1)
    proved = membrane_range(node, bound, shape[0]).fits(node.bits)

    def fire(x: Values) -> Values:
        spikes = np.empty(x.shape, np.uint8)
        rows = np.ascontiguousarray(x).reshape(len(spikes), -1, width)
        fired = spikes.reshape(rows.shape)
        fast_kernels.fire_stateful(rows, levels, decay, node.reset_q, half, DECAY_BITS, fired)
        if not proved:
            for membrane in membranes_of(node, x, spikes):
                check_width(membrane, node.bits, f"membrane of '{node.name}'")
        return spikes

    return fire


def membranes_of(node: s.SpikeNILIF, x: Values, spikes: Values) -> NDArray[np.int64]:
    """U before the reset (T, B, H, W, C), from what came in and what was fired."""
    if not node.decay_q.size:
        return x.astype(np.int64)
    source, out = np.ascontiguousarray(x), np.empty(x.shape, np.int64)
    flat = (len(x), 1, -1)
    fast_kernels.membranes(
        source.reshape(flat),
        np.ascontiguousarray(spikes).reshape(flat),
        node.decay_q.astype(np.int64),
        node.reset_q,
        1 << (DECAY_BITS - 1),
        DECAY_BITS,
        out.reshape(flat),
    )
    return out
