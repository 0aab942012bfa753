"""Model of SpikeTracker: its branches."""

from lava.magma.core.decorator import implements, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess

from hardware.lava.processes.spike_tracker.process import SpikeTracker


@implements(proc=SpikeTracker)
@tag("fixed_pt")
class SubSpikeTrackerModel(AbstractSubProcessModel):  # type: ignore[misc]
    """Lava finds the parts of a model among its attributes."""

    def __init__(self, process: AbstractProcess) -> None:
        for index, part in enumerate(process.proc_params["parts"]):
            setattr(self, f"part_{index}", part)
