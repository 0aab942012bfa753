"""Model of Upsample on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import upsample
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.upsample.process import Upsample


@implements(proc=Upsample, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyUpsampleModel(CountedModel):
    """Exact integers."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        factor, bits = self.proc_params["factor"], self.proc_params["bits"]
        self.a_out.send(upsample(self.a_in.recv(), factor, bits, self.what))
