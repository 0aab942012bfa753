"""The current-based leaky integrator is a CUBA-LIF that never fires and shows its membrane."""

from dataclasses import dataclass

from spiketrack.graph.checks import Array, require_inputs
from spiketrack.graph.float_neurons import Current, require_current
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    DECAY_ONE,
    MAX_BIAS_EXP,
    MAX_WEIGHT_EXP,
    MIN_WEIGHT_EXP,
    STATE_BITS,
    freeze_per_neuron,
    require_number,
    require_state_bits,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeCubaLI:
    """CUBA-LI: a readout that emits v, not spikes.

    u[t] = trunc0(u[t-1] * (4096 - u_decay_q) / 4096) + 64 * floor(x[t] * 2**weight_exp)
    v[t] = trunc0(v[t-1] * (4096 - v_decay_q) / 4096) + u[t] + bias_mant_q * 2**bias_exp
        with u[t-1] for u[t] where `current` is "old"
    y[t] = v[t].

    u and v have `bits` bits. LI is u_decay_q = 4096, a plain integrator v_decay_q = 0 as well.
    Parameters per neuron are int32 of shape (C or 1, H or 1, W or 1).
    """

    name: str
    inputs: tuple[str, ...]
    u_decay_q: Array
    v_decay_q: Array
    bias_mant_q: Array
    bias_exp: int = 0
    weight_exp: int = 0
    bits: int = STATE_BITS
    current: Current = "new"

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze_per_neuron(self, "u_decay_q", 0, DECAY_ONE)
        freeze_per_neuron(self, "v_decay_q", 0, DECAY_ONE)
        freeze_per_neuron(self, "bias_mant_q", -BIAS_LIMIT, BIAS_LIMIT - 1)
        require_number(self.name, "bias_exp", self.bias_exp, 0, MAX_BIAS_EXP)
        require_number(self.name, "weight_exp", self.weight_exp, MIN_WEIGHT_EXP, MAX_WEIGHT_EXP)
        require_state_bits(self.name, self.bits)
        require_current(self.name, self.current)
