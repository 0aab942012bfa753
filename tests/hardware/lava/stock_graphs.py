"""Small graphs that are no chains, for stock processes beside ours."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

SpikeGraph = Graph[s.SpikeNode]
ONE = np.ones((1, 1, 1), np.int32)


def source(shape: tuple[int, int, int, int], low: int = 0, high: int = 4) -> s.SpikeInput:
    return s.SpikeInput(
        name="in", shape=shape, signal="spikes" if low == 0 else "image", low=low, high=high,
        scale=1.0, offset_q=np.zeros(1, np.int32),
    )  # fmt: skip


def conv(
    name: str, reads: str, shape: tuple[int, ...], *, seed: int = 0, **geometry: object
) -> s.SpikeConv:
    weight = np.random.default_rng([seed, *name.encode()]).integers(-20, 40, shape)
    return s.SpikeConv(
        name=name, inputs=(reads,), weight_q=weight.astype(np.int8),
        weight_scale=np.ones(shape[0]), **geometry,  # type: ignore[arg-type]
    )  # fmt: skip


def nilif(name: str, reads: str, channels: int, *, step: int = 60) -> s.SpikeNILIF:
    rng = np.random.default_rng([1, *name.encode()])
    thetas = np.cumsum(rng.integers(1, step, (channels, 4)), axis=1)
    return s.SpikeNILIF(
        name=name, inputs=(reads,), max_spike=4, thresholds_q=thetas,
        decay_q=np.zeros(0, np.int32), reset_q=1, bits=24,
    )  # fmt: skip


def rescale(name: str, reads: str, channels: int) -> s.SpikeRescale:
    return s.SpikeRescale(
        name=name, inputs=(reads,), multiplier_q=np.full(channels, 3, np.int32),
        shift_q=np.full(channels, 2, np.int8), bias_q=np.arange(channels, dtype=np.int64) - 9,
        bits=24, scale=1.0,
    )  # fmt: skip


def add(name: str, *reads: str) -> s.SpikeAdd:
    return s.SpikeAdd(name=name, inputs=reads, bits=24, scale=1.0)


def lif(name: str, reads: str, **changes: object) -> s.SpikeCubaLIF:
    plain: dict[str, object] = {
        "u_decay_q": ONE * 4096, "v_decay_q": ONE * 4096, "threshold_q": ONE * 40,
        "bias_mant_q": ONE * 3, "recurrent_q": np.zeros((0, 0), np.int8), "bias_exp": 6,
    }  # fmt: skip
    return s.SpikeCubaLIF(name=name, inputs=(reads,), **(plain | changes))  # type: ignore[arg-type]


def out(*reads: str) -> list[s.SpikeNode]:
    ones, zeros = np.ones(1), np.zeros(1)
    return [s.SpikeOutput(name=f"{x}.out", inputs=(x,), scale=ones, bias=zeros) for x in reads]


def residual(n_steps: int = 1) -> SpikeGraph:
    """A membrane, two convs on one way and none on the other, and a readout."""
    shape = (n_steps, 3, 5, 6)
    return Graph("residual", (
        source(shape, -300, 300), nilif("spike1", "in", 3), conv("conv1", "spike1", (4, 3, 3, 3),
        padding=(1, 1)), nilif("spike2", "conv1", 4), conv("conv2", "spike2", (3, 4, 1, 1)),
        rescale("scaled", "conv2", 3), add("stream", "in", "scaled"), nilif("spike3", "stream", 3),
        conv("logits", "spike3", (2, 3, 1, 1)), *out("logits", "stream"),
    ))  # fmt: skip


def depthwise(channels: int = 192) -> SpikeGraph:
    """More groups than stock Conv can count, an uneven kernel, a stride."""
    return Graph("depthwise", (
        source((1, channels, 5, 4)),
        conv("deep", "in", (channels, 1, 3, 2), groups=channels, stride=(2, 1), padding=(1, 0)),
        nilif("spike", "deep", channels), conv("point", "spike", (3, channels, 1, 1)),
        *out("point"),
    ))  # fmt: skip


def steps() -> SpikeGraph:
    """Three steps in one message: grouped and dilated synapses, and a neuron with decay."""
    decaying = s.SpikeNILIF(
        name="decaying", inputs=("conv",), max_spike=2, thresholds_q=np.array([[30, 90]]),
        decay_q=np.array([2048, 1024], np.int32), reset_q=16, bits=24,
    )  # fmt: skip
    return Graph("steps", (
        source((3, 4, 6, 5)), conv("conv", "in", (6, 2, 2, 3), groups=2, padding=(1, 2),
        dilation=(1, 2)), nilif("spike", "conv", 6), decaying,
        conv("after", "spike", (2, 6, 3, 3)), conv("other", "decaying", (2, 6, 3, 3)),
        add("sum", "after", "other"), nilif("end", "sum", 2), *out("end"),
    ))  # fmt: skip


def ports() -> SpikeGraph:
    """What ports do: sums of synapses, a flattened grid before a matrix; LIFs that were there."""
    return Graph("ports", (
        source((1, 2, 3, 2), 0, 1), conv("left", "in", (2, 2, 1, 1)),
        conv("right", "in", (2, 2, 3, 3), padding=(1, 1)), add("both", "left", "right"),
        nilif("spike", "both", 2), m.Flatten(name="flat", inputs=("spike",)),
        conv("dense", "flat", (5, 12, 1, 1)), lif("fires", "dense"),
        lif("shifted", "dense", weight_exp=1), conv("last", "fires", (3, 5, 1, 1)),
        add("twice", "last", "last"), *out("twice", "spike", "shifted"),
    ))  # fmt: skip


def fragile() -> SpikeGraph:
    """A stream that no frame overflows, and that a sum of 0, which no frame has, would."""
    synapses = replace(
        conv("conv", "in", (1, 1, 1, 1)), weight_q=np.full((1, 1, 1, 1), 40, np.int8)
    )
    # 40..160 less 100 is -60..60, within 7 bits; -100 is not.
    narrow = replace(
        rescale("narrow", "conv", 1), multiplier_q=np.ones(1, np.int32),
        shift_q=np.zeros(1, np.int8), bias_q=np.array([-100], np.int64), bits=7,
    )  # fmt: skip
    spikes = replace(source((1, 1, 2, 2)), low=1)
    return Graph("fragile", (spikes, synapses, narrow, *out("narrow")))


GRAPHS: dict[str, Callable[[], SpikeGraph]] = {
    "residual": residual, "residual_of_three_steps": lambda: residual(3), "depthwise": depthwise,
    "steps": steps, "ports": ports, "fragile": fragile,
}  # fmt: skip


def frames(graph: SpikeGraph, batch: int = 4) -> dict[str, NDArray[Any]]:
    """Random frames."""
    node = graph.inputs[0]
    assert isinstance(node, s.SpikeInput)
    rng = np.random.default_rng(5)
    t, *grid = node.shape
    return {node.name: rng.integers(node.low, node.high + 1, (t, batch, *grid))}
