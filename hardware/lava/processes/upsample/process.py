"""Bilinear by a power of two, times (2 * factor)**2, exact integers."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class Upsample(CountedProcess):
    """Bilinear by a power of two, times (2 * factor)**2, exact integers.

    Args:
        shape: (T, C, H, W) of the input.
        out_shape: (T, C, H * factor, W * factor).
        factor: cells per side.
        bits: width of the stream.
        name: for errors and counts.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        out_shape: tuple[int, ...],
        factor: int,
        bits: int,
        name: str,
    ) -> None:
        super().__init__(name=name, factor=factor, bits=bits)
        self.a_in = InPort(shape=shape)
        self.a_out = OutPort(shape=out_shape)
