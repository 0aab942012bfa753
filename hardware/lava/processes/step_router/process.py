"""Repeats, selects or stacks the steps of its messages."""

from lava.magma.core.process.ports.ports import InPort, OutPort

from hardware.lava.processes.counted import CountedProcess


class StepRouter(CountedProcess):
    """Step j of the result is step picks[j][1] of the message on port s_in_<picks[j][0]>.

    Args:
        shapes: (T_i, C, H, W) of every input.
        picks: (input, step) of every step of the result.
        name: for errors and counts.
    """

    out_name = "s_out"

    def __init__(
        self,
        *,
        shapes: tuple[tuple[int, ...], ...],
        picks: tuple[tuple[int, int], ...],
        name: str,
    ) -> None:
        super().__init__(name=name, picks=picks)
        self.in_names = tuple(f"s_in_{i}" for i in range(len(shapes)))
        for port, shape in zip(self.in_names, shapes, strict=True):
            setattr(self, port, InPort(shape=shape))
        self.s_out = OutPort(shape=(len(picks), *shapes[0][1:]))
