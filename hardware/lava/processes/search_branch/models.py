"""The two models of SearchBranch, which agree."""

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.blocks import FusedModel, SubModel
from hardware.lava.processes.search_branch.process import SearchBranch


@implements(proc=SearchBranch, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class PySearchBranchModel(FusedModel):
    """All nodes in one process."""


@implements(proc=SearchBranch)
@tag("fixed_pt", "parts")
class SubSearchBranchModel(SubModel):
    """A process for each part."""
