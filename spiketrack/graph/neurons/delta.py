"""The delta encoder sends a change once it is large enough, as a graded, signed spike."""

from dataclasses import dataclass

from spiketrack.graph.checks import Array, require_inputs
from spiketrack.graph.neurons.registers import (
    STATE_BITS,
    freeze_per_neuron,
    require_number,
    require_state_bits,
)

MAX_THRESHOLD = (1 << 23) - 1
MAX_EXP = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeDelta:
    """r is what the receivers know already, r = 0 at first.

    a[t] = x[t] * 2**input_exp
    d[t] = a[t] - r
    e[t] = d[t] if |d[t]| >= threshold_q, else 0
    r   <- r + e[t]
    s[t] = floor(e[t] / 2**state_exp).

    Why floor is right: the process of lava-nc shifts arithmetically, and its reference keeps what
    the shift drops. a, d and r have `bits` bits; `threshold_q` is int32 (C or 1, H or 1, W or 1),
    on the grid of a.
    Source: the Delta and SigmaDelta processes of lava-nc, without accumulated errors.
    """

    name: str
    inputs: tuple[str, ...]
    threshold_q: Array
    input_exp: int = 0
    state_exp: int = 0
    bits: int = STATE_BITS

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze_per_neuron(self, "threshold_q", 0, MAX_THRESHOLD)
        require_number(self.name, "input_exp", self.input_exp, 0, MAX_EXP)
        require_number(self.name, "state_exp", self.state_exp, 0, MAX_EXP)
        require_state_bits(self.name, self.bits)
