"""Model of MemoryWrite on a CPU, bit exact."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.compute.nodes import met
from hardware.lava.compute.synapses import write_memory, write_syn_ops
from hardware.lava.processes.counted import CountedModel
from hardware.lava.processes.memory_write.process import MemoryWrite


@implements(proc=MemoryWrite, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyMemoryWriteModel(CountedModel):
    """Multiplies in float64, exactly."""

    k_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)
    v_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)
    m_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        k, v, heads = self.k_in.recv(), self.v_in.recv(), self.proc_params["heads"]
        memory = write_memory(k, v, heads, self.what)
        self.count(met(write_syn_ops(k, v, heads), k))
        self.m_out.send(memory)
