"""The graded rectifier."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Relu(CountedProcess):
    """s[t] = floor(max(0, x[t] + bias) / 2**shift).

    Args:
        shape: (T, C, H, W).
        bias: (C or 1, H or 1, W or 1) on the grid of x.
        shift: right shift of what is sent.
        bits: width of the spikes.
        sends: whether it is a neuron of its own, and not the part of a delta encoder.
        name: for errors and counts.
    """

    out_name = "s_out"

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        bias: Array,
        shift: int,
        bits: int,
        sends: bool,
        name: str,
    ) -> None:
        super().__init__(name=name, shift=shift, bits=bits, sends=sends)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.bias = Var(shape=bias.shape, init=bias)
