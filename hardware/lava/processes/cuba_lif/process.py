"""The current-based leaky integrate-and-fire neuron as Loihi computes it."""

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.compute.neurons import CubaParameters, Firing
from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class CubaLIF(CountedProcess):
    """CUBA-LIF with refractory and periodic reset, all T steps of a message.

    The equations: `graph.neurons.cuba_lif`.

    Args:
        shape: (T, C, H, W).
        parameters: decays, bias, exponent and width; arrays (C or 1, H or 1, W or 1).
        firing: threshold, refractory steps and resets.
        recurrent: (C, C) weights to and from the layer, or (0, 0) for none.
        name: for errors and counts.
    """

    out_name = "s_out"

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        parameters: CubaParameters,
        firing: Firing,
        recurrent: Array,
        name: str,
    ) -> None:
        p = parameters
        params = {"weight_exp": p.weight_exp, "bits": p.bits, "recurs": recurrent.size > 0}
        params["is_old"] = p.is_old
        super().__init__(name=name, firing=firing._replace(vth=np.zeros(1, np.int64)), **params)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.du = Var(shape=p.du.shape, init=p.du)
        self.dv = Var(shape=p.dv.shape, init=p.dv)
        self.bias = Var(shape=p.bias.shape, init=p.bias)
        self.vth = Var(shape=firing.vth.shape, init=firing.vth)
        # Why at least one: a Var cannot be empty.
        kept = recurrent if recurrent.size else np.zeros((1, 1), np.int8)
        self.recurrent = Var(shape=kept.shape, init=kept)
