"""Torch networks for NeuroBench and the same networks as graphs of ours.

All weights are multiples of 1/8 and every decay is a power of two, so that both sides spike alike
to the last bit and only the counting is compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph

NETWORKS: dict[str, Callable[[], "Twins"]] = {}


@dataclass(frozen=True, eq=False)
class Twins:
    """One network twice.

    Attributes:
        network: takes (B, C, H, W) or (B, features) of one step, gives (spikes, anything).
        graph: the same as float nodes; its input is called "x".
        data: (B, T, ...) for NeuroBench.
    """

    network: nn.Module
    graph: Graph[FloatNode]
    data: Tensor

    def values(self) -> Array:
        """The input for our engine, (T, B, C, H, W)."""
        steps: Array = self.data.transpose(0, 1).numpy()
        return steps if steps.ndim == 5 else steps[..., None, None]


class Level(nn.Module):
    """A spike where the input exceeds 1, no state."""

    def forward(self, x: Tensor) -> Tensor:
        return (x > 1.0).to(x.dtype)


class IntegerNeuron(nn.Module):
    """NI-LIF over steps: U <- (U - s / D) / 2 + X, s = round(clamp(U, 0, D))."""

    def __init__(self, max_spike: int) -> None:
        super().__init__()
        self.max_spike = max_spike
        self.rest: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        membrane = x if self.rest is None else self.rest * 0.5 + x
        spike = membrane.clamp(0, self.max_spike).round()
        self.rest = membrane - spike / self.max_spike
        return spike


class Recurrent(nn.Module):
    """A leaky layer that reads its own spikes one step late."""

    def __init__(self, feedback: nn.Linear) -> None:
        super().__init__()
        self.feedback, self.leaky = feedback, _leaky()
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        last = torch.zeros_like(x) if self.last is None else self.last
        fired: Tensor = self.leaky(x + self.feedback(last))
        self.last = fired
        return fired


class Residual(nn.Module):
    """A leaky layer, and the sum of its spikes and those of a second one behind it."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.first, self.layer, self.second = _leaky(), layer, _leaky()

    def forward(self, x: Tensor) -> Tensor:
        fired: Tensor = self.first(x)
        found: Tensor = fired + self.second(self.layer(fired))
        return found


class Stack(nn.Module):
    """Layers one after another; gives what `SNNTorchModel` expects."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def reset(self) -> None:
        """Forgets all states."""
        for layer in self.modules():
            if isinstance(layer, IntegerNeuron):
                layer.rest = None
            elif isinstance(layer, Recurrent):
                layer.last = None
            elif hasattr(layer, "reset_mem"):
                reset_mem: Any = layer.reset_mem
                reset_mem()

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        for layer in self.layers:
            x = layer(x)
        return x, None


def convolutions() -> Twins:
    """Stride, padding, groups and dilation on an image of real numbers, one step."""
    rng = np.random.default_rng(0)
    first = _conv(rng, (6, 2, 3, 3), stride=(2, 2), padding=(1, 1))
    second = _conv(rng, (4, 3, 3, 5), padding=(2, 2), dilation=(2, 1), groups=2)
    third = _linear(rng, 7, 4 * 6 * 5)
    network = Stack(first, Level(), second, Level(), nn.Flatten(), third)
    level = np.ones((1, 1, 1))
    nodes = (
        f.FloatInput(name="x", shape=(1, 2, 12, 10), signal="image"),
        _twin("conv1", "x", first),
        f.FloatThreshold(name="spike1", inputs=("conv1",), level=level),
        _twin("conv2", "spike1", second),
        f.FloatThreshold(name="spike2", inputs=("conv2",), level=level),
        m.Flatten(name="flat", inputs=("spike2",)),
        _twin("dense", "flat", third),
        f.FloatOutput(name="out", inputs=("dense",)),
    )
    image = rng.integers(-3, 6, (3, 1, 2, 12, 10)) / 2
    return Twins(network, Graph("convolutions", nodes), torch.tensor(image, dtype=torch.float32))


def dense() -> Twins:
    """Two dense layers with leaky neurons of snntorch over twelve steps of binary spikes."""
    rng = np.random.default_rng(1)
    first, second = _linear(rng, 16, 20), _linear(rng, 5, 16)
    network = Stack(first, _leaky(), second, _leaky())
    nodes = (
        f.FloatInput(name="x", shape=(12, 20, 1, 1), signal="spikes"),
        _twin("dense1", "x", first),
        _leaky_twin("spike1", "dense1"),
        _twin("dense2", "spike1", second),
        _leaky_twin("spike2", "dense2"),
        f.FloatOutput(name="out", inputs=("spike2",)),
    )
    spikes = rng.random((4, 12, 20)) < 0.3
    return Twins(network, Graph("dense", nodes), torch.tensor(spikes, dtype=torch.float32))


def layers_over_time() -> Twins:
    """Convolution, depthwise convolution and a dense layer with leaky neurons, eight steps."""
    rng = np.random.default_rng(2)
    first = _conv(rng, (4, 2, 3, 3), stride=(2, 1), padding=(1, 0))
    second = _conv(rng, (4, 1, 3, 3), padding=(1, 1), groups=4)
    third = _linear(rng, 6, 4 * 4 * 6)
    network = Stack(first, _leaky(), second, _leaky(), nn.Flatten(), third, _leaky())
    nodes = (
        f.FloatInput(name="x", shape=(8, 2, 8, 8), signal="spikes"),
        _twin("conv1", "x", first),
        _leaky_twin("spike1", "conv1"),
        _twin("conv2", "spike1", second),
        _leaky_twin("spike2", "conv2"),
        m.Flatten(name="flat", inputs=("spike2",)),
        _twin("dense", "flat", third),
        _leaky_twin("spike3", "dense"),
        f.FloatOutput(name="out", inputs=("spike3",)),
    )
    spikes = rng.random((2, 8, 2, 8, 8)) < 0.25
    return Twins(network, Graph("time", nodes), torch.tensor(spikes, dtype=torch.float32))


def integer_spikes() -> Twins:
    """NI-LIF neurons, D = 4: graded spikes through a padded convolution, six steps."""
    rng = np.random.default_rng(3)
    first = _conv(rng, (5, 2, 3, 3), padding=(1, 1), bias=False)
    second = _conv(rng, (3, 5, 3, 3), stride=(2, 2), padding=(1, 1))
    network = Stack(first, IntegerNeuron(4), second)
    nodes = (
        f.FloatInput(name="x", shape=(6, 2, 8, 6), signal="image"),
        _twin("conv1", "x", first),
        f.FloatNILIF(name="spike1", inputs=("conv1",), max_spike=4, decay=np.full(5, 0.5)),
        _twin("conv2", "spike1", second),
        f.FloatOutput(name="out", inputs=("conv2",)),
    )
    # The last steps are faint: no spike exceeds 1 there, and NeuroBench calls them accumulates.
    strength = np.array([1.0, 1.0, 0.25, 0.0, 0.0, 0.0])[None, :, None, None, None]
    image = rng.integers(-2, 3, (2, 6, 2, 8, 6)) / 4 * strength
    return Twins(network, Graph("integers", nodes), torch.tensor(image, dtype=torch.float32))


def pooled() -> Twins:
    """Spikes through an average pool into a convolution, six steps."""
    rng = np.random.default_rng(4)
    first = _conv(rng, (4, 2, 3, 3), padding=(1, 1))
    second = _conv(rng, (3, 4, 3, 3), padding=(1, 1))
    network = Stack(first, _leaky(), nn.AvgPool2d(2), second)
    nodes = (
        f.FloatInput(name="x", shape=(6, 2, 8, 8), signal="spikes"),
        _twin("conv1", "x", first),
        _leaky_twin("spike1", "conv1"),
        f.FloatAvgPool(name="pool", inputs=("spike1",), factor=2),
        _twin("conv2", "pool", second),
        f.FloatOutput(name="out", inputs=("conv2",)),
    )
    spikes = rng.random((2, 6, 2, 8, 8)) < 0.15
    return Twins(network, Graph("pooled", nodes), torch.tensor(spikes, dtype=torch.float32))


def residual() -> Twins:
    """Two layers of spikes added into a third convolution, six steps."""
    rng = np.random.default_rng(5)
    first, second, third = (
        _conv(rng, shape, padding=(1, 1)) for shape in ((4, 2, 3, 3), (4, 4, 3, 3), (3, 4, 3, 3))
    )
    network = Stack(first, Residual(second), third)
    nodes = (
        f.FloatInput(name="x", shape=(6, 2, 6, 6), signal="spikes"),
        _twin("conv1", "x", first),
        _leaky_twin("spike1", "conv1"),
        _twin("conv2", "spike1", second),
        _leaky_twin("spike2", "conv2"),
        f.FloatAdd(name="sum", inputs=("spike1", "spike2")),
        _twin("conv3", "sum", third),
        f.FloatOutput(name="out", inputs=("conv3",)),
    )
    spikes = rng.random((2, 6, 2, 6, 6)) < 0.15
    return Twins(network, Graph("residual", nodes), torch.tensor(spikes, dtype=torch.float32))


def recurrent() -> Twins:
    """A dense layer whose leaky neurons read their own spikes, ten steps."""
    rng = np.random.default_rng(6)
    first, second = _linear(rng, 12, 15), _linear(rng, 4, 12)
    feedback = nn.Linear(12, 12, bias=False)
    feedback.weight.data = _weights(rng, (12, 12))
    network = Stack(first, Recurrent(feedback), second)
    nodes = (
        f.FloatInput(name="x", shape=(10, 15, 1, 1), signal="spikes"),
        _twin("dense1", "x", first),
        _leaky_twin("spike1", "dense1", feedback.weight.detach().numpy().astype(np.float64)),
        _twin("dense2", "spike1", second),
        f.FloatOutput(name="out", inputs=("dense2",)),
    )
    spikes = rng.random((3, 10, 15)) < 0.3
    return Twins(network, Graph("recurrent", nodes), torch.tensor(spikes, dtype=torch.float32))


NETWORKS.update(
    {
        "conv: stride, padding, groups, dilation": convolutions,
        "dense, snntorch Leaky, 12 steps": dense,
        "conv + depthwise + dense, Leaky, 8 steps": layers_over_time,
        "NI-LIF integers 0..4, 6 steps": integer_spikes,
        "average pool before a conv, 6 steps": pooled,
        "residual sum before a conv, 6 steps": residual,
        "recurrent layer, 10 steps": recurrent,
    }
)


def _weights(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """Multiples of 1/8, about a third of them zero."""
    values = rng.integers(-8, 12, shape) / 8 * (rng.random(shape) < 0.7)
    return torch.tensor(values, dtype=torch.float32)


def _conv(rng: np.random.Generator, shape: tuple[int, int, int, int], **options: Any) -> nn.Conv2d:
    groups = options.get("groups", 1)
    layer = nn.Conv2d(shape[1] * groups, shape[0], shape[2:], **options)
    layer.weight.data = _weights(rng, shape)
    if layer.bias is not None:
        layer.bias.data = _weights(rng, shape[:1])
    return layer


def _linear(rng: np.random.Generator, n_out: int, n_in: int) -> nn.Linear:
    layer = nn.Linear(n_in, n_out)
    layer.weight.data = _weights(rng, (n_out, n_in))
    layer.bias.data = _weights(rng, (n_out,))
    return layer


def _leaky() -> nn.Module:
    leaky: nn.Module = import_module("snntorch").Leaky(
        beta=0.5, threshold=1.0, init_hidden=True, reset_mechanism="zero", reset_delay=False
    )
    return leaky


def _leaky_twin(name: str, source: str, recurrent: Array | None = None) -> FloatNode:
    loop = np.zeros((0, 0)) if recurrent is None else recurrent
    one, zero = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
    return f.FloatCubaLIF(
        name=name, inputs=(source,), u_keep=zero, u_gain=one, v_keep=one / 2, v_gain=one,
        v_drive=zero, threshold=one, v_reset=zero, recurrent=loop, reset="value",
    )  # fmt: skip


def _twin(name: str, source: str, layer: nn.Conv2d | nn.Linear) -> FloatNode:
    weight = layer.weight.detach().numpy().astype(np.float64)
    bias = np.zeros(len(weight)) if layer.bias is None else layer.bias.detach().numpy()
    geometry: dict[str, Any] = {}
    if isinstance(layer, nn.Conv2d):
        pairs = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        geometry = {key: _pair(value) for key, value in pairs.items()}
        geometry["groups"] = layer.groups
    else:
        weight = weight[..., None, None]
    return f.FloatConv(
        name=name, inputs=(source,), weight=weight, bias=bias.astype(np.float64), **geometry
    )


def _pair(value: Any) -> Pair:
    return int(value[0]), int(value[1])
