"""Model of Sigma on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.neurons import decode_sigma
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.sigma.process import Sigma


@implements(proc=Sigma, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PySigmaModel(CountedModel):
    """Sums over the steps of a message."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        self.a_out.send(decode_sigma(self.a_in.recv(), self.proc_params["bits"], self.what))
