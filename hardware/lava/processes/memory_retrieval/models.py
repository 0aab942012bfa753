"""The two models of MemoryRetrieval, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.blocks import FusedModel, SubModel
from hardware.lava.processes.memory_retrieval.process import MemoryRetrieval


@implements(proc=MemoryRetrieval, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PyMemoryRetrievalModel(FusedModel):
    """All nodes in one process."""


@implements(proc=MemoryRetrieval)
@tag("fixed_pt", "parts")
class SubMemoryRetrievalModel(SubModel):
    """A process for each part."""
