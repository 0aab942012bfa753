"""The two models of TemplateBranch, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.blocks import FusedModel, SubModel
from hardware.lava.processes.template_branch.process import TemplateBranch


@implements(proc=TemplateBranch, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PyTemplateBranchModel(FusedModel):
    """All nodes in one process."""


@implements(proc=TemplateBranch)
@tag("fixed_pt", "parts")
class SubTemplateBranchModel(SubModel):
    """A process for each part."""
