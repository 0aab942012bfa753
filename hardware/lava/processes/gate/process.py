"""The T-channel gate: a softmax over steps, from a table, mixes the steps of spikes."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from hardware.lava.processes.counted import CountedProcess
from spiketrack.graph.checks import Array


class Gate(CountedProcess):
    """e[t] = table[(max l - l[t]) >> shift]; y = floor(2**12 * sum x[t] e[t] / sum e[t]).

    Args:
        shape: (T, C, H, W) of the spikes; the logits are (T, 1, C, 1), the result (1, C, H, W).
        table: (size,) int32 of round(2**15 * exp(-i / 2**8)).
        logit_shift: fraction bits of the logits that the table does not resolve.
        name: for errors and counts.
    """

    in_names = ("s_in", "l_in")

    def __init__(
        self, *, shape: tuple[int, ...], table: Array, logit_shift: int, name: str
    ) -> None:
        super().__init__(name=name, logit_shift=logit_shift)
        self.s_in = InPort(shape=shape)
        self.l_in = InPort(shape=(shape[0], 1, shape[1], 1))
        self.a_out = OutPort(shape=(1, *shape[1:]))
        self.table = Var(shape=table.shape, init=table)
