"""Model of Gate on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import mix_gate
from hardware.lava.compute.nodes import met
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.gate.process import Gate


@implements(proc=Gate, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyGateModel(CountedModel):
    """Integer division at the end, no floats."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)
    l_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    table: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        spikes, logits = self.s_in.recv(), self.l_in.recv()
        self.count(met(0, spikes))
        self.a_out.send(mix_gate(spikes, logits, self.table, self.proc_params["logit_shift"]))
