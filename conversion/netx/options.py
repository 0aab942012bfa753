"""These options say what a `.net` file does not, as in lava-dl's own loader."""

from dataclasses import dataclass

MAX_MESSAGE_BITS = 24
MAX_SPIKE_EXP = 7


@dataclass(frozen=True, slots=True)
class NetxOptions:
    """Options of `read_netx` and `write_netx`; the names are those of lava-dl's loader.

    Attributes:
        n_steps: steps T of the graph.
        reset_interval: CUBA layer L (0 for the first one that is read) forgets u and v before every
            step t with t % reset_interval == (reset_offset + L) % reset_interval; None: never.
        reset_offset: phase of that reset.
        spike_exp: binary places of a graded spike of a sigma-delta network.
        skip_layers: so many layers of the file are left out; their last shape is the input's.
        input_shape: (C, H, W) of the input if the file has no input layer and begins with a conv
            (lava-dl's loader takes it the other way round).
        input_message_bits: 0 for binary spikes into a network without an input neuron, else the
            signed bits of a graded spike.
    """

    n_steps: int = 1
    reset_interval: int | None = None
    reset_offset: int = 0
    spike_exp: int = 6
    skip_layers: int = 0
    input_shape: tuple[int, int, int] | None = None
    input_message_bits: int = 0

    def __post_init__(self) -> None:
        if self.n_steps < 1 or self.skip_layers < 0 or self.reset_offset < 0:
            raise ValueError("n_steps must be at least 1, skip_layers and reset_offset at least 0")
        if self.reset_interval is not None and self.reset_interval < 1:
            raise ValueError(f"reset_interval must be None or >= 1, not {self.reset_interval}")
        if not 0 <= self.spike_exp <= MAX_SPIKE_EXP:
            raise ValueError(f"spike_exp must be 0..{MAX_SPIKE_EXP}, not {self.spike_exp}")
        if not 0 <= self.input_message_bits <= MAX_MESSAGE_BITS:
            raise ValueError(f"input_message_bits must be 0..{MAX_MESSAGE_BITS}")
        if self.input_shape is not None and min(self.input_shape) < 1:
            raise ValueError(f"input_shape must be positive, not {self.input_shape}")

    def reset_of(self, layer: int) -> tuple[int, int]:
        """The period and phase, in steps, of the reset of a CUBA layer; (0, 0) for no reset.

        Args:
            layer: L, the number of the layer among the CUBA layers that are read, from 0.
        """
        if self.reset_interval is None:
            return 0, 0
        return self.reset_interval, (self.reset_offset + layer) % self.reset_interval
