"""The integer NI-LIF neuron, stateless or with decay."""

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class NILIF(CountedProcess):
    """Several levels, T steps in one message, graded spikes 0..D (`graph.neurons.nilif`).

    Args:
        shape: (T, C, H, W) of membrane input and spikes.
        vth: (C or 1, D) int64 thresholds, ascending.
        decay: (T - 1,) mantissas of 12 bits, empty for a neuron without state.
        reset: what one level of spike takes from the membrane.
        bits: width of the membrane.
        name: for errors and counts.
    """

    out_name = "s_out"

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        vth: Array,
        decay: Array,
        reset: int,
        bits: int,
        name: str,
    ) -> None:
        super().__init__(name=name, reset=reset, bits=bits)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.vth = Var(shape=vth.shape, init=vth)
        # A Var cannot be empty; that nothing is kept from step to step means the same.
        kept = decay if decay.size else np.zeros(max(1, shape[0] - 1), np.int64)
        self.decay = Var(shape=kept.shape, init=kept)
