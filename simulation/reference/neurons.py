"""Defines, in obvious NumPy, what the neurons with registers mean.

Values are int64 arrays (T, B, C, H, W); the equations stand in the docstring of each node.
"""

from typing import NamedTuple

import numpy as np

from simulation.bounds.widths import Widths
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import DECAY_ONE, STATE_SHIFT


class CubaRun(NamedTuple):
    """Spikes, and both registers of every step, v before its reset."""

    spikes: Int64
    u: Int64
    v: Int64


def trunc0_decay(x: Int64, decay_q: Int64) -> Int64:
    """X * (4096 - decay_q) / 4096, rounded toward zero."""
    # A shift of a negative number rounds down; the chip rounds toward zero, so that the sign waits
    # outside.
    magnitude = (np.abs(x) * (DECAY_ONE - decay_q)) >> (DECAY_ONE.bit_length() - 1)
    decayed: Int64 = np.sign(x) * magnitude
    return decayed


def input_current(a: Int64, weight_exp: int) -> Int64:
    """64 * floor(a * 2**weight_exp)."""
    scaled = a << weight_exp if weight_exp >= 0 else a >> -weight_exp
    return scaled << STATE_SHIFT


def fire_cuba(node: s.SpikeCubaLIF, x: Int64, widths: Widths) -> CubaRun:
    """A CUBA-LIF layer over all steps."""
    threshold = node.threshold_q.astype(np.int64) << STATE_SHIFT
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    run = CubaRun(*(np.zeros_like(x) for _ in range(3)))
    u, v, spikes, waiting = (np.zeros_like(x[0]) for _ in range(4))
    for t in range(len(x)):
        # The clearing comes before the input of its step, as the chip's own traces show.
        if node.reset_period and t % node.reset_period == node.reset_phase:
            u, v, waiting = np.zeros_like(u), np.zeros_like(v), np.zeros_like(waiting)
        a = x[t] + recur(node.recurrent_q, spikes)
        a = widths.wrap(a, s.ACCUMULATOR_BITS, f"accumulator of '{node.name}'")
        before = u
        u = trunc0_decay(u, node.u_decay_q) + input_current(a, node.weight_exp)
        u = widths.wrap(u, node.bits, f"current of '{node.name}'")
        driving = u if node.current == "new" else before
        v = np.where(waiting > 0, 0, trunc0_decay(v, node.v_decay_q) + driving + bias)
        v = widths.saturate(v, node.bits, f"membrane of '{node.name}'")
        # Strictly above, as on the chip; NIR's LIF compares the same way.
        spikes = (v > threshold).astype(np.int64)
        run.spikes[t], run.u[t], run.v[t] = spikes, u, v
        # The step of the spike is the first of the refractory steps, so that 1 means none.
        waiting = np.where(spikes > 0, node.refractory - 1, np.maximum(waiting - 1, 0))
        v = np.where(spikes > 0, 0 if node.reset == "zero" else v - threshold, v)
    return run


def recur(recurrent_q: Array, spikes: Int64) -> Int64:
    """recurrent_q @ s for a layer (B, C, 1, 1), or zeros where there is no recurrence."""
    if not recurrent_q.size:
        return np.zeros_like(spikes)
    fed: Int64 = np.einsum("oc,bchw->bohw", recurrent_q.astype(np.int64), spikes)
    return fed


def integrate_cuba(node: s.SpikeCubaLI, x: Int64, widths: Widths) -> CubaRun:
    """A CUBA-LI layer over all steps; no spikes."""
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    run = CubaRun(*(np.zeros_like(x) for _ in range(3)))
    u, v = np.zeros_like(x[0]), np.zeros_like(x[0])
    for t in range(len(x)):
        before = u
        u = trunc0_decay(u, node.u_decay_q) + input_current(x[t], node.weight_exp)
        u = widths.wrap(u, node.bits, f"current of '{node.name}'")
        driving = u if node.current == "new" else before
        v = trunc0_decay(v, node.v_decay_q) + driving + bias
        v = widths.saturate(v, node.bits, f"membrane of '{node.name}'")
        run.u[t], run.v[t] = u, v
    return run


def decode(node: s.SpikeSigma, x: Int64, widths: Widths) -> Int64:
    """Running sums of a sigma decoder."""
    y = np.zeros_like(x)
    total = np.zeros_like(x[0])
    for t in range(len(x)):
        total = widths.wrap(total + x[t], node.bits, f"sum of '{node.name}'")
        y[t] = total
    return y


def encode(node: s.SpikeDelta, x: Int64, widths: Widths) -> Int64:
    """Graded spikes of a delta encoder."""
    y = np.zeros_like(x)
    known = np.zeros_like(x[0])
    for t in range(len(x)):
        a = widths.wrap(x[t] << node.input_exp, node.bits, f"activation of '{node.name}'")
        change = widths.wrap(a - known, node.bits, f"difference of '{node.name}'")
        sent = np.where(np.abs(change) >= node.threshold_q, change, 0)
        known = widths.wrap(known + sent, node.bits, f"memory of '{node.name}'")
        y[t] = sent >> node.state_exp
    return y


def rectify(node: s.SpikeRelu, x: Int64, widths: Widths) -> Int64:
    """Graded spikes of a rectifier."""
    y = np.maximum(x + node.bias_q, 0) >> node.shift
    return widths.wrap(y, node.bits, f"spikes of '{node.name}'")


def delay(x: Int64, steps_q: Array) -> Int64:
    """Delays every neuron's values by its own number of steps; zeros come before them."""
    steps = np.broadcast_to(steps_q, x.shape[2:])
    y = np.zeros_like(x)
    for n in np.unique(steps):
        here = steps == n
        y[n:, :, here] = x[: max(0, len(x) - n), :, here]
    return y
