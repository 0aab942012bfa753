"""These options say what a user may choose about integers, and what the defaults are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conversion.passes.fold_input import InputSpec, rgb_input
from spiketrack.errors import QuantisationError

MAX_STREAM_BITS = 48


@dataclass(frozen=True)
class InputRange:
    """Raw integers enter as they are.

    The default is binary spikes. Signed 8-bit values of a real input in -1..1 are
    `InputRange(-127, 127, 1 / 127)`.

    Attributes:
        low: the smallest integer that may enter.
        high: the largest integer that may enter.
        scale: the real value that one step of these integers is worth.

    Raises:
        QuantisationError: low above high, or a scale that is not a positive number.
    """

    low: int = 0
    high: int = 1
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.low > self.high or not 0.0 < self.scale < float("inf"):
            found = f"{self.low}..{self.high}, scale {self.scale}"
            raise QuantisationError("input range", "low <= high and a positive scale", found)


@dataclass(frozen=True)
class QuantiseOptions:
    """Widths and rules of the integer graph.

    Attributes:
        weight_bits: 2..8, per output channel.
        stream_bits: width of registers, membranes and residual streams; 24 is the chip's, up to 48
            in simulation.
        power_of_two: weight steps and rescale factors are powers of two (stock hardware).
        input: how raw image integers become the network's input.
        values: what all inputs take instead, as integers; None: images as `input` says, and spikes
            of the graph's own neurons.
        bits_by_layer: convolutions with another width of weights, by name.
        n_steps: steps that a graph of one step, to be run for many, is planned and certified for.

    Raises:
        QuantisationError: a width that no stream can have, or no steps.
    """

    weight_bits: int = 8
    stream_bits: int = 24
    power_of_two: bool = False
    input: InputSpec | None = None
    values: InputRange | None = None
    n_steps: int = 256
    bits_by_layer: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 8 <= self.stream_bits <= MAX_STREAM_BITS:
            raise QuantisationError("stream bits", f"8..{MAX_STREAM_BITS}", str(self.stream_bits))
        if self.n_steps < 1:
            raise QuantisationError("planned steps", "at least 1", str(self.n_steps))

    def bits_of(self, layer: str) -> int:
        """The bits of the weights of a convolution.

        Args:
            layer: its name.
        """
        return self.bits_by_layer.get(layer, self.weight_bits)

    @property
    def image(self) -> InputSpec:
        """The input rule; uint8 RGB unless another was given."""
        return self.input or rgb_input()
