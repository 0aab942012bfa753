"""Small integer graphs for the tests of Lava."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

SHAPE = (1, 2, 3, 3)


def narrow_graph() -> Graph[s.SpikeNode]:
    """Input -128..127, neuron, convolution, and a stream of 6 bits that 40 does not fit."""
    source = s.SpikeInput(
        name="x", shape=SHAPE, signal="image", low=-128, high=127, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    copy = s.SpikeRescale(
        name="copy", inputs=("x",), multiplier_q=np.ones(1, np.int32),
        shift_q=np.zeros(1, np.int8), bias_q=np.zeros(1, np.int64), bits=6, scale=1.0,
    )  # fmt: skip
    neuron = s.SpikeNILIF(
        name="neuron", inputs=("copy",), max_spike=4, thresholds_q=np.array([[1, 2, 3, 4]]),
        decay_q=np.zeros(0, np.int32), reset_q=1, bits=24,
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=("neuron",), scale=np.ones(1), bias=np.zeros(1))
    return Graph("narrow", (source, copy, neuron, out))


def frame(value: int) -> dict[str, NDArray[Any]]:
    """An input of `narrow_graph` that is the same everywhere."""
    return {"x": np.full((1, 1, *SHAPE[1:]), value, np.int64)}
