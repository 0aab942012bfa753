"""What the user may choose about integers, and what the choice defaults to."""

from dataclasses import dataclass

from conversion.passes.fold_input import InputSpec, rgb_input
from spiketrack.errors import QuantisationError

MAX_STREAM_BITS = 48


@dataclass(frozen=True)
class QuantiseOptions:
    """Widths and rules of the integer graph.

    Attributes:
        weight_bits: 2..8, per output channel.
        stream_bits: width of membranes and residual streams; 24 is the chip's, up to 48 in
            simulation.
        power_of_two: weight steps and rescale factors are powers of two (stock hardware).
        input: how raw image integers become the network's input.
    """

    weight_bits: int = 8
    stream_bits: int = 24
    power_of_two: bool = False
    input: InputSpec | None = None

    def __post_init__(self) -> None:
        if not 8 <= self.stream_bits <= MAX_STREAM_BITS:
            raise QuantisationError("stream bits", f"8..{MAX_STREAM_BITS}", str(self.stream_bits))

    @property
    def image(self) -> InputSpec:
        """The input rule; uint8 RGB unless another was given."""
        return self.input or rgb_input()
