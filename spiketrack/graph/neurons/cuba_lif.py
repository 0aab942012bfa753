"""The current-based leaky integrate-and-fire neuron as Loihi computes it; IF and LIF are cases."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph.checks import Array, freeze, require_inputs
from spiketrack.graph.float_neurons import Current, require_current
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    DECAY_ONE,
    MAX_BIAS_EXP,
    MAX_REFRACTORY,
    MAX_WEIGHT_EXP,
    MIN_WEIGHT_EXP,
    STATE_BITS,
    THRESHOLD_LIMIT,
    freeze_per_neuron,
    require_number,
    require_state_bits,
)

Reset = Literal["zero", "subtract"]
MAX_RESET_PERIOD = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeCubaLIF:
    """CUBA-LIF: binary spikes, two decaying registers, one step after the other.

    Before step t, if reset_period > 0 and t mod reset_period == reset_phase:
        u = v = 0 and no neuron is refractory any more.
    a[t] = x[t] + recurrent_q @ s[t-1]                       (accumulator, 24 bits)
    u[t] = trunc0(u[t-1] * (4096 - u_decay_q) / 4096) + 64 * floor(a[t] * 2**weight_exp)
    v[t] = trunc0(v[t-1] * (4096 - v_decay_q) / 4096) + u[t] + bias_mant_q * 2**bias_exp,
        but v[t] = 0 in the `refractory - 1` steps after a spike,
        and with u[t-1] for u[t] where `current` is "old"
    s[t] = v[t] > 64 * threshold_q                            (strict)
    v[t] <- 0 where s[t] (reset "zero") or v[t] - 64 * threshold_q (reset "subtract").

    trunc0 rounds toward zero; u and v have `bits` bits. The chip resets to zero only, and adds the
    synaptic delay of one step that a `Delay` node states here, like its axonal delays.
    An "old" current is one more step of delay for all that enters, its own spikes included.
    IF is u_decay_q = 4096 and v_decay_q = 0; LIF is u_decay_q = 4096.

    Parameters per neuron are int32 of shape (C or 1, H or 1, W or 1). `recurrent_q` is int8
    (C, C), to and from the neurons of a layer on a 1 x 1 grid, or (0, 0) for none.
    """

    name: str
    inputs: tuple[str, ...]
    u_decay_q: Array
    v_decay_q: Array
    threshold_q: Array
    bias_mant_q: Array
    recurrent_q: Array
    bias_exp: int = 0
    weight_exp: int = 0
    refractory: int = 1
    reset: Reset = "zero"
    reset_period: int = 0
    reset_phase: int = 0
    bits: int = STATE_BITS
    current: Current = "new"

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze_per_neuron(self, "u_decay_q", 0, DECAY_ONE)
        freeze_per_neuron(self, "v_decay_q", 0, DECAY_ONE)
        freeze_per_neuron(self, "threshold_q", 0, THRESHOLD_LIMIT - 1)
        freeze_per_neuron(self, "bias_mant_q", -BIAS_LIMIT, BIAS_LIMIT - 1)
        recurrent = freeze(self, "recurrent_q", np.int8, 2)
        if recurrent.shape[0] != recurrent.shape[1]:
            raise GraphError(
                f"node '{self.name}', recurrent_q", "a square matrix", str(recurrent.shape)
            )
        require_number(self.name, "bias_exp", self.bias_exp, 0, MAX_BIAS_EXP)
        require_number(self.name, "weight_exp", self.weight_exp, MIN_WEIGHT_EXP, MAX_WEIGHT_EXP)
        require_number(self.name, "refractory", self.refractory, 1, MAX_REFRACTORY)
        require_number(self.name, "reset_period", self.reset_period, 0, MAX_RESET_PERIOD)
        last_phase = max(0, self.reset_period - 1)
        require_number(self.name, "reset_phase", self.reset_phase, 0, last_phase)
        require_state_bits(self.name, self.bits)
        if self.reset not in ("zero", "subtract"):
            raise GraphError(f"node '{self.name}', reset", "'zero' or 'subtract'", str(self.reset))
        require_current(self.name, self.current)
