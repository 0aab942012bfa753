"""Nodes of ours beside stock processes, which take a step each."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess

from hardware.lava.assemble.layout import stock_shape
from hardware.lava.compute.shares import Share


class OwnNodes(AbstractProcess):  # type: ignore[misc]
    """Runs own nodes, each on the frame whose values have reached it.

    Values that come too early wait inside. `live_in` says which frames are under way: no node runs
    on what lies between two of them, so that nothing there can overflow.

    Args:
        share: the nodes, their ports and their latencies.
    """

    def __init__(self, *, share: Share) -> None:
        super().__init__(name=share.name, share=share)
        self.live_in = InPort(shape=(1, share.depth + 1, 1, 1))
        for port, value in share.inputs.items():
            setattr(self, port, InPort(shape=share.shape(value)))
        for port, value in share.outputs.items():
            setattr(self, port, OutPort(shape=share.values.shape(value)))
        for port, value in share.stock_outputs.items():
            setattr(self, port, OutPort(shape=stock_shape(share.values.shape(value))))
