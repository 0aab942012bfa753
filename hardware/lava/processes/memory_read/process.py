"""Reads a memory: q M per head and step."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class MemoryRead(CountedProcess):
    """Spikes meet memory contents, which arrive as messages from the template branch.

    Args:
        shapes: (T, C, H, W) of q and (T, heads, d_k, d_v) of the memory.
        out_shape: (T, heads * d_v, H, W) of the accumulators.
        name: for errors and counts.
    """

    in_names = ("q_in", "m_in")

    def __init__(
        self,
        *,
        shapes: tuple[tuple[int, ...], tuple[int, ...]],
        out_shape: tuple[int, ...],
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.q_in = InPort(shape=shapes[0])
        self.m_in = InPort(shape=shapes[1])
        self.a_out = OutPort(shape=out_shape)
