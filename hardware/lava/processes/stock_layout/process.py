"""From our layout to that of Lava's stock processes."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess

from hardware.lava.assemble.layout import stock_shape


class StockLayout(AbstractProcess):  # type: ignore[misc]
    """(T, C, H, W) comes in, the same as (W, H, T * C) goes out, within the step.

    Args:
        shape: of what comes in.
        name: for errors.
    """

    def __init__(self, *, shape: tuple[int, ...], name: str) -> None:
        super().__init__(name=name)
        self.s_in = InPort(shape=shape)
        self.s_out = OutPort(shape=stock_shape(shape))
