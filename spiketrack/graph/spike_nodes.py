"""The integer graph's closed set of nodes: what runs on a chip, with every width declared.

Rule of names: an array ending in `_q` is an integer; the scale beside it gives its real value (real
= q * scale).
What each node computes is written once, executable, in `simulation.reference.engine`.
"""

from dataclasses import dataclass

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.fixed_point import MAX_SHIFT
from spiketrack.graph import neurons
from spiketrack.graph.checks import (
    Array,
    Pair,
    freeze,
    require_geometry,
    require_heads,
    require_inputs,
    require_length,
    require_shape,
    require_stream,
    span,
)
from spiketrack.graph.float_nodes import Shape, Signal, require_factor
from spiketrack.graph.structural_nodes import StructuralNode

SpikeNILIF = neurons.SpikeNILIF
SpikeCubaLIF = neurons.SpikeCubaLIF
SpikeCubaLI = neurons.SpikeCubaLI
SpikeSigma = neurons.SpikeSigma
SpikeDelta = neurons.SpikeDelta
SpikeRelu = neurons.SpikeRelu

ACCUMULATOR_BITS = 24
GATE_TABLE_STEP_LOG2 = 8
GATE_TABLE_SIZE = 4096
GATE_ONE_LOG2 = 15
GATE_FRACTION_BITS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeInput:
    """Integers enter: value = raw - offset_q[c] in low..high; real = value * scale.

    `offset_q` (C or 1,) int32 is the integer channel mean of uint8 pixels, or zeros.
    """

    name: str
    shape: Shape
    signal: Signal
    low: int
    high: int
    scale: float
    offset_q: Array
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 0)
        freeze(self, "offset_q", np.int32, 1)
        require_shape(self.name, self.shape)
        if len(self.offset_q) != 1:
            require_length(self.name, "offset_q", len(self.offset_q), self.shape[1])
        if self.low > self.high:
            raise GraphError(f"node '{self.name}'", "low <= high", f"{self.low}..{self.high}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeConv:
    """Synapses: acc[o] = sum over c, taps of weight_q[o, c, tap] * s[c], zero-padded, no bias.

    `weight_q` (O, C/groups, K_h, K_w) int8; `weight_scale` (O,) float64 is one weight step per
    output channel; stride, padding and dilation are (rows, columns).
    """

    name: str
    inputs: tuple[str, ...]
    weight_q: Array
    weight_scale: Array
    weight_bits: int = 8
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_geometry(self.name, self.stride, self.padding, self.dilation, self.groups)
        freeze(self, "weight_q", np.int8, 4)
        freeze(self, "weight_scale", np.float64, 1)
        require_length(self.name, "weight_scale", len(self.weight_scale), len(self.weight_q))
        if not 2 <= self.weight_bits <= 8:
            raise GraphError(f"node '{self.name}', weight_bits", "2..8", str(self.weight_bits))
        limit = 1 << (self.weight_bits - 1)
        if self.weight_q.size and (
            int(self.weight_q.min()) < -limit or int(self.weight_q.max()) >= limit
        ):
            raise GraphError(
                f"node '{self.name}', weight_q",
                f"{self.weight_bits}-bit weights",
                span(self.weight_q),
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeRescale:
    """To a stream: y[c] = round_half_up(x[c] * multiplier_q[c] / 2**shift_q[c]) + bias_q[c].

    All three arrays have length C or 1. A multiplier has 16 bits; shift_q may be negative (a left
    shift).
    The result has `bits` bits and the real value y * scale.
    """

    name: str
    inputs: tuple[str, ...]
    multiplier_q: Array
    shift_q: Array
    bias_q: Array
    bits: int
    scale: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        for field, dtype in (
            ("multiplier_q", np.int32),
            ("shift_q", np.int8),
            ("bias_q", np.int64),
        ):
            freeze(self, field, dtype, 1)
            require_length(self.name, field, getattr(self, field).size, self.multiplier_q.size)
        require_stream(self.name, self.bits, self.scale)
        multiplier = self.multiplier_q
        if multiplier.size == 0 or multiplier.min() < 0 or multiplier.max() >= 1 << 16:
            raise GraphError(f"node '{self.name}', multiplier_q", "0..65535", span(multiplier))
        if (np.abs(self.shift_q.astype(np.int64)) > MAX_SHIFT).any():
            raise GraphError(f"node '{self.name}', shift_q", f"-{MAX_SHIFT}..{MAX_SHIFT}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeBias:
    """y = x + table_q on the stream's own grid; `table_q` (T or 1, C, H, W) int64."""

    name: str
    inputs: tuple[str, ...]
    table_q: Array
    bits: int
    scale: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze(self, "table_q", np.int64, 4)
        require_stream(self.name, self.bits, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeAdd:
    """y = sum of the inputs, all on one stream's grid."""

    name: str
    inputs: tuple[str, ...]
    bits: int
    scale: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, None)
        require_stream(self.name, self.bits, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeSumPool:
    """y = sum over factor x factor cells; one step is worth `scale`, 1/factor**2 of x's."""

    name: str
    inputs: tuple[str, ...]
    factor: int
    bits: int
    scale: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_factor(self.name, self.factor)
        require_stream(self.name, self.bits, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeUpsample:
    """Bilinear by a power of two with integer weights (odd numbers summing to 2*factor per axis).

    One step of y is worth scale, 1/(2*factor)**2 of the input's.
    """

    name: str
    inputs: tuple[str, ...]
    factor: int
    bits: int
    scale: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_factor(self.name, self.factor)
        require_stream(self.name, self.bits, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeMemoryWrite:
    """M = k^T v per head and step, an exact product of spikes (shapes: FloatMemoryWrite)."""

    name: str
    inputs: tuple[str, ...]
    heads: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)
        require_heads(self.name, self.heads)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeMemoryRead:
    """acc = q M per head and step: spikes meet memory contents (shapes: FloatMemoryRead)."""

    name: str
    inputs: tuple[str, ...]
    heads: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)
        require_heads(self.name, self.heads)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeGateMix:
    """The T-channel gate: spikes x (T, C, H, W), logits (T, 1, C, 1) -> (1, C, H, W).

    e[t] = table_q[min((max_t l - l[t]) >> logit_shift, size - 1)];
    y = floor(2**12 * sum_t x[t] e[t] / sum_t e[t]).
    `table_q` (size,) int32 holds round(2**15 * exp(-i / 2**8)).
    """

    name: str
    inputs: tuple[str, ...]
    table_q: Array
    logit_shift: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)
        freeze(self, "table_q", np.int32, 1)
        table = self.table_q
        if self.logit_shift < 0 or table.size < 1 or table[0] < 1 or table.min() < 0:
            needed = "logit_shift >= 0 and a table that starts above 0 and is nowhere negative"
            raise GraphError(f"node '{self.name}'", needed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpikeOutput:
    """Integers leave; on the host real[c] = q * scale[c] + bias[c], both (C or 1,) float64."""

    name: str
    inputs: tuple[str, ...]
    scale: Array
    bias: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        for field in ("scale", "bias"):
            freeze(self, field, np.float64, 1)


SpikeNode = (
    SpikeInput
    | SpikeConv
    | SpikeRescale
    | SpikeBias
    | SpikeAdd
    | SpikeNILIF
    | SpikeCubaLIF
    | SpikeCubaLI
    | SpikeSigma
    | SpikeDelta
    | SpikeRelu
    | SpikeSumPool
    | SpikeUpsample
    | SpikeMemoryWrite
    | SpikeMemoryRead
    | SpikeGateMix
    | SpikeOutput
    | StructuralNode
)
