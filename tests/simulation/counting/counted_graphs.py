"""Small integer graphs whose counts can be checked on paper."""

from typing import Any

import numpy as np

from simulation.counting.meters import Synops
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

Array = np.ndarray[Any, Any]


def synops(layer: LayerCounts) -> Synops:
    """What the slow event loop counts as well, of one layer."""
    return Synops(
        layer.events,
        layer.unary_spikes,
        layer.graded,
        layer.unary,
        layer.all_weights,
        layer.unary_all_weights,
    )


def spike_input(name: str, shape: tuple[int, int, int, int], high: int = 4) -> s.SpikeInput:
    offset = np.zeros(shape[1], np.int32)
    return s.SpikeInput(
        name=name, shape=shape, signal="spikes", low=0, high=high, scale=1.0, offset_q=offset
    )


def image_input(shape: tuple[int, int, int, int]) -> s.SpikeInput:
    offset = np.full(shape[1], 100, np.int32)
    return s.SpikeInput(
        name="image", shape=shape, signal="image", low=-100, high=155, scale=1.0, offset_q=offset
    )


def conv(name: str, source: str, weight: Array, **geometry: Any) -> s.SpikeConv:
    scale = np.ones(len(weight))
    weight = weight.astype(np.int8)
    return s.SpikeConv(name=name, inputs=(source,), weight_q=weight, weight_scale=scale, **geometry)


def neuron(name: str, source: str, n_steps: int = 1) -> s.SpikeNILIF:
    return s.SpikeNILIF(
        name=name,
        inputs=(source,),
        max_spike=4,
        thresholds_q=np.array([[1, 2, 3, 4]], np.int64),
        decay_q=np.zeros(n_steps - 1, np.int32),
        reset_q=1,
        bits=24,
    )


def output(source: str) -> s.SpikeOutput:
    one, zero = np.ones(1), np.zeros(1)
    return s.SpikeOutput(name=f"{source}.out", inputs=(source,), scale=one, bias=zero)


def one_conv(weight: Array, shape: tuple[int, int, int, int], **geometry: Any) -> Graph[Any]:
    return Graph("g", (spike_input("x", shape), conv("c", "x", weight, **geometry), output("c")))


def channel_last(x: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(x, 2, -1)).astype(np.uint8)


def memory_graph() -> Graph[Any]:
    write = s.SpikeMemoryWrite(name="kTv", inputs=("k", "v"), heads=2)
    read = s.SpikeMemoryRead(name="qkv", inputs=("q", "kTv"), heads=2)
    shapes = {"k": (1, 2, 1, 2), "v": (1, 4, 1, 2), "q": (1, 2, 1, 3)}
    inputs = [spike_input(name, shape) for name, shape in shapes.items()]
    return Graph("g", (*inputs, write, read, output("qkv")))
