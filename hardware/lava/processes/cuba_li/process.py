"""The current-based leaky integrator, a readout."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.compute.neurons import CubaParameters
from hardware.lava.processes.counted import CountedProcess


class CubaLI(CountedProcess):
    """CUBA-LI: all T steps of a message, emits its membrane (`graph.neurons.cuba_li`).

    Args:
        shape: (T, C, H, W).
        parameters: decays, bias, exponent and width; arrays (C or 1, H or 1, W or 1).
        name: for errors and counts.
    """

    out_name = "v_out"

    def __init__(self, *, shape: tuple[int, ...], parameters: CubaParameters, name: str) -> None:
        p = parameters
        super().__init__(name=name, weight_exp=p.weight_exp, bits=p.bits, is_old=p.is_old)
        self.a_in = InPort(shape=shape)
        self.v_out = OutPort(shape=shape)
        self.du = Var(shape=p.du.shape, init=p.du)
        self.dv = Var(shape=p.dv.shape, init=p.dv)
        self.bias = Var(shape=p.bias.shape, init=p.bias)
