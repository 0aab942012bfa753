"""Model of MemoryRead on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.nodes import met
from hardware.lava.compute.synapses import read_memory, read_syn_ops
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.memory_read.process import MemoryRead


@implements(proc=MemoryRead, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyMemoryReadModel(CountedModel):
    """Multiplies in float64, exactly."""

    q_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)
    m_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        q, memory = self.q_in.recv(), self.m_in.recv()
        acc = read_memory(q, memory, self.what)
        self.count(met(read_syn_ops(q, memory), q))
        self.a_out.send(acc)
