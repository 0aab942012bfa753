"""The sigma decoder."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class Sigma(CountedProcess):
    """y[t] = y[t-1] + x[t], in `bits` bits.

    Args:
        shape: (T, C, H, W).
        bits: width of the sum.
        name: for errors and counts.
    """

    def __init__(self, *, shape: tuple[int, ...], bits: int, name: str) -> None:
        super().__init__(name=name, bits=bits)
        self.a_in = InPort(shape=shape)
        self.a_out = OutPort(shape=shape)
