"""Turns weights of a `.net` file, even integers -256..254 or small odd ones, into int8, and back.

Why halves: lava-dl trains on a grid of two, 256 levels from -256 to 254. Half of such a weight fits
a synapse of 8 bits, and the exponent puts the factor back where the current is formed.
"""

from dataclasses import dataclass

import numpy as np

from spiketrack.graph.checks import Array

LOW, HIGH = -256, 254
_INT8 = np.iinfo(np.int8)


@dataclass(frozen=True, slots=True)
class IntegerWeights:
    """The weight of the file is weight_q * 2**exp, with exp 0 or 1."""

    weight_q: Array
    exp: int


def halved(weight: Array) -> IntegerWeights | None:
    """Half the weights if all are even and within -256..254, else the same if int8, else None."""
    if not weight.size:
        return None
    if not (weight & 1).any() and weight.min() >= LOW and weight.max() <= HIGH:
        return IntegerWeights((weight >> 1).astype(np.int8), 1)
    return unchanged(weight)


def unchanged(weight: Array) -> IntegerWeights | None:
    """The same weights if they fit int8, else None."""
    if not weight.size or weight.min() < _INT8.min or weight.max() > _INT8.max:
        return None
    return IntegerWeights(weight.astype(np.int8), 0)


def widened(weight_q: Array, exp: int) -> Array | None:
    """The weights of a file, float32, for int8 ones with an exponent; None if it cannot say them.

    Why odd numbers stop at int8: beyond, lava-dl's dense synapses drop their last bit.
    """
    wide = weight_q.astype(np.int64)
    if exp >= 0:
        wide = wide << exp
    elif (wide & ((1 << -exp) - 1)).any():
        return None
    else:
        wide = wide >> -exp
    return None if halved(wide) is None else wide.astype(np.float32)
