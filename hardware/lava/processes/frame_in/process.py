"""Frames and memories come in from the host."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class FrameIn(CountedProcess):
    """Raw integers from the host; sends them less the channel mean.

    Args:
        shape: (T, C, H, W), or (T, heads, d_k, d_v) of a memory.
        offset: (C or 1,) channel mean.
        signal: "image" (every pixel is a message), "spikes" or "memory" (no messages).
        name: of the input node.
    """

    in_names = ()
    out_name = "s_out"

    def __init__(self, *, shape: tuple[int, ...], offset: Array, signal: str, name: str) -> None:
        super().__init__(name=name, signal=signal)
        self.frame_in = InPort(shape=shape)
        # Why 1: the host sends one frame for every step it asks for.
        self.frame_in.flag_external_pipe(buffer_size=1)
        self.s_out = OutPort(shape=shape)
        self.offset = Var(shape=offset.shape, init=offset)
