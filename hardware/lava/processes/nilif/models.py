"""Model of NILIF on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import fire_nilif
from hardware.lava.compute.nodes import sent
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.nilif.process import NILIF


@implements(proc=NILIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyNILIFModel(CountedModel):
    """Fires by counting thresholds."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.uint8)
    vth: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)
    decay: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        reset, bits = self.proc_params["reset"], self.proc_params["bits"]
        spikes = fire_nilif(self.a_in.recv(), self.vth, self.decay, reset, bits, self.what)
        self.count(sent(spikes))
        self.s_out.send(spikes)
