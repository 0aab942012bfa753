"""Model of FrameOut on a CPU."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava_processes.counted import CountedModel
from hardware.lava_processes.frame_out.process import FrameOut


@implements(proc=FrameOut, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFrameOutModel(CountedModel):
    """One message to the host in every step."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    frame_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        self.frame_out.send(self.a_in.recv())
