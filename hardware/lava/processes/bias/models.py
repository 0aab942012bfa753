"""Model of Bias on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import add_table
from hardware.lava.processes.bias.process import Bias
from hardware.lava.processes.counted import CountedModel


@implements(proc=Bias, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyBiasModel(CountedModel):
    """Adds and checks the width."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    bias: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        bits = self.proc_params["bits"]
        self.a_out.send(add_table(self.a_in.recv(), self.bias, bits, self.what))
