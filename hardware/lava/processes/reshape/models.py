"""Model of Reshape on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.arithmetic import flatten, positions_to_channels
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.reshape.process import Reshape


@implements(proc=Reshape, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyReshapeModel(CountedModel):
    """Copies."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        move = positions_to_channels if self.proc_params["move"] == "swap" else flatten
        self.s_out.send(move(self.s_in.recv()))
