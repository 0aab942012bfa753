"""The whole of what runs: inputs, branches and outputs."""

from collections.abc import Sequence

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
