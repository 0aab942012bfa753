"""Logits, memories and kept values go out to the host."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava_processes.counted import CountedProcess


class FrameOut(CountedProcess):
    """Hands a value to the host, once a step.

    Args:
        shape: of the value.
        name: of the node whose value it is.
    """

    out_name = "frame_out"

    def __init__(self, *, shape: tuple[int, ...], name: str) -> None:
        super().__init__(name=name)
        self.a_in = InPort(shape=shape)
        self.frame_out = OutPort(shape=shape)
        self.frame_out.flag_external_pipe(buffer_size=1)
