"""The sum of streams: several OutPorts on one InPort, and a width check."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class Add(CountedProcess):
    """y = sum of whatever is connected to `a_in`, in `bits` bits.

    Args:
        shape: (T, C, H, W).
        bits: width of the stream.
        name: for errors and counts.
    """

    def __init__(self, *, shape: tuple[int, ...], bits: int, name: str) -> None:
        super().__init__(name=name, bits=bits)
        self.a_in = InPort(shape=shape)
        self.a_out = OutPort(shape=shape)
