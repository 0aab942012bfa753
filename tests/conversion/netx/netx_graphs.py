"""Integer graphs that a `.net` file can hold."""

from typing import Any

import numpy as np

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import array_fields, to_record

NO_RECURRENCE = np.zeros((0, 0), np.int8)


def one(value: int) -> Array:
    """The same number for all neurons."""
    return np.full((1, 1, 1), value, np.int32)


def lif(name: str, x: str, **fields: Any) -> s.SpikeCubaLIF:
    """A CUBA-LIF as `read_netx` makes it."""
    made: dict[str, Any] = {
        "u_decay_q": one(1024), "v_decay_q": one(512), "threshold_q": one(60),
        "bias_mant_q": one(0), "recurrent_q": NO_RECURRENCE, "bias_exp": 6, "weight_exp": 1,
    }  # fmt: skip
    return s.SpikeCubaLIF(name=name, inputs=(x,), **(made | fields))


def conv(name: str, x: str, weight: Array, **fields: Any) -> s.SpikeConv:
    """Synapses with unit scales."""
    return s.SpikeConv(
        name=name, inputs=(x,), weight_q=weight.astype(np.int8), weight_scale=np.ones(len(weight)),
        **fields,
    )  # fmt: skip


def wire(name: str, x: str, steps: int = 1) -> m.Delay:
    """A delay of all inputs."""
    return m.Delay(name=name, inputs=(x,), steps_q=one(steps))


def spikes(shape: tuple[int, int, int, int], name: str = "0.input") -> s.SpikeInput:
    """Binary spikes enter."""
    return s.SpikeInput(
        name=name, shape=shape, signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip


def output(x: str) -> s.SpikeOutput:
    """Integers leave."""
    return s.SpikeOutput(name="output", inputs=(x,), scale=np.ones(1), bias=np.zeros(1))


def chain(seed: int, n_steps: int = 1) -> Graph[s.SpikeNode]:
    """Input, conv, flatten, dense with axonal delays, recurrent dense; named as files are read."""
    rng = np.random.default_rng(seed)
    bias = rng.integers(-20, 30, (4, 1, 1)).astype(np.int32)
    odd = rng.integers(-60, 60, (6, 12, 1, 1)) | 1
    back = rng.integers(-40, 40, (6, 6)).astype(np.int8)
    nodes: list[s.SpikeNode] = [
        spikes((n_steps, 2, 6, 5)),
        wire("1.wire", "0.input"),
        conv(
            "1.conv", "1.wire", rng.integers(-40, 60, (4, 2, 3, 3)), stride=(2, 1), padding=(1, 0)
        ),
        lif("1.lif", "1.conv", bias_mant_q=bias),
        m.Flatten(name="2.flatten", inputs=("1.lif",)),
        wire("3.wire", "2.flatten"),
        conv("3.dense", "3.wire", rng.integers(-60, 70, (12, 36, 1, 1))),
        lif("3.lif", "3.dense"),
        m.Delay(name="3.delay", inputs=("3.lif",),
                steps_q=rng.integers(0, 6, (12, 1, 1)).astype(np.int32)),
        wire("4.wire", "3.delay"),
        conv("4.dense", "4.wire", odd),
        lif("4.lif", "4.dense", weight_exp=0, recurrent_q=back),
        output("4.lif"),
    ]  # fmt: skip
    return Graph("netx", tuple(nodes))


def contents(graph: Graph[s.SpikeNode]) -> list[object]:
    """Everything a graph says, in order; arrays as type, shape and bytes."""
    listed: list[object] = [graph.name]
    for node in graph:
        listed.append(to_record(node))
        for field in array_fields(type(node)):
            array = getattr(node, field)
            listed.append((node.name, field, array.dtype.str, array.shape, array.tobytes()))
    return listed
