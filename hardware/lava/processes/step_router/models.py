"""Model of StepRouter on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import route
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.step_router.process import StepRouter


@implements(proc=StepRouter, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyStepRouterModel(CountedModel):
    """Ports beyond the first are declared for each instance by `hardware.lava.assemble.graph`."""

    s_in_0: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        picks = self.proc_params["picks"]
        n_inputs = 1 + max(which for which, _ in picks)
        messages = [getattr(self, f"s_in_{i}").recv() for i in range(n_inputs)]
        self.s_out.send(route(messages, picks))
