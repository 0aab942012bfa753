"""Small float graphs for the NIR tests, and what it means that two graphs are the same."""

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
            bias=kernel(2, (4,)), padding=1, groups=2,
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
            bias=kernel(2, (6,), dyadic=True), padding=1,
        ),
        f.FloatNILIF(name="spike.0", inputs=("conv",), max_spike=4, decay=NO_DECAY),
        f.FloatConv(
            name="depthwise", inputs=("spike.0",), weight=kernel(3, (6, 1, 3, 3), dyadic=True),
            bias=kernel(4, (6,), dyadic=True), padding=1, groups=6,
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
            bias=np.zeros(3), stride=2, padding=1, dilation=1,
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


def contents(graph: Graph[f.FloatNode]) -> list[object]:
    """Everything a graph says, in order; arrays as type, shape and bytes."""
    listed: list[object] = [graph.name]
    for node in graph:
        listed.append(to_record(node))
        for field in array_fields(type(node)):
            array = getattr(node, field)
            listed.append((field, array.dtype.str, array.shape, array.tobytes()))
    return listed
