"""Fits all weights of a float graph to integers of some bits, on the values that it reads itself.

What comes out is a float graph again: its weights lie on grids that integers of these bits hold, so
that the quantiser keeps every one of them exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from calibration.fit_weights import Moments, fit_weights
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


@dataclass
class _Seen:
    """Sums of every convolution of a graph."""

    sums: dict[str, _Sums] = field(default_factory=dict)

    def add(self, graph: Graph[FloatNode], inputs: Mapping[str, Array]) -> None:
        """Runs the graph once."""
        values = run_float(graph, inputs).values
        for node in graph:
            if isinstance(node, FloatConv):
                sums = self.sums.setdefault(node.name, _Sums())
                sums.add(windows_of(node, values[node.inputs[0]]))


def fit_graph(
    graph: Graph[FloatNode], options: QuantiseOptions, runs: Iterable[Mapping[str, Array]]
) -> Graph[FloatNode]:
    """The graph with fitted weights and corrected biases.

    Args:
        graph: a folded float graph whose image input takes integers.
        options: widths and rules.
        runs: inputs by name, (T, B, C, H, W), of at least one run.
    """
    seen = _Seen()
    for inputs in runs:
        seen.add(graph, inputs)
    nodes: list[FloatNode] = []
    for node in graph:
        if isinstance(node, FloatConv):
            fitted = fit_weights(
                node.weight, seen.sums[node.name].moments(), options.bits_of(node.name),
                power_of_two=options.power_of_two,
            )  # fmt: skip
            node = replace(node, weight=fitted.weight, bias=node.bias + fitted.bias_gain)
        nodes.append(node)
    return Graph(graph.name, tuple(nodes))


def fit_model(
    graphs: Mapping[str, Graph[FloatNode]], options: QuantiseOptions, crops: Sequence[FitCrops]
) -> dict[str, Graph[FloatNode]]:
    """Fits both graphs of a tracker; the search graph reads memories of the float template graph.

    Args:
        graphs: "template" and "search", folded, whose image inputs take integers.
        options: widths and rules.
        crops: at least one target.
    """
    offset = options.image.offset[:, None, None]
    templates = [{"image": of.templates - offset} for of in crops]
    searches = [
        {"image": of.searches - offset, **_memories(graphs["template"], template, of)}
        for template, of in zip(templates, crops, strict=True)
    ]
    return {
        "template": fit_graph(graphs["template"], options, templates),
        "search": fit_graph(graphs["search"], options, searches),
    }


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
