"""Moves grid and channels: positions to channels, or flatten."""

from typing import Literal

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class Reshape(CountedProcess):
    """(T, C, H, W) -> (T, H*W, C, 1) ("swap") or (T, C*H*W, 1, 1) ("flatten").

    Args:
        shape: (T, C, H, W) of the input.
        move: which of the two.
        name: for errors and counts.
    """

    in_names = ("s_in",)
    out_name = "s_out"

    def __init__(
        self, *, shape: tuple[int, ...], move: Literal["swap", "flatten"], name: str
    ) -> None:
        super().__init__(name=name, move=move)
        t, c, h, w = shape
        self.s_in = InPort(shape=shape)
        self.s_out = OutPort(shape=(t, h * w, c, 1) if move == "swap" else (t, c * h * w, 1, 1))
