"""The two models of Backbone, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.backbone.process import Backbone
from hardware.lava.processes.blocks import FusedModel, SubModel


@implements(proc=Backbone, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PyBackboneModel(FusedModel):
    """All nodes in one process."""


@implements(proc=Backbone)
@tag("fixed_pt", "parts")
class SubBackboneModel(SubModel):
    """A process for each part."""
