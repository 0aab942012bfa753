"""Computes integer thresholds of neurons without state, and the bits that a decay needs."""

import numpy as np

from calibration.pending import Pending
from calibration.streams import NO_GRID
from spiketrack.fixed_point import DECAY_BITS, Float64, Int64, firing_thresholds, fraction_bits


def graded_thresholds(source: Pending, max_spike: int, bits: int) -> Int64:
    """(C or 1, D): thresholds on q of the float expression that the network computes from it."""
    channels = max(len(source.unit), len(source.bias))
    limit = 1 << (bits - 1)
    thresholds = firing_thresholds(source.real, channels, max_spike, -limit, limit - 1)
    # Channels that are alike share a row: chips and files store it once.
    return thresholds[:1] if (thresholds == thresholds[:1]).all() else thresholds


def decay_bits(decay: Float64) -> int:
    """Fraction bits that U * decay adds over all steps; `NO_GRID` if a decay is rounded."""
    mantissa = decay * (1 << DECAY_BITS)
    if (mantissa != np.floor(mantissa)).any():
        return NO_GRID
    return sum(max(0, fraction_bits(step)) for step in decay[:, None])
