"""Model of Rescale on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import rescale
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.rescale.process import Rescale


@implements(proc=Rescale, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyRescaleModel(CountedModel):
    """Rounds half up in 64 bits."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    mantissa: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    shift: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    bias: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        scale = self.mantissa, self.shift, self.bias
        self.a_out.send(rescale(self.a_in.recv(), *scale, self.proc_params["bits"], self.what))
