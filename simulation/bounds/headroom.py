"""Decides which nodes every engine can compute exactly; all engines refuse the rest by this rule.

Engines compute in int64, and convolutions and products of spikes in float64, whose integers end at
2**53. So no step of computing a node may leave 62 bits, nor 53 where products are summed in floats.
The worst case follows from the ranges of a node's inputs, here in Python's own integers, which
cannot overflow. What lies within these widths needs no check while it is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import assert_never

from simulation.bounds import neuron_ranges
from simulation.bounds.range import Range, largest_magnitude
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import SpikeAccumulator, SpikeNeuron

HEADROOM_BITS = 62
"""Every magnitude stays below 2**62, so that a sum of two fits int64."""
FLOAT_BITS = 53
"""Every integer below 2**53 is a float64."""


@dataclass(eq=False)
class HeadroomError(OverflowBoundError):
    """A worst case that no engine computes exactly.

    Attributes:
        bits: how many the engines have for it.
        widest: its magnitude.
    """

    bits: int = HEADROOM_BITS
    widest: int = 0

    @property
    def needed_bits(self) -> int:
        """Bits of the magnitude."""
        return self.widest.bit_length()


def require_headroom(node: s.SpikeNode, x: Sequence[Range], shapes: Sequence[Shape]) -> None:
    """Refuses a node that the engines cannot compute exactly.

    Args:
        node: any node of a graph.
        x: ranges of its inputs.
        shapes: (T, C, H, W) of its inputs.

    Raises:
        HeadroomError: its worst case is too wide.
    """
    bits = FLOAT_BITS if isinstance(node, SpikeAccumulator) else HEADROOM_BITS
    widest = widest_step(node, [value.peak for value in x], shapes)
    if widest >= 1 << bits:
        size = f"+-{widest:.4g}, " if widest < 1 << 1000 else ""
        raise HeadroomError(
            f"node '{node.name}'",
            f"a worst case within {bits} bits",
            f"{size}{widest.bit_length()} bits",
            "Use smaller inputs, smaller weights or fewer synapses",
            bits,
            widest,
        )


def widest_step(node: s.SpikeNode, peaks: Sequence[int], shapes: Sequence[Shape]) -> int:
    """Largest magnitude that computing a node can come to, from those of its inputs."""
    if isinstance(node, SpikeNeuron):
        return neuron_ranges.widest_step(node, peaks[0], shapes[0][0])
    match node:
        case s.SpikeInput():
            return max(abs(node.low), abs(node.high))
        case s.SpikeConv():
            sums = np.abs(node.weight_q.astype(np.int64)).sum(axis=(1, 2, 3))
            return peaks[0] * largest_magnitude(sums)
        case s.SpikeRescale():
            left = (max(-int(shift), 0) for shift in node.shift_q)
            gains = (int(g) << n for g, n in zip(node.multiplier_q, left, strict=True))
            half = 1 << max(int(node.shift_q.max()), 1) - 1
            return peaks[0] * max(gains) + max(half, largest_magnitude(node.bias_q))
        case s.SpikeBias():
            return peaks[0] + largest_magnitude(node.table_q)
        case s.SpikeAdd():
            return sum(peaks)
        case s.SpikeSumPool() | s.SpikeUpsample():
            return peaks[0] * (2 * node.factor) ** 2
        case s.SpikeMemoryWrite():
            return peaks[0] * peaks[1] * shapes[0][2] * shapes[0][3]
        case s.SpikeMemoryRead():
            return peaks[0] * peaks[1] * shapes[0][1]
        case s.SpikeGateMix():
            weight = largest_magnitude(node.table_q) * shapes[0][0] << s.GATE_FRACTION_BITS
            return max(peaks[0] * weight, 2 * peaks[1])
        case (
            m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels() | m.Flatten()
            | m.Delay() | s.SpikeOutput()
        ):  # fmt: skip
            return max(peaks)
        case _:
            assert_never(node)
