"""The sigma decoder adds up the differences that a delta encoder sends."""

from dataclasses import dataclass

from spiketrack.graph.checks import require_inputs
from spiketrack.graph.neurons.registers import STATE_BITS, require_state_bits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeSigma:
    """y[t] = y[t-1] + x[t], y[-1] = 0, in `bits` bits.

    Source: the Sigma process of lava-nc.
    """

    name: str
    inputs: tuple[str, ...]
    bits: int = STATE_BITS

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_state_bits(self.name, self.bits)
