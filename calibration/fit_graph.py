"""Fits all weights of a tracker to integers of some bits, on the values that its layers read.

What comes out are float graphs again: their weights lie on grids that integers of these bits hold,
so that the quantiser keeps every one of them exactly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from calibration.fit_weights import FittedWeights, Moments, fit_weights, variance
from calibration.options import QuantiseOptions
from simulation.floats.engine import run_float
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatConv, FloatNode
from spiketrack.graph.graph import Graph

MOST_WINDOWS = 2048
"""Windows of a convolution that one run adds; of more, every second, third ... is taken."""


@dataclass(frozen=True)
class FitCrops:
    """Crops of one target, raw integers.

    Attributes:
        templates: (T, 1, 3, S, S).
        searches: (1, K, 3, S, S).
    """

    templates: Array
    searches: Array


@dataclass
class _Sums:
    """Sums over windows of one convolution."""

    count: int = 0
    first: Any = 0.0
    second: Any = 0.0

    def add(self, windows: Array) -> None:
        """Adds (P, G, n) windows."""
        self.count += len(windows)
        self.first = self.first + windows.sum(axis=0)
        self.second = self.second + np.einsum("pgi,pgj->gij", windows, windows, optimize=True)

    def moments(self) -> Moments:
        """Mean and covariance."""
        mean = self.first / self.count
        outer = mean[:, :, None] * mean[:, None, :]
        return Moments(mean, self.second / self.count - outer)


Layer = tuple[str, str]
"""The name of a graph, and of a convolution in it."""


class Fitter:
    """Fits both graphs of a tracker to integers of any bits, on crops that it has run once.

    The search graph reads memories of the float template graph.

    Args:
        graphs: "template" and "search", folded, whose image inputs take integers.
        options: the image rule, and whether steps are powers of two.
        crops: at least one target.
    """

    def __init__(
        self,
        graphs: Mapping[str, Graph[FloatNode]],
        options: QuantiseOptions,
        crops: Sequence[FitCrops],
    ) -> None:
        self.graphs = graphs
        self._power_of_two = options.power_of_two
        self._fitted: dict[tuple[Layer, int], FittedWeights] = {}
        sums: dict[Layer, _Sums] = {}
        for name, inputs in _runs(graphs["template"], options, crops):
            _add(sums, name, graphs[name], inputs)
        self.moments = {layer: of.moments() for layer, of in sums.items()}

    def fit(self, layer: Layer, bits: int) -> FittedWeights:
        """The weights of one convolution."""
        key = layer, bits
        if key not in self._fitted:
            self._fitted[key] = fit_weights(
                self.conv(layer).weight, self.moments[layer], bits,
                power_of_two=self._power_of_two,
            )  # fmt: skip
        return self._fitted[key]

    def noise(self, layer: Layer, bits: int) -> float:
        """Variance of what rounding adds to the sums of a convolution, over that of the sums."""
        weight, moments = self.conv(layer).weight, self.moments[layer]
        signal = variance(weight, moments)
        lost = variance(weight - self.fit(layer, bits).weight, moments)
        return lost / signal if signal > 0.0 else 0.0

    def fitted(self, options: QuantiseOptions) -> dict[str, Graph[FloatNode]]:
        """Both graphs with fitted weights and corrected biases.

        Args:
            options: bits of every layer.
        """
        return {
            name: Graph(graph.name, tuple(self._node(name, node, options) for node in graph))
            for name, graph in self.graphs.items()
        }

    def _node(self, graph: str, node: FloatNode, options: QuantiseOptions) -> FloatNode:
        if not isinstance(node, FloatConv):
            return node
        found = self.fit((graph, node.name), options.bits_of(node.name))
        return replace(node, weight=found.weight, bias=node.bias + found.bias_gain)

    def conv(self, layer: Layer) -> FloatConv:
        """The convolution with its trained weights."""
        graph, name = layer
        node = self.graphs[graph][name]
        if not isinstance(node, FloatConv):
            raise TypeError(f"node '{name}' of graph '{graph}' is no convolution")
        return node


def _runs(
    template: Graph[FloatNode], options: QuantiseOptions, crops: Sequence[FitCrops]
) -> Iterator[tuple[str, dict[str, Array]]]:
    """Which graph runs on what, target by target."""
    offset = options.image.offset[:, None, None]
    for of in crops:
        first = {"image": of.templates - offset}
        yield "template", first
        yield "search", {"image": of.searches - offset, **_memories(template, first, of)}


def _add(
    sums: dict[Layer, _Sums], name: str, graph: Graph[FloatNode], inputs: Mapping[str, Array]
) -> None:
    """Runs a graph once, and adds what its convolutions read."""
    values = run_float(graph, inputs).values
    for node in graph:
        if isinstance(node, FloatConv):
            of = sums.setdefault((name, node.name), _Sums())
            of.add(windows_of(node, values[node.inputs[0]]))


def _memories(
    graph: Graph[FloatNode], template: Mapping[str, Array], crops: FitCrops
) -> dict[str, Array]:
    """The target's memories, once for every search crop."""
    outputs = run_float(graph, template, keep=False).outputs
    count = crops.searches.shape[1]
    return {name: np.repeat(memory, count, axis=1) for name, memory in outputs.items()}


def windows_of(node: FloatConv, values: Array) -> Array:
    """What a convolution reads at every output position: float64 (P, G, I * K_h * K_w).

    Args:
        node: the convolution.
        values: its input, (T, B, C, H, W).
    """
    frames = torch.from_numpy(np.ascontiguousarray(values.reshape(-1, *values.shape[2:]))).double()
    columns = torch.nn.functional.unfold(
        frames, node.weight.shape[2:], dilation=node.dilation, padding=node.padding,
        stride=node.stride,
    )  # fmt: skip
    flat = columns.transpose(1, 2).reshape(-1, node.groups, columns.shape[1] // node.groups)
    windows: Array = flat[:: -(-len(flat) // MOST_WINDOWS)].numpy()
    return windows
