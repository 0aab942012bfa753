"""Widths of a Loihi compartment's registers, and the checks its neurons share."""

from typing import Any

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph.checks import Array, freeze, span

STATE_BITS = 24
MAX_STATE_BITS = 48
"""Widest register whose product with a 12-bit decay the engines hold in 64 bits."""
STATE_SHIFT = 6
"""Synaptic input and thresholds are aligned 6 bits to the left of the membrane's last bit."""
DECAY_ONE = 1 << 12
THRESHOLD_LIMIT = 1 << 17
BIAS_LIMIT = 1 << 12
MAX_BIAS_EXP = 7
MAX_REFRACTORY = 64
MIN_WEIGHT_EXP, MAX_WEIGHT_EXP = -8, 7


def freeze_per_neuron(node: Any, field: str, low: int, high: int) -> Array:
    """Puts a read-only int32 array (C or 1, H or 1, W or 1) into a field; returns it.

    Raises:
        GraphError: another dtype or rank, nothing in it, or a value outside low..high.
    """
    array = freeze(node, field, np.int32, 3)
    require_between(node.name, field, array, low, high)
    return array


def require_between(name: str, field: str, array: Array, low: int, high: int) -> None:
    """Raises GraphError unless an array holds something and all of it lies in low..high."""
    if array.size == 0:
        raise GraphError(f"node '{name}', {field}", "at least one value", "none")
    if int(array.min()) < low or int(array.max()) > high:
        raise GraphError(f"node '{name}', {field}", f"{low}..{high}", span(array))


def require_number(name: str, field: str, value: int, low: int, high: int) -> None:
    """Raises GraphError unless a number lies in low..high."""
    if not low <= value <= high:
        raise GraphError(f"node '{name}', {field}", f"{low}..{high}", str(value))


def require_state_bits(name: str, bits: int) -> None:
    """Raises GraphError unless a register has 2..48 bits."""
    require_number(name, "bits", bits, 2, MAX_STATE_BITS)
