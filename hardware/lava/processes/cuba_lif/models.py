"""Model of CubaLIF on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.neurons import CubaParameters, fire_cuba
from hardware.lava.compute.nodes import met, sent
from hardware.lava.compute.synapses import recurrent_syn_ops
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.cuba_lif.process import CubaLIF


@implements(proc=CubaLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyCubaLIFModel(CountedModel):
    """Steps inside a message are taken one after the other."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.uint8)
    du: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    dv: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    bias: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    vth: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    recurrent: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        given = self.proc_params
        shared = (given[name] for name in ("weight_exp", "bits", "is_old"))
        p = CubaParameters(self.du, self.dv, self.bias, *shared)
        firing = given["firing"]._replace(vth=self.vth)
        recurrent = self.recurrent if given["recurs"] else None
        spikes = fire_cuba(self.a_in.recv(), p, firing, recurrent, self.what)
        self.count(sent(spikes))
        if recurrent is not None:
            self.count(met(recurrent_syn_ops(spikes, recurrent), spikes[:-1]))
        self.s_out.send(spikes)
