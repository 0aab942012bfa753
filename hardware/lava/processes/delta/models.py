"""Model of Delta on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.neurons import encode_delta
from hardware.lava.compute.nodes import sent
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.delta.process import Delta


@implements(proc=Delta, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyDeltaModel(CountedModel):
    """Steps inside a message are taken one after the other."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    vth: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        given = self.proc_params
        exponents = given["input_exp"], given["state_exp"]
        spikes = encode_delta(self.a_in.recv(), self.vth, *exponents, given["bits"], self.what)
        self.count(sent(spikes))
        self.s_out.send(spikes)
