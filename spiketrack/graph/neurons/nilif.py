"""The integer NI-LIF neuron has several levels and sends graded spikes 0..D over several steps."""

from dataclasses import dataclass

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph.checks import MAX_BITS, Array, freeze, require_inputs, span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeNILIF:
    """The integer NI-LIF neuron.

    U[0] = X[0];
    U[t] = round_half_up((U[t-1] - s[t-1] * reset_q) * decay_q[t-1] / 2**12) + X[t];
    s[t] = number of k in 1..D with U[t] >= thresholds_q[c, k-1].
    `thresholds_q` (C or 1, D) int64, ascending; `decay_q` (T-1,) int32. Empty, it makes a neuron
    without state: U[t] = X[t] for every t.
    """

    name: str
    inputs: tuple[str, ...]
    max_spike: int
    thresholds_q: Array
    decay_q: Array
    reset_q: int
    bits: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        thresholds = freeze(self, "thresholds_q", np.int64, 2)
        freeze(self, "decay_q", np.int32, 1)
        if thresholds.shape[1] != self.max_spike or (thresholds[:, 1:] < thresholds[:, :-1]).any():
            raise GraphError(
                f"node '{self.name}', thresholds_q", f"{self.max_spike} ascending per channel"
            )
        if self.decay_q.size and (self.decay_q.min() < 0 or self.decay_q.max() > 1 << 12):
            raise GraphError(f"node '{self.name}', decay_q", "0..4096", span(self.decay_q))
        if self.reset_q < 0 or not 1 <= self.max_spike <= 255 or not 1 <= self.bits <= MAX_BITS:
            needed = f"reset_q >= 0, max_spike 1..255, 1..{MAX_BITS} bits"
            found = f"reset_q {self.reset_q}, max_spike {self.max_spike}, {self.bits} bits"
            raise GraphError(f"node '{self.name}'", needed, found)
