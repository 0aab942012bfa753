"""Model of CubaLI on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.neurons import CubaParameters, integrate
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.cuba_li.process import CubaLI
from hardware.lava.runtime.events import Events


@implements(proc=CubaLI, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyCubaLIModel(CountedModel):
    """Steps inside a message are taken one after the other."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    v_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    du: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    dv: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    bias: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        given = (self.proc_params[name] for name in ("weight_exp", "bits", "is_old"))
        parameters = CubaParameters(self.du, self.dv, self.bias, *given)
        membranes = integrate(self.a_in.recv(), parameters, self.what)
        self.count(Events(dendrite_updates=membranes.size))
        self.v_out.send(membranes)
