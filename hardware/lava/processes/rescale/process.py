"""Accumulators to a stream: a multiplier, a shift and a bias per channel."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Rescale(CountedProcess):
    """y[c] = round_half_up(x[c] * mantissa[c] / 2**shift[c]) + bias[c], in `bits` bits.

    Args:
        shape: (T, C, H, W).
        mantissa: (C or 1,) 16-bit multipliers.
        shift: the same number of shifts, negative for left.
        bias: the same number of biases.
        bits: width of the stream.
        name: for errors and counts.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        mantissa: Array,
        shift: Array,
        bias: Array,
        bits: int,
        name: str,
    ) -> None:
        super().__init__(name=name, bits=bits)
        self.a_in = InPort(shape=shape)
        self.a_out = OutPort(shape=shape)
        self.mantissa = Var(shape=mantissa.shape, init=mantissa)
        self.shift = Var(shape=shift.shape, init=shift)
        self.bias = Var(shape=bias.shape, init=bias)
