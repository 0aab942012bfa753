"""A graph as text: one line a node, stable, and a change of one node changes one line."""

from dataclasses import replace

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeConv
from spiketrack.graph.text import dump
from tests.spiketrack.graph.spike_samples import every_spike_node


def float_graph(weight: float = 1.0) -> Graph[f.FloatNode]:
    kernel = np.zeros((4, 2, 3, 3))
    kernel[0] = weight
    return Graph(
        "g",
        (
            f.FloatInput(name="image", shape=(1, 2, 8, 8), signal="image"),
            f.FloatConv(name="a.conv", inputs=("image",), weight=kernel, bias=np.zeros(4)),
            f.FloatNILIF(name="a.spike", inputs=("a.conv",), max_spike=4, decay=np.zeros(0)),
            f.FloatOutput(name="out", inputs=("a.spike",)),
        ),
    )


def test_a_small_graph_reads_like_this() -> None:
    assert dump(float_graph()).splitlines() == [
        "graph g",
        "nodes: 4",
        "weights: 72 in 1 convolutions",  # 4 * 2 * 3 * 3
        "neuron outputs: 144 in 1 layers, all steps",  # 4 * 6 * 6
        "inputs: image (1, 2, 8, 8)",
        "outputs: out (1, 4, 6, 6)",
        "image: FloatInput (1, 2, 8, 8) | signal=image",
        "a.conv: FloatConv (1, 4, 6, 6) <- image"
        " | weight=[4x2x3x3 float64 0..1 non-zero 25.0 %] bias=[0, 0, 0, 0]",
        "a.spike: FloatNILIF (1, 4, 6, 6) <- a.conv | max_spike=4 decay=[0 float64]",
        "out: FloatOutput (1, 4, 6, 6) <- a.spike",
    ]


def test_integer_weights_show_bits_scale_range_and_geometry() -> None:
    lines = dump(every_spike_node()).splitlines()
    conv = next(line for line in lines if line.startswith("conv:"))
    assert conv == (
        "conv: SpikeConv (1, 8, 8, 8) <- image | weight_q=[8x2x3x3 int8 -72..71 non-zero 99.3 %]"
        " weight_scale=[8 float64 0.25..0.25] weight_bits=8 padding=(1, 1) groups=2"
    )


def test_other_bits_change_one_line() -> None:
    graph = every_spike_node()
    gate = graph["gate"]
    assert isinstance(gate, SpikeConv)
    nodes = [replace(gate, weight_bits=4) if node is gate else node for node in graph]
    before, after = dump(graph).splitlines(), dump(Graph("search", tuple(nodes))).splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1 and changed[0].startswith("gate: SpikeConv")


def test_every_node_of_every_type_has_its_line() -> None:
    graph = every_spike_node()
    lines = dump(graph).splitlines()
    assert [line.split(":")[0] for line in lines[6:]] == [node.name for node in graph]
