"""Small float graphs whose streams and widths can be worked out by hand."""

from typing import Any

import numpy as np

from calibration.options import QuantiseOptions
from calibration.quantise import QuantisedGraph, quantise_graph
from conversion.passes import scaled_input
from spiketrack.graph import float_nodes as f
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph

OPTIONS = QuantiseOptions(stream_bits=24, input=scaled_input(1.0, 0, 4, channels=1))


def spikes(name: str = "x", channels: int = 1, steps: int = 1, size: int = 4) -> f.FloatInput:
    """Spikes (steps, channels, size, size)."""
    return f.FloatInput(name=name, shape=(steps, channels, size, size), signal="spikes")


def conv(
    name: str, source: str, weight: float | list[float] = 1.0, bias: float = 0.0
) -> f.FloatConv:
    """A 1x1 convolution from one channel, one weight per output channel."""
    kernel = np.atleast_1d(np.asarray(weight, np.float64))[:, None, None, None]
    return f.FloatConv(name=name, inputs=(source,), weight=kernel, bias=np.full(len(kernel), bias))


def neuron(name: str, source: str, *decay: float, max_spike: int = 4) -> f.FloatNILIF:
    """A neuron with one decay per step after the first."""
    return f.FloatNILIF(name=name, inputs=(source,), max_spike=max_spike, decay=np.array(decay))


def add(name: str, *sources: str) -> f.FloatAdd:
    """A sum."""
    return f.FloatAdd(name=name, inputs=sources)


def out(source: str, name: str = "out") -> f.FloatOutput:
    """An output."""
    return f.FloatOutput(name=name, inputs=(source,))


def graph(*nodes: FloatNode) -> Graph[FloatNode]:
    """A graph of these nodes."""
    return Graph("g", nodes)


def quantise(*nodes: FloatNode, options: QuantiseOptions = OPTIONS) -> QuantisedGraph:
    """The graph of these nodes in integers; memories hold 0..100."""
    return quantise_graph(graph(*nodes), options, memory_high=100)


def row(model: QuantisedGraph, member: str) -> dict[str, Any]:
    """The report's row of one stream."""
    return next(row for row in model.streams if row["stream"] == member)
