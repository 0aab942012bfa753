"""The delta encoder."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Delta(CountedProcess):
    """Sends a change once it reaches a threshold (`graph.neurons.delta`).

    Args:
        shape: (T, C, H, W).
        vth: thresholds, (C or 1, H or 1, W or 1).
        input_exp: left shift of the input.
        state_exp: right shift of what is sent.
        bits: width of activations and differences.
        name: for errors and counts.
    """

    out_name = "s_out"

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        vth: Array,
        input_exp: int,
        state_exp: int,
        bits: int,
        name: str,
    ) -> None:
        super().__init__(name=name, input_exp=input_exp, state_exp=state_exp, bits=bits)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.vth = Var(shape=vth.shape, init=vth)
