"""Graphs for Lava: every kind of node at a shape, and blocks cut out of a tracker."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.reference.engine import run_reference
from simulation.run import Run
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

Case = tuple[Graph[s.SpikeNode], dict[str, NDArray[Any]]]
SHAPES = ((1, 4, 6, 8), (3, 4, 4, 4), (2, 8, 2, 6))
HEADS = 2


class _Kinds:
    """Collects one node of every kind."""

    def __init__(self, shape: tuple[int, int, int, int], rng: np.random.Generator) -> None:
        self.rng = rng
        self.shape = shape
        self.nodes: list[s.SpikeNode] = []
        t, c, h, w = shape
        memory = (t, HEADS, c // HEADS, c)
        for name, kind, ends, size in (
            ("spikes", "spikes", (0, 4), shape),
            ("stream", "image", (-3000, 3000), shape),
            ("memory", "memory", (-500, 500), memory),
        ):
            self.nodes.append(
                s.SpikeInput(
                    name=name,
                    shape=size,
                    signal=kind,  # type: ignore[arg-type]
                    low=ends[0],
                    high=ends[1],
                    scale=1.0,
                    offset_q=np.zeros(1, np.int32),
                )
            )

    def ints(self, low: int, high: int, *size: int) -> NDArray[Any]:
        return self.rng.integers(low, high + 1, size)

    def nilif(self, name: str, source: str, decay: Collection[int]) -> None:
        c = self.shape[1]
        self.nodes.append(
            s.SpikeNILIF(
                name=name,
                inputs=(source,),
                max_spike=4,
                thresholds_q=np.sort(self.ints(-500, 2500, c, 4), axis=1),
                decay_q=np.array(decay, np.int32),
                reset_q=256,
                bits=24,
            )
        )

    def conv(self, name: str, source: str, weight: tuple[int, ...], **geometry: object) -> None:
        self.nodes.append(
            s.SpikeConv(
                name=name,
                inputs=(source,),
                weight_q=self.ints(-128, 127, *weight).astype(np.int8)
                * (self.rng.random(weight) < 0.7).astype(np.int8),
                weight_scale=np.ones(weight[0]),
                **geometry,  # type: ignore[arg-type]
            )
        )

    def rescale(self, name: str, source: str, channels: int, shifts: tuple[int, int]) -> None:
        self.nodes.append(
            s.SpikeRescale(
                name=name,
                inputs=(source,),
                multiplier_q=self.ints(0, 300, channels).astype(np.int32),
                shift_q=self.ints(*shifts, channels).astype(np.int8),
                bias_q=self.ints(-100, 100, channels),
                bits=24,
                scale=1.0,
            )
        )

    def cuba(self, name: str, source: str, recurrent: int) -> None:
        c = self.shape[1]
        self.nodes.append(
            s.SpikeCubaLIF(
                name=name,
                inputs=(source,),
                u_decay_q=self.ints(0, 4096, c, 1, 1).astype(np.int32),
                v_decay_q=self.ints(0, 4096, c, 1, 1).astype(np.int32),
                threshold_q=self.ints(0, 2, c, 1, 1).astype(np.int32),
                bias_mant_q=self.ints(-9, 9, c, 1, 1).astype(np.int32),
                recurrent_q=self.ints(-9, 9, recurrent, recurrent).astype(np.int8),
                bias_exp=1,
                refractory=2,
                reset="subtract" if recurrent else "zero",
                reset_period=2,
                reset_phase=1,
            )
        )


def every_kind(shape: tuple[int, int, int, int], seed: int) -> Case:
    """One graph with every kind of node, and inputs for it; shape (T, C, H, W)."""
    k = _Kinds(shape, np.random.default_rng(seed))
    t, c, h, w = shape
    k.nilif("nilif", "stream", ())
    k.nilif("decaying", "stream", [3000, 2000][: t - 1])
    k.conv("conv", "spikes", (5, c, 3, 3), padding=(1, 1))
    k.conv("uneven", "spikes", (c, 1, 2, 3), stride=(2, 1), padding=(1, 2), dilation=(1, 2),
           groups=c)  # fmt: skip
    k.conv("pointwise", "stream", (c, c // 2, 1, 1), groups=2)
    k.rescale("rescale", "conv", 5, (-1, 12))
    table = k.ints(-50, 50, t, c, h, w)
    bits, scale = 24, 1.0
    k.nodes += [
        s.SpikeBias(name="bias", inputs=("stream",), table_q=table, bits=bits, scale=scale),
        s.SpikeAdd(name="add", inputs=("bias", "stream", "spikes"), bits=bits, scale=scale),
        s.SpikeAdd(name="twice", inputs=("nilif", "nilif"), bits=bits, scale=scale),
        s.SpikeSumPool(name="pool", inputs=("stream",), factor=2, bits=bits, scale=scale),
        s.SpikeUpsample(name="upsample", inputs=("pool",), factor=4, bits=bits, scale=scale),
        s.SpikeMemoryWrite(name="write", inputs=("spikes", "decaying"), heads=HEADS),
        s.SpikeMemoryRead(name="read", inputs=("spikes", "memory"), heads=HEADS),
        m.PositionsToChannels(name="swapped", inputs=("decaying",)),
    ]
    k.conv("logits", "swapped", (1, h * w, 1, 1))
    gate_table = np.round(2**15 * np.exp(-np.arange(4096) / 2**8)).astype(np.int32)
    k.nodes += [
        s.SpikeGateMix(
            name="gate", inputs=("decaying", "logits"), table_q=gate_table, logit_shift=1
        ),
        m.SelectStep(name="select", inputs=("stream",), step=t - 1),
        m.Repeat(name="repeat", inputs=("select",), n_steps=3),
        m.StackSteps(name="stack", inputs=("select", "gate")),
        m.Flatten(name="flatten", inputs=("spikes",)),
        m.Delay(name="delay", inputs=("spikes",), steps_q=k.ints(0, t, c, 1, 1).astype(np.int32)),
    ]
    k.cuba("cuba", "spikes", 0)
    k.conv("dense", "flatten", (c, c * h * w, 1, 1))
    k.rescale("small", "dense", 1, (10, 10))
    k.cuba("recurrent", "small", c)
    one = np.zeros((1, 1, 1), np.int32)
    k.nodes += [
        s.SpikeCubaLI(
            name="readout", inputs=("spikes",), u_decay_q=one + 1024, v_decay_q=one + 128,
            bias_mant_q=one + 3, weight_exp=-1,
        ),
        s.SpikeSigma(name="sigma", inputs=("stream",)),
        s.SpikeRelu(name="part", inputs=("sigma",), bias_q=one - 20, shift=1),
        s.SpikeDelta(name="delta", inputs=("part",), threshold_q=one + 500, state_exp=2),
        s.SpikeRelu(name="relu", inputs=("stream",), bias_q=one + 7, shift=3),
    ]  # fmt: skip
    inputs = {
        "spikes": k.ints(0, 4, t, 1, c, h, w),
        "stream": k.ints(-3000, 3000, t, 1, c, h, w),
        "memory": k.ints(-500, 500, t, 1, HEADS, c // HEADS, c),
    }
    return _closed("kinds", k.nodes), inputs


def cut(graph: Graph[s.SpikeNode], run: Run, names: Collection[str]) -> Case:
    """Some nodes of a graph as a graph of its own, with the values that a kept run gave them."""
    nodes = [node for node in graph if node.name in names]
    needed = dict.fromkeys(n for node in nodes for n in node.inputs if n not in names)
    memories = {n for node in nodes if isinstance(node, s.SpikeMemoryRead) for n in node.inputs[1:]}
    sources: list[s.SpikeNode] = [
        s.SpikeInput(
            name=name,
            shape=graph.shapes[name],
            signal="memory" if name in memories else "image",
            low=int(run.values[name].min()),
            high=int(run.values[name].max()),
            scale=1.0,
            offset_q=np.zeros(1, np.int32),
        )
        for name in needed
    ]
    return _closed(graph.name, [*sources, *nodes]), {name: run.values[name] for name in needed}


def computing(graph: Graph[s.SpikeNode]) -> list[str]:
    """Names of all nodes but inputs and outputs."""
    return [n.name for n in graph if not isinstance(n, s.SpikeInput | s.SpikeOutput)]


def expected(case: Case) -> Run:
    """The reference's run of a case, all values kept."""
    return run_reference(case[0], case[1])


def _closed(name: str, nodes: list[s.SpikeNode]) -> Graph[s.SpikeNode]:
    """A graph of these nodes; what nobody reads becomes an output."""
    read = {source for node in nodes for source in node.inputs}
    ones = {"scale": np.ones(1), "bias": np.zeros(1)}
    outputs = [
        s.SpikeOutput(name=f"{node.name}.out", inputs=(node.name,), **ones)
        for node in nodes
        if node.name not in read
    ]
    return Graph(name, (*nodes, *outputs))
