"""Model of Delay on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import delay
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.delay.process import Delay


@implements(proc=Delay, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyDelayModel(CountedModel):
    """Takes every neuron's value from an earlier step."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    delay: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        self.s_out.send(delay(self.s_in.recv(), self.delay))
