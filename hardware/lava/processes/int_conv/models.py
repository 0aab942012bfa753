"""Model of IntConv on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.nodes import met
from hardware.lava.compute.synapses import Convolution
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.int_conv.process import IntConv


@implements(proc=IntConv, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyIntConvModel(CountedModel):
    """Multiplies in torch, exactly; the kernel is laid out in the first step."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    weights: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int8)

    _convolve: Convolution | None = None

    def run_spk(self) -> None:
        """One frame."""
        if self._convolve is None:
            geometry, shape = self.proc_params["geometry"], self.proc_params["shape"]
            self._convolve = Convolution(self.weights, geometry, shape, self.what)
        messages = self.s_in.recv()
        acc = self._convolve(messages)
        self.count(met(self._convolve.syn_ops(messages), messages))
        self.a_out.send(acc)
