"""Logits, memories and kept values go out to the host."""

from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess

from hardware.lava.runtime.frames import Layout


class FrameOut(AbstractProcess):  # type: ignore[misc]
    """Hands values to the host, once a step, in one message.

    Args:
        layout: shapes and number types of the values, each of which has an InPort.
        name: of the process.
    """

    def __init__(self, *, layout: Layout, name: str) -> None:
        super().__init__(name=name, layout=layout)
        self.layout = layout
        for part in layout.parts.values():
            setattr(self, part.port, InPort(shape=part.shape))
        self.frame_out = OutPort(shape=(layout.n_bytes,))
        self.frame_out.flag_external_pipe(buffer_size=1)

    def in_port(self, name: str) -> Any:
        """The InPort of a value."""
        return getattr(self, self.layout.parts[name].port)
