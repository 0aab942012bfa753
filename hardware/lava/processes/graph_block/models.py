"""The two models of GraphBlock, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.blocks import FusedModel, SubModel
from hardware.lava.processes.graph_block.process import GraphBlock


@implements(proc=GraphBlock, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PyGraphBlockModel(FusedModel):
    """All nodes in one process."""


@implements(proc=GraphBlock)
@tag("fixed_pt", "parts")
class SubGraphBlockModel(SubModel):
    """A process for each part."""
