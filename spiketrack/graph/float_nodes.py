"""The float graph's closed set of nodes describes a trained network in real numbers.

Spikes are integers 0..D here too: a neuron emits s, and an explicit `FloatScale` of 1/D follows it
until a pass
folds it away. All arrays that carry weights are float64, so that folding float32 factors together
stays exact.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spiketrack.errors import GraphError
from spiketrack.graph import float_neurons
from spiketrack.graph.checks import (
    Array,
    Pair,
    freeze,
    require_geometry,
    require_heads,
    require_inputs,
    require_length,
    require_shape,
)
from spiketrack.graph.structural_nodes import StructuralNode

FloatCubaLIF = float_neurons.FloatCubaLIF
FloatCubaLI = float_neurons.FloatCubaLI
FloatThreshold = float_neurons.FloatThreshold

Signal = Literal["image", "memory", "spikes"]
Shape = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatInput:
    """A normalised image, a memory or spikes of the shape (T, C, H, W) enter here."""

    name: str
    shape: Shape
    signal: Signal
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 0)
        require_shape(self.name, self.shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatConv:
    """Y[o] = sum over c, taps of weight[o, c, tap] * X[c] + bias[o], zero-padded, each step alike.

    `weight` (O, C/groups, K_h, K_w) and `bias` (O,) are float64; stride, padding and dilation are
    (rows, columns).
    """

    name: str
    inputs: tuple[str, ...]
    weight: Array
    bias: Array
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_geometry(self.name, self.stride, self.padding, self.dilation, self.groups)
        freeze(self, "weight", np.float64, 4)
        freeze(self, "bias", np.float64, 1)
        if len(self.bias) != len(self.weight):
            raise GraphError(
                f"node '{self.name}', bias", f"length {len(self.weight)}", str(len(self.bias))
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatBatchNorm:
    """Y[c] = X[c] * gain[c] + bias[c] - mean[c] * gain[c], gain = weight / sqrt(var + eps).

    All are the float32 numbers the network uses, widened to float64.
    """

    name: str
    inputs: tuple[str, ...]
    gain: Array
    mean: Array
    bias: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        for field in ("gain", "mean", "bias"):
            array = freeze(self, field, np.float64, 1)
            require_length(self.name, field, len(array), len(self.gain))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatScale:
    """Y = X * factor (1/D after a neuron, the attention scale after a product)."""

    name: str
    inputs: tuple[str, ...]
    factor: float

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        if not (np.isfinite(self.factor) and self.factor > 0):
            raise GraphError(f"node '{self.name}', factor", "a positive number", str(self.factor))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatAdd:
    """Y = sum of the inputs, added from left to right."""

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatBias:
    """Y = X + table, `table` (T or 1, C, H, W) float64: positions added to the membrane."""

    name: str
    inputs: tuple[str, ...]
    table: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze(self, "table", np.float64, 4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatNILIF:
    """The normalised integer leaky integrate-and-fire neuron; emits the integer s in 0..D.

    U[0] = X[0];  U[t] = (U[t-1] - s[t-1] / D) * decay[t-1] + X[t];  s[t] =
    round_half_even(clamp(U[t], 0, D)).
    `decay` (T-1,) float64 is sigmoid(theta), already applied. Empty, it makes a neuron without
    state: U[t] = X[t] for every t.
    """

    name: str
    inputs: tuple[str, ...]
    max_spike: int
    decay: Array

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        freeze(self, "decay", np.float64, 1)
        if not 1 <= self.max_spike <= 255:
            raise GraphError(f"node '{self.name}', max_spike", "1..255", str(self.max_spike))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatAvgPool:
    """Mean over factor x factor cells: (T, C, H, W) -> (T, C, H/factor, W/factor)."""

    name: str
    inputs: tuple[str, ...]
    factor: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_factor(self.name, self.factor)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatUpsample:
    """Bilinear upsampling, corners not aligned (pixel centres at half integers)."""

    name: str
    inputs: tuple[str, ...]
    factor: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)
        require_factor(self.name, self.factor)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatMemoryWrite:
    """M = k^T v per head and step.

    k (T, C, H, W), v (T, C_v, H, W) -> M (T, heads, C/heads, C_v/heads).
    """

    name: str
    inputs: tuple[str, ...]
    heads: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)
        require_heads(self.name, self.heads)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatMemoryRead:
    """Y = q M per head and step.

    q (T, C, H, W), M (T, heads, C/heads, d_v) -> Y (T, heads * d_v, H, W).
    """

    name: str
    inputs: tuple[str, ...]
    heads: int

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)
        require_heads(self.name, self.heads)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatGateMix:
    """Y = sum over t of X[t] * softmax_t(logits)[t].

    X (T, C, H, W), logits (T, 1, C, 1) -> (1, C, H, W).
    """

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FloatOutput:
    """A value leaves the graph under this name."""

    name: str
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        require_inputs(self.name, self.inputs, 1)


def require_factor(name: str, factor: int) -> None:
    """Raises GraphError unless `factor` is a power of two >= 2, exact in fixed point."""
    if factor < 2 or factor & (factor - 1):
        raise GraphError(f"node '{name}', factor", "a power of two >= 2", str(factor))


FloatNode = (
    FloatInput
    | FloatConv
    | FloatBatchNorm
    | FloatScale
    | FloatAdd
    | FloatBias
    | FloatNILIF
    | FloatCubaLIF
    | FloatCubaLI
    | FloatThreshold
    | FloatAvgPool
    | FloatUpsample
    | FloatMemoryWrite
    | FloatMemoryRead
    | FloatGateMix
    | FloatOutput
    | StructuralNode
)
