"""The two models of Head, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.blocks import FusedModel, SubModel
from hardware.lava.processes.head.process import Head


@implements(proc=Head, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PyHeadModel(FusedModel):
    """All nodes in one process."""


@implements(proc=Head)
@tag("fixed_pt", "parts")
class SubHeadModel(SubModel):
    """A process for each part."""
