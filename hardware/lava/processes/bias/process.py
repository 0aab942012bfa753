"""Adds a table, for example a positional one."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Bias(CountedProcess):
    """y = x + bias, in `bits` bits.

    Args:
        shape: (T, C, H, W).
        bias: (T or 1, C, H, W) int64 on the stream's grid.
        bits: width of the stream.
        name: for errors and counts.
    """

    def __init__(self, *, shape: tuple[int, ...], bias: Array, bits: int, name: str) -> None:
        super().__init__(name=name, bits=bits)
        self.a_in = InPort(shape=shape)
        self.a_out = OutPort(shape=shape)
        self.bias = Var(shape=bias.shape, init=bias)
