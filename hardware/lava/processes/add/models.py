"""Model of Add on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.add.process import Add
from hardware.lava.processes.counted import CountedModel
from spiketrack.fixed_point import check_width


@implements(proc=Add, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyAddModel(CountedModel):
    """The InPort adds; nothing can wrap, see `hardware.lava.assemble.values`."""

    a_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        total = self.a_in.recv()
        self.a_out.send(check_width(total, self.proc_params["bits"], f"stream '{self.what}'"))
