"""Model of Relu on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.neurons import rectify
from hardware.lava.compute.nodes import sent
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.relu.process import Relu


@implements(proc=Relu, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyReluModel(CountedModel):
    """Stateless."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    bias: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        shift, bits = self.proc_params["shift"], self.proc_params["bits"]
        spikes = rectify(self.a_in.recv(), self.bias, shift, bits, self.what)
        if self.proc_params["sends"]:
            self.count(sent(spikes))
        self.s_out.send(spikes)
