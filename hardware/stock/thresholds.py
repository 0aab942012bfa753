"""Thresholds of a graded neuron as the one threshold and the biases of a stock LIF process.

A LIF without memory fires iff acc + bias > vth, so bias = vth + 1 - theta makes it fire iff
acc >= theta. vth is one number for a process, a bias is 13 bits and one for each neuron: the thetas
of a process must lie within 8192 of one another. A theta outside what its accumulator can reach
("never" or "always fires") may be any other one outside.

Why 17 bits: the neuron shifts its input left by 6 into registers of 24 bits.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from spiketrack.fixed_point import Int64
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    DECAY_ONE,
    STATE_SHIFT,
    THRESHOLD_LIMIT,
)
from spiketrack.graph.spike_nodes import SpikeCubaLIF

INPUT_LIMIT = 1 << 17
"""Inputs, and inputs with their bias, stay strictly within +- this."""
FAR = 1 << 40


class Bounds(Protocol):
    """Ends of what each channel of a value can be, (C,) or (1,), as in bounds.range.Range."""

    @property
    def low(self) -> Int64:
        """Smallest."""

    @property
    def high(self) -> Int64:
        """Largest."""


class Ends(NamedTuple):
    """First and last theta, (C, D), that fire on the same reachable accumulators."""

    first: Int64
    last: Int64


@dataclass(frozen=True)
class StockThreshold:
    """vth of a process and the shift of each neuron: it fires iff acc + shift_q > vth."""

    vth: int
    shift_q: Int64


def ends_of(thresholds: Int64, low: Int64, high: Int64) -> Ends:
    """Which thetas are as good as each of `thresholds` (C, D), from accumulators low..high (C, 1).

    A theta that is reached has no other; one above `high` never fires, one up to `low` always.
    """
    dead, always = thresholds > high, thresholds <= low
    first = np.where(dead, high + 1, np.where(always, -FAR, thresholds))
    last = np.where(dead, FAR, np.where(always, low, thresholds))
    return Ends(first, last)


def choose(ends: Ends, low: Int64, high: Int64) -> StockThreshold:
    """The threshold that keeps the largest shift smallest, and sums with their shift within bounds.

    Args:
        ends: thetas of all neurons of a process.
        low: smallest sum of each neuron, to broadcast against `ends`.
        high: largest sum of each neuron.
    """
    largest, smallest = int(ends.first.max()), int(ends.last.min())
    # Why halfway: shifts reach as far down as up, but for one.
    chosen = _at((largest + smallest) // 2 - 1, ends)
    above = int((high + chosen.shift_q).max()) - (INPUT_LIMIT - 1)
    below = int((low + chosen.shift_q).min()) + (INPUT_LIMIT - 1)
    move = above if above > 0 else min(below, 0)
    return _at(chosen.vth - move, ends) if move else chosen


def _at(vth: int, ends: Ends) -> StockThreshold:
    vth = min(max(vth, 0), THRESHOLD_LIMIT - 1)
    theta = np.clip(np.int64(vth + 1), ends.first, ends.last)
    return StockThreshold(vth, np.asarray(vth + 1 - theta, np.int64))


def fits_bias(shift_q: Int64) -> bool:
    """Whether every shift is a bias mantissa."""
    return int(shift_q.min()) >= -BIAS_LIMIT and int(shift_q.max()) < BIAS_LIMIT


def too_wide(chosen: StockThreshold) -> str:
    """The sentence for shifts that no bias can hold."""
    span = int(chosen.shift_q.max() - chosen.shift_q.min())
    return f"thresholds {span} apart, and a LIF's bias reaches {2 * BIAS_LIMIT - 1}"


def stock_lif(name: str, source: str, vth: int, bias_q: Array) -> SpikeCubaLIF:
    """A LIF without memory: 64 * acc + 64 * bias_q[c] > 64 * vth; `bias_q` (C,) or (1,)."""
    whole = np.full((1, 1, 1), DECAY_ONE, np.int32)
    return SpikeCubaLIF(
        name=name,
        inputs=(source,),
        u_decay_q=whole,
        v_decay_q=whole,
        threshold_q=np.full((1, 1, 1), vth, np.int32),
        bias_mant_q=np.asarray(bias_q, np.int32).reshape(-1, 1, 1),
        recurrent_q=np.zeros((0, 0), np.int8),
        bias_exp=STATE_SHIFT,
    )
