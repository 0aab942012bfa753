"""Model of Network: its parts."""

from lava.magma.core.decorator import implements, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess

from hardware.lava.processes.network.process import Network


@implements(proc=Network)
@tag("fixed_pt")
class SubNetworkModel(AbstractSubProcessModel):  # type: ignore[misc]
    """Lava finds the parts of a model among its attributes."""

    def __init__(self, process: AbstractProcess) -> None:
        for index, part in enumerate(process.proc_params["parts"]):
            setattr(self, f"part_{index}", part)
