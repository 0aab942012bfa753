"""Model of FrameOut on a CPU."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.frame_out.process import FrameOut
from hardware.lava.runtime.frames import Layout, put


@implements(proc=FrameOut, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFrameOutModel(PyLoihiProcessModel):  # type: ignore[misc]
    """One message to the host in every step; its InPorts come with the instance's layout."""

    frame_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.uint8)

    def run_spk(self) -> None:
        """One frame."""
        layout: Layout = self.proc_params["layout"]
        message = np.empty(layout.n_bytes, np.uint8)
        for part in layout.parts.values():
            put(message, part, getattr(self, part.port).recv())
        self.frame_out.send(message)
