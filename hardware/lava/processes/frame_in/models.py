"""Model of FrameIn on a CPU."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.frame_in.process import FrameIn
from hardware.lava.runtime.events import Events


@implements(proc=FrameIn, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFrameInModel(CountedModel):
    """One message from the host for every step."""

    frame_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    offset: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        frame = self.frame_in.recv()
        # A memory has no channels; its offset is a single zero.
        value = frame - self.offset.reshape(-1, 1, 1)
        signal = self.proc_params["signal"]
        if signal != "memory":
            messages = value.size if signal == "image" else int(np.count_nonzero(value))
            self.count(Events(axon_out=messages))
        self.s_out.send(value)
