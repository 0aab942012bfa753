"""Random chains of conv and NI-LIF, with neurons that never or always fire and thetas far apart."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

LEVELS = 4
SpikeGraph = Graph[s.SpikeNode]
Array = NDArray[Any]


def spikes_in(channels: int, size: int, *, high: int = LEVELS, n_steps: int = 1) -> s.SpikeInput:
    return s.SpikeInput(
        name="in", shape=(n_steps, channels, size, size + 1), signal="spikes", low=0, high=high,
        scale=1.0, offset_q=np.zeros(1, np.int32),
    )  # fmt: skip


def conv(name: str, source: str, weight: Array, **geometry: Any) -> s.SpikeConv:
    return s.SpikeConv(
        name=name, inputs=(source,), weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)), **geometry,
    )  # fmt: skip


def nilif(name: str, source: str, thresholds: ArrayLike, *, decay: ArrayLike = ()) -> s.SpikeNILIF:
    thetas = np.sort(np.asarray(thresholds, np.int64), axis=1)
    return s.SpikeNILIF(
        name=name, inputs=(source,), max_spike=thetas.shape[1], thresholds_q=thetas,
        decay_q=np.asarray(decay, np.int32), reset_q=1, bits=24,
    )  # fmt: skip


def out(source: str, scale: ArrayLike = (1.0,), bias: ArrayLike = (0.0,)) -> s.SpikeOutput:
    scales, biases = np.asarray(scale, np.float64), np.asarray(bias, np.float64)
    return s.SpikeOutput(name="out", inputs=(source,), scale=scales, bias=biases)


def single(thresholds: ArrayLike, weight: ArrayLike = ((1,), (2,)), **changes: int) -> SpikeGraph:
    """One 1x1 conv and one NI-LIF layer of LEVELS levels on a 2 x 3 grid."""
    kernel = np.asarray(weight)[:, :, None, None]
    return Graph("single", (
        spikes_in(kernel.shape[1], 2, **changes), conv("conv", "in", kernel),
        nilif("neuron", "conv", thresholds), out("neuron"),
    ))  # fmt: skip


def random_chain(seed: int, *, flatten: bool = True, reads: bool = True) -> SpikeGraph:
    """Two convs, one of them grouped, maybe flattened into a dense layer, maybe a readout."""
    rng = np.random.default_rng(seed)
    size, stride, groups = int(rng.integers(4, 7)), int(rng.integers(1, 3)), 2
    first = conv(
        "first", "in", rng.integers(-128, 128, (4, 8, 3, 3)), stride=(stride, 1),
        padding=(1, 1), groups=groups,
    )  # fmt: skip
    dilation = int(rng.integers(1, 3))
    second = conv(
        "second", "a", rng.integers(-128, 128, (3, 4, 3, 2)), padding=(dilation, 1),
        dilation=(dilation, 1),
    )  # fmt: skip
    nodes: list[s.SpikeNode] = [
        spikes_in(16, size), first, nilif("a", "first", thetas(rng, 4)),
        second, nilif("b", "second", thetas(rng, 3)),
    ]  # fmt: skip
    source = "b"
    if flatten:
        c, h, w = Graph("x", (*nodes, out("b"))).shapes["b"][1:]
        dense = rng.integers(-128, 128, (5, c * h * w, 1, 1))
        nodes += [m.Flatten(name="flat", inputs=("b",)), conv("dense", "flat", dense)]
        nodes.append(nilif("c", "dense", thetas(rng, 5)))
        source = "c"
    if reads:
        n = {"b": 3, "c": 5}[source]
        nodes.append(conv("readout", source, rng.integers(-128, 128, (2, n, 1, 1))))
        source = "readout"
    return Graph("chain", (*nodes, out(source, rng.random(1) + 0.5, rng.random(1))))


def thetas(rng: np.random.Generator, channels: int) -> Array:
    """Ascending thetas; some never reached, some always, some far from the others."""
    found = rng.integers(-500, 1500, (channels, LEVELS))
    kind = rng.random(found.shape)
    found[kind < 0.06] = 1 << 20
    found[kind > 0.94] = -(1 << 20)
    found += np.where(rng.random((channels, 1)) < 0.2, rng.choice([-5200, 5300]), 0)
    return np.sort(found, axis=1)


def frames(graph: SpikeGraph, seed: int, batch: int = 2) -> dict[str, Array]:
    node = graph.inputs[0]
    assert isinstance(node, s.SpikeInput)
    rng = np.random.default_rng(seed)
    t, c, h, w = node.shape
    return {node.name: rng.integers(node.low, node.high + 1, (t, batch, c, h, w))}
