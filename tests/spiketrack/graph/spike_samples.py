"""One integer graph with every spike node, and a model around it."""

import numpy as np

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.records import array_fields, to_record


def per_neuron(value: int) -> Array:
    """One parameter for all neurons of a layer."""
    return np.full((1, 1, 1), value, np.int32)


def every_spike_node() -> Graph[s.SpikeNode]:
    """All node types; the numbers mean nothing, only their types and shapes matter."""
    nodes: list[s.SpikeNode] = [
        s.SpikeInput(
            name="image", shape=(1, 4, 8, 8), signal="image", low=-128, high=127, scale=0.1,
            offset_q=np.array([1, 2, 3, 4], np.int32),
        ),
        s.SpikeInput(
            name="memory", shape=(2, 2, 2, 4), signal="memory", low=0, high=9, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        ),
        s.SpikeConv(
            name="conv", inputs=("image",), padding=(1, 1), groups=2,
            weight_q=np.arange(-72, 72).astype(np.int8).reshape(8, 2, 3, 3),
            weight_scale=np.full(8, 0.25),
        ),
        s.SpikeRescale(
            name="stream", inputs=("conv",), multiplier_q=np.arange(8, dtype=np.int32),
            shift_q=np.full(8, -1, np.int8), bias_q=np.full(8, 1 << 40), bits=24, scale=1 / 3,
        ),
        s.SpikeAdd(name="sum", inputs=("stream", "stream"), bits=24, scale=1 / 3),
        s.SpikeSumPool(name="pool", inputs=("sum",), factor=2, bits=24, scale=0.5),
        m.Repeat(name="twice", inputs=("pool",), n_steps=2),
        s.SpikeBias(
            name="pos", inputs=("twice",), table_q=np.ones((1, 8, 4, 4), np.int64), bits=24,
            scale=0.5,
        ),
        s.SpikeNILIF(
            name="spike", inputs=("pos",), max_spike=2, thresholds_q=np.array([[5, 9]]),
            decay_q=np.array([4096], np.int32), reset_q=4, bits=24,
        ),
        s.SpikeMemoryWrite(name="kTv", inputs=("spike", "spike"), heads=2),
        m.SelectStep(name="one", inputs=("spike",), step=1),
        m.StackSteps(name="stack", inputs=("one", "one")),
        m.PositionsToChannels(name="turned", inputs=("stack",)),
        s.SpikeConv(
            name="gate", inputs=("turned",), weight_q=np.ones((1, 16, 1, 1), np.int8),
            weight_scale=np.ones(1),
        ),
        s.SpikeGateMix(
            name="mixed", inputs=("stack", "gate"), table_q=np.array([9, 3], np.int32),
            logit_shift=1,
        ),
        s.SpikeUpsample(name="up", inputs=("mixed",), factor=2, bits=24, scale=0.1),
        s.SpikeConv(
            name="query", inputs=("stack",), weight_q=np.ones((4, 8, 1, 1), np.int8),
            weight_scale=np.ones(4),
        ),
        s.SpikeMemoryRead(name="qkv", inputs=("query", "memory"), heads=2),
        m.Flatten(name="flat", inputs=("query",)),
        m.Delay(name="late", inputs=("flat",), steps_q=np.full((64, 1, 1), 3, np.int32)),
        s.SpikeCubaLIF(
            name="lif", inputs=("late",), u_decay_q=per_neuron(4096), v_decay_q=per_neuron(1024),
            threshold_q=per_neuron(25), bias_mant_q=per_neuron(-3), bias_exp=6, weight_exp=1,
            recurrent_q=np.eye(64, dtype=np.int8), refractory=2, reset="subtract", reset_period=9,
            reset_phase=4,
        ),
        s.SpikeDelta(name="delta", inputs=("lif",), threshold_q=per_neuron(1), input_exp=6),
        s.SpikeSigma(name="sigma", inputs=("delta",), bits=30),
        s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=per_neuron(2), shift=1),
        s.SpikeCubaLI(
            name="readout", inputs=("relu",), u_decay_q=per_neuron(4096),
            v_decay_q=per_neuron(0), bias_mant_q=per_neuron(0), bits=32,
        ),
        s.SpikeOutput(name="rate", inputs=("readout",), scale=np.ones(1), bias=np.zeros(1)),
        s.SpikeOutput(name="map", inputs=("up",), scale=np.full(8, 0.1), bias=np.zeros(1)),
        s.SpikeOutput(name="read", inputs=("qkv",), scale=np.ones(1), bias=np.zeros(1)),
        s.SpikeOutput(name="memory.0", inputs=("kTv",), scale=np.ones(1), bias=np.zeros(1)),
    ]  # fmt: skip
    return Graph("search", tuple(nodes))


def sample_model() -> Model:
    """A model of one graph."""
    variant = {"name": "tiny", "crop_size": 128, "grid": 8, "n_templates": 1, "max_spike": 4}
    report = {"snr_db": [31.5, None], "nodes": {"conv": {"clipped": 0}}}
    return Model({"search": every_spike_node()}, variant, {"seed": 7, "sha256": {}}, report)


def contents(graph: Graph[s.SpikeNode]) -> list[object]:
    """Everything a graph says, in order; arrays as type, shape and bytes."""
    listed: list[object] = [graph.name]
    for node in graph:
        listed.append(to_record(node))
        for field in array_fields(type(node)):
            array = getattr(node, field)
            listed.append((field, array.dtype.str, array.shape, array.tobytes()))
    return listed
