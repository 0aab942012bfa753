"""The process around everything that runs, for any graph and for a whole tracker."""

from collections.abc import Sequence

from lava.magma.core.decorator import implements, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess


class Network(AbstractProcess):  # type: ignore[misc]
    """Processes that are connected to one another already.

    Why one process around them: Lava compiles what it reaches along connections from one process,
    and the parts of a graph need not be connected.

    Args:
        parts: the processes.
        name: for errors.
    """

    def __init__(self, *, parts: Sequence[AbstractProcess], name: str) -> None:
        super().__init__(name=name, parts=tuple(parts))


class SpikeTracker(Network):
    """A `TemplateBranch` whose memories are messages to a `SearchBranch`, with all ins and outs.

    Both run in every step: a frame is searched with the templates that come with it.
    """


@implements(proc=Network)
@tag("fixed_pt")
class SubNetworkModel(AbstractSubProcessModel):  # type: ignore[misc]
    """The parts of a network; Lava finds them among the attributes of the model."""

    def __init__(self, process: AbstractProcess) -> None:
        for index, part in enumerate(process.proc_params["parts"]):
            setattr(self, f"part_{index}", part)
