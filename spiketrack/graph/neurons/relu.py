"""The graded rectifier is a neuron without state that sends its positive value."""

from dataclasses import dataclass

from spiketrack.graph.checks import Array, require_inputs
from spiketrack.graph.neurons.registers import (
    STATE_BITS,
    freeze_per_neuron,
    require_number,
    require_state_bits,
)

MAX_BIAS = (1 << 23) - 1
MAX_EXP = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeRelu:
    """s[t] = floor(max(0, x[t] + bias_q) / 2**shift), a graded spike of `bits` bits.

    `bias_q` is int32 (C or 1, H or 1, W or 1) on the grid of x.
    """

    name: str
    inputs: tuple[str, ...]
    bias_q: Array
    shift: int = 0
    bits: int = STATE_BITS

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze_per_neuron(self, "bias_q", -MAX_BIAS - 1, MAX_BIAS)
        require_number(self.name, "shift", self.shift, 0, MAX_EXP)
        require_state_bits(self.name, self.bits)
