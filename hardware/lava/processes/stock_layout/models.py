"""Model of StockLayout on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.assemble.layout import to_stock
from hardware.lava.processes.stock_layout.process import StockLayout


@implements(proc=StockLayout, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyStockLayoutModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Copies."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        self.s_out.send(to_stock(self.s_in.recv()))
