"""Small float graphs for the NIR tests, and what it means that two graphs are the same."""

from typing import Any

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import array_fields, to_record

NO_DECAY = np.zeros(0)


def kernel(seed: int, shape: tuple[int, ...], *, dyadic: bool = False) -> Array:
    """Random float64 weights; dyadic ones are k / 8 with k in -4..4, so that sums are exact."""
    rng = np.random.default_rng(seed)
    return rng.integers(-4, 5, shape) / 8.0 if dyadic else rng.standard_normal(shape)


def all_node_types() -> Graph[f.FloatNode]:
    """Every float node but the batch norm: steps, cuts, an operand named twice, dotted names."""
    nodes: list[f.FloatNode] = [
        f.FloatInput(name="image", shape=(1, 4, 8, 8), signal="image"),
        f.FloatInput(name="memory", shape=(2, 2, 2, 4), signal="memory"),
        f.FloatConv(
            name="encoder.conv.0", inputs=("image",), weight=kernel(1, (4, 2, 3, 3)),
            bias=kernel(2, (4,)), padding=(1, 1), groups=2,
        ),
        f.FloatNILIF(name="spike", inputs=("encoder.conv.0",), max_spike=4, decay=NO_DECAY),
        f.FloatScale(name="spike.scale", inputs=("spike",), factor=1 / 3),
        f.FloatAdd(name="sum", inputs=("spike.scale", "encoder.conv.0", "spike.scale")),
        f.FloatAvgPool(name="pool", inputs=("sum",), factor=2),
        m.Repeat(name="twice", inputs=("pool",), n_steps=2),
        f.FloatBias(name="pos", inputs=("twice",), table=kernel(3, (2, 4, 4, 4))),
        f.FloatNILIF(name="q_spike@1", inputs=("pos",), max_spike=3, decay=kernel(4, (3,)) ** 2),
        f.FloatMemoryWrite(name="kTv", inputs=("q_spike@1", "q_spike@1"), heads=2),
        f.FloatMemoryRead(name="qkv", inputs=("q_spike@1", "memory"), heads=2),
        m.SelectStep(name="last", inputs=("qkv",), step=1),
        m.SelectStep(name="first", inputs=("qkv",), step=0),
        m.StackSteps(name="stacked", inputs=("last", "first")),
        m.PositionsToChannels(name="turned", inputs=("stacked",)),
        f.FloatConv(
            name="gate", inputs=("turned",), weight=kernel(5, (1, 16, 1, 1)), bias=np.zeros(1)
        ),
        f.FloatGateMix(name="mixed", inputs=("stacked", "gate")),
        f.FloatUpsample(name="up", inputs=("mixed",), factor=2),
        f.FloatOutput(name="features", inputs=("up",)),
        f.FloatOutput(name="memory.0", inputs=("kTv",)),
        f.FloatOutput(name="spikes", inputs=("spike",)),
    ]  # fmt: skip
    return Graph("search", tuple(nodes))


def stateless() -> Graph[f.FloatNode]:
    """What NIR says without a cut, in dyadic numbers: conv, depthwise, residual, pool, table."""
    nodes: list[f.FloatNode] = [
        f.FloatInput(name="image", shape=(1, 2, 8, 8), signal="image"),
        f.FloatConv(
            name="conv", inputs=("image",), weight=kernel(1, (6, 2, 3, 3), dyadic=True),
            bias=kernel(2, (6,), dyadic=True), padding=(1, 1),
        ),
        f.FloatNILIF(name="spike.0", inputs=("conv",), max_spike=4, decay=NO_DECAY),
        f.FloatConv(
            name="depthwise", inputs=("spike.0",), weight=kernel(3, (6, 1, 3, 3), dyadic=True),
            bias=kernel(4, (6,), dyadic=True), padding=(1, 1), groups=6,
        ),
        f.FloatScale(name="half", inputs=("depthwise",), factor=0.5),
        f.FloatAdd(name="residual", inputs=("half", "conv", "half")),
        f.FloatBias(
            name="pos", inputs=("residual",), table=kernel(5, (1, 6, 8, 8), dyadic=True)
        ),
        f.FloatNILIF(name="spike.1", inputs=("pos",), max_spike=2, decay=NO_DECAY),
        f.FloatAvgPool(name="pool", inputs=("spike.1",), factor=2),
        f.FloatConv(
            name="last", inputs=("pool",), weight=kernel(6, (3, 6, 3, 3), dyadic=True),
            bias=np.zeros(3), stride=(2, 1), padding=(1, 2), dilation=(1, 2),
        ),
        f.FloatOutput(name="map", inputs=("last",)),
        f.FloatOutput(name="spikes.0", inputs=("spike.0",)),
        f.FloatOutput(name="spikes.1", inputs=("spike.1",)),
    ]  # fmt: skip
    return Graph("stateless", tuple(nodes))


def stateful() -> Graph[f.FloatNode]:
    """One neuron layer over three steps."""
    return Graph(
        "stateful",
        (
            f.FloatInput(name="drive", shape=(3, 2, 4, 4), signal="image"),
            f.FloatNILIF(
                name="spike", inputs=("drive",), max_spike=4, decay=np.array([0.5, 0.25, 0.75])
            ),
            f.FloatOutput(name="out", inputs=("spike",)),
        ),
    )


def per_neuron(seed: int, *shape: int, low: float = 0.0, high: float = 1.0) -> Array:
    """Random parameters of neurons (C, H, W)."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def cuba(name: str, source: str, shape: tuple[int, ...], **changes: object) -> f.FloatCubaLIF:
    """A current-based neuron with parameters of the given shape."""
    given = {
        "u_keep": per_neuron(1, *shape), "u_gain": per_neuron(2, *shape),
        "v_keep": per_neuron(3, *shape), "v_gain": per_neuron(4, *shape),
        "v_drive": per_neuron(5, *shape, high=0.1), "threshold": per_neuron(6, *shape),
        "v_reset": per_neuron(7, *shape, low=-0.5, high=0.0), "recurrent": np.zeros((0, 0)),
    }  # fmt: skip
    return f.FloatCubaLIF(name=name, inputs=(source,), **{**given, **changes})  # type: ignore[arg-type]


def temporal(n_steps: int = 20) -> Graph[f.FloatNode]:
    """Every node with time in it: all NIR neurons, delays, recurrence, dense layers on a point."""
    one, none = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
    lif: dict[str, Any] = {"u_keep": none, "u_gain": one}
    nodes: list[f.FloatNode] = [
        f.FloatInput(name="in", shape=(n_steps, 2, 6, 6), signal="spikes"),
        f.FloatConv(
            name="conv", inputs=("in",), weight=kernel(1, (4, 2, 3, 3)), bias=kernel(2, (4,)),
            stride=(2, 2), padding=(1, 1),
        ),
        cuba("cuba", "conv", (4, 3, 3)),
        m.Delay(name="wait", inputs=("cuba",), steps_q=np.arange(4, dtype=np.int32)[:, None, None]),
        m.Flatten(name="flat", inputs=("wait",)),
        f.FloatConv(
            name="dense", inputs=("flat",), weight=kernel(3, (8, 36, 1, 1)), bias=kernel(4, (8,))
        ),
        f.FloatBias(name="bias", inputs=("dense",), table=kernel(10, (1, 8, 1, 1)) / 8),
        cuba("lif", "bias", (8, 1, 1), **lif, recurrent=kernel(5, (8, 8)), reset="subtract"),
        f.FloatConv(
            name="grouped", inputs=("lif",), weight=kernel(6, (8, 2, 1, 1)), bias=np.zeros(8),
            groups=4,
        ),
        f.FloatThreshold(name="fire", inputs=("grouped",), level=per_neuron(8, 8, 1, 1)),
        cuba(
            "if", "fire", (1, 1, 1), **lif, v_keep=one, v_gain=0.75 * one, v_drive=none,
            v_reset=none,
        ),
        f.FloatCubaLI(
            name="li", inputs=("if",), **lif, v_keep=0.5 * one, v_gain=one, v_drive=0.1 * one
        ),
        f.FloatCubaLI(
            name="sum", inputs=("li",), **lif, v_keep=one, v_gain=one, v_drive=none
        ),
        f.FloatCubaLI(
            name="slow", inputs=("sum",), u_keep=0.5 * one, u_gain=one, v_keep=one, v_gain=one,
            v_drive=0.01 * one,
        ),
        f.FloatConv(
            name="to_point", inputs=("cuba",), weight=kernel(9, (5, 4, 3, 3)), bias=kernel(7, (5,))
        ),
        f.FloatOutput(name="levels", inputs=("slow",)),
        f.FloatOutput(name="spikes", inputs=("lif",)),
        f.FloatOutput(name="point", inputs=("to_point",)),
    ]  # fmt: skip
    return Graph("temporal", tuple(nodes))


def contents(graph: Graph[f.FloatNode]) -> list[object]:
    """Everything a graph says, in order; arrays as type, shape and bytes."""
    listed: list[object] = [graph.name]
    for node in graph:
        listed.append(to_record(node))
        for field in array_fields(type(node)):
            array = getattr(node, field)
            listed.append((field, array.dtype.str, array.shape, array.tobytes()))
    return listed
