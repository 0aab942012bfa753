"""Shows values later: synaptic, axonal and residual delays."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Delay(CountedProcess):
    """y[t] = x[t - delay], 0 before that; within the T steps of one message.

    Args:
        shape: (T, C, H, W).
        delay: steps per neuron, (C or 1, H or 1, W or 1).
        name: for errors and counts.
    """

    in_names = ("s_in",)
    out_name = "s_out"

    def __init__(self, *, shape: tuple[int, ...], delay: Array, name: str) -> None:
        super().__init__(name=name)
        self.s_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.delay = Var(shape=delay.shape, init=delay)
