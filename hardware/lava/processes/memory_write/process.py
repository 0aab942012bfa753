"""Writes a memory: M = k^T v per head and step."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class MemoryWrite(CountedProcess):
    """An exact product of spikes over all positions, made when a template is encoded.

    Args:
        shapes: (T, C, H, W) of k and of v.
        out_shape: (T, heads, d_k, d_v) of the memory.
        name: for errors and counts.
    """

    in_names = ("k_in", "v_in")
    out_name = "m_out"

    def __init__(
        self,
        *,
        shapes: tuple[tuple[int, ...], tuple[int, ...]],
        out_shape: tuple[int, ...],
        name: str,
    ) -> None:
        super().__init__(name=name, heads=out_shape[1])
        self.k_in = InPort(shape=shapes[0])
        self.v_in = InPort(shape=shapes[1])
        self.m_out = OutPort(shape=out_shape)
