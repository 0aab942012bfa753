"""What the temporal neurons compute: all T steps of a message, one after the other, no Lava here.

The equations stand in the docstrings of `spiketrack.graph.neurons`; values are (T, C, H, W).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.lava.compute.arithmetic import ACCUMULATOR_BITS, Value
from spiketrack.fixed_point import Int64, check_width

DECAY_ONE_LOG2 = 12
STATE_SHIFT = 6


class CubaParameters(NamedTuple):
    """Parameters of a CUBA layer under Lava's names; arrays broadcast against (C, H, W).

    Attributes:
        du: decay of the current, 12 bits.
        dv: decay of the membrane, 12 bits.
        bias: bias_mant * 2**bias_exp.
        weight_exp: exponent of the synaptic input.
        bits: width of u and v.
        is_old: whether v takes the u that the step before left.
    """

    du: Int64
    dv: Int64
    bias: Int64
    weight_exp: int
    bits: int
    is_old: bool


class Firing(NamedTuple):
    """How a CUBA-LIF layer fires; vth is on the membrane's own grid."""

    vth: Int64
    refractory: int
    subtracts: bool
    reset_period: int
    reset_phase: int


def keep(x: Int64, decay: Int64) -> Int64:
    """X * (4096 - decay) / 4096, rounded toward zero."""
    product = x * ((1 << DECAY_ONE_LOG2) - decay)
    # A shift rounds down, so that negative numbers are shifted as positive ones.
    kept: Int64 = np.where(product < 0, -(-product >> DECAY_ONE_LOG2), product >> DECAY_ONE_LOG2)
    return kept


def _currents(a: Int64, weight_exp: int) -> Int64:
    """64 * floor(a * 2**weight_exp)."""
    scaled = a * (1 << weight_exp) if weight_exp >= 0 else a // (1 << -weight_exp)
    currents: Int64 = scaled * (1 << STATE_SHIFT)
    return currents


def integrate(x: Value, p: CubaParameters, what: str) -> Int64:
    """The membranes of a CUBA-LI layer.

    Raises:
        OverflowBoundError: u or v leaves its width.
    """
    current, membrane = np.zeros(x.shape[1:], np.int64), np.zeros(x.shape[1:], np.int64)
    y = np.empty(x.shape, np.int64)
    for t in range(len(x)):
        before = current
        current = keep(current, p.du) + _currents(x[t].astype(np.int64), p.weight_exp)
        check_width(current, p.bits, f"current of '{what}'")
        driving = before if p.is_old else current
        membrane = keep(membrane, p.dv) + driving + p.bias
        check_width(membrane, p.bits, f"membrane of '{what}'")
        y[t] = membrane
    return y


def fire_cuba(
    x: Value, p: CubaParameters, f: Firing, recurrent: Int64 | None, what: str
) -> NDArray[np.uint8]:
    """Binary spikes of a CUBA-LIF layer; `recurrent` (C, C) or None.

    Raises:
        OverflowBoundError: accumulator, u or v leaves its width.
    """
    cells = x.shape[1:]
    current, membrane, waiting = (np.zeros(cells, np.int64) for _ in range(3))
    fired = np.zeros(cells, bool)
    spikes = np.empty(x.shape, np.uint8)
    for t in range(len(x)):
        if f.reset_period and t % f.reset_period == f.reset_phase:
            current, membrane, waiting = (np.zeros(cells, np.int64) for _ in range(3))
        a = x[t].astype(np.int64)
        if recurrent is not None:
            # `fired` is still that of the step before: a loop takes one step.
            a = a + (recurrent @ fired[:, 0, 0].astype(np.int64))[:, None, None]
        check_width(a, ACCUMULATOR_BITS, f"accumulator of '{what}'")
        before = current
        current = keep(current, p.du) + _currents(a, p.weight_exp)
        check_width(current, p.bits, f"current of '{what}'")
        driving = before if p.is_old else current
        membrane = keep(membrane, p.dv) + driving + p.bias
        # After the update, as on the chip: a refractory neuron stays at 0 whatever comes.
        membrane[waiting > 0] = 0
        check_width(membrane, p.bits, f"membrane of '{what}'")
        fired = membrane > f.vth
        spikes[t] = fired
        waiting = np.where(fired, f.refractory - 1, np.maximum(waiting - 1, 0))
        membrane = np.where(fired, membrane - f.vth if f.subtracts else 0, membrane)
    return spikes


def decode_sigma(x: Value, bits: int, what: str) -> Int64:
    """Running sums over the steps."""
    return check_width(np.cumsum(x, axis=0, dtype=np.int64), bits, f"sum of '{what}'")


def encode_delta(
    x: Value, vth: Int64, input_exp: int, state_exp: int, bits: int, what: str
) -> Int64:
    """Graded spikes of a delta encoder."""
    activation = check_width(x.astype(np.int64) << input_exp, bits, f"activation of '{what}'")
    known = np.zeros(x.shape[1:], np.int64)
    y = np.zeros(x.shape, np.int64)
    for t in range(len(x)):
        change = check_width(activation[t] - known, bits, f"difference of '{what}'")
        sent = change * (np.abs(change) >= vth)
        # What the shift drops counts as known: so does lava-nc.
        known += sent
        y[t] = sent >> state_exp
    return y


def rectify(x: Value, bias: Int64, shift: int, bits: int, what: str) -> Int64:
    """Graded spikes of a rectifier."""
    y: Int64 = np.maximum(x + bias, 0) >> shift
    return check_width(y, bits, f"spikes of '{what}'")
