"""The law of graphs and nodes: what cannot exist is refused with a message that names it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import conv_output_size, infer_shapes, output_shape
from tests.spiketrack.graph.spike_samples import every_spike_node

ONE, ZERO = np.ones(1), np.zeros(1)
IN = ("x",)
THREE = np.ones(3, np.int32)
INT8, INT32, INT64 = (np.ones((2, 2, 1, 1), np.int8), np.ones(1, np.int32), np.ones(1, np.int64))


def image(*shape: int, name: str = "x") -> f.FloatInput:
    t, c, h, w = shape or (1, 2, 4, 4)
    return f.FloatInput(name=name, shape=(t, c, h, w), signal="image")


def out(source: str, name: str = "out") -> f.FloatOutput:
    return f.FloatOutput(name=name, inputs=(source,))


def conv(**changes: Any) -> f.FloatConv:
    weight, bias = np.ones((2, 2, 3, 3)), np.zeros(2)
    return f.FloatConv(**{"name": "c", "inputs": IN, "weight": weight, "bias": bias, **changes})


def spike_conv(**changes: Any) -> s.SpikeConv:
    given = {"name": "c", "inputs": IN, "weight_q": INT8, "weight_scale": np.ones(2)}
    return s.SpikeConv(**{**given, **changes})


def rescale(**changes: Any) -> s.SpikeRescale:
    given = {"name": "r", "inputs": IN, "multiplier_q": INT32, "shift_q": np.zeros(1, np.int8)}
    return s.SpikeRescale(**{**given, "bias_q": INT64, "bits": 24, "scale": 1.0, **changes})


def neuron(**changes: Any) -> s.SpikeNILIF:
    given = {"name": "n", "inputs": IN, "max_spike": 2, "thresholds_q": np.array([[1, 2]])}
    rest = {"decay_q": np.zeros(0, np.int32), "reset_q": 1, "bits": 24}
    return s.SpikeNILIF(**{**given, **rest, **changes})


def gate_mix(**changes: Any) -> s.SpikeGateMix:
    given = {"name": "g", "inputs": ("x", "y"), "table_q": INT32, "logit_shift": 0}
    return s.SpikeGateMix(**{**given, **changes})


def spike_input(**changes: Any) -> s.SpikeInput:
    given: dict[str, Any] = {"name": "x", "shape": (1, 1, 2, 2), "signal": "image", "low": 0}
    return s.SpikeInput(**{**given, "high": 9, "scale": 1.0, "offset_q": INT32, **changes})


NODE_LAW: list[tuple[Callable[[], object], str]] = [
    (lambda: image(1, 2, 0, 4), r"node 'x': needed a shape \(T, C, H, W\), found \(1, 2, 0, 4\)"),
    (lambda: image(name=""), "node name '': needed a name without '/'"),
    (lambda: out("x", "a/b"), "node name 'a/b': needed a name without '/'"),
    (lambda: f.FloatAdd(name="a", inputs=()), "node 'a': needed at least 1 input, found 0"),
    (lambda: conv(inputs=("x", "y")), "node 'c': needed 1 inputs, found 2"),
    (lambda: conv(weight=np.ones((2, 2, 3, 3), np.float32)),
     r"node 'c', weight: needed float64 of rank 4, found float32 of shape \(2, 2, 3, 3\)"),
    (lambda: conv(bias=np.full(2, np.nan)), "bias: needed finite numbers, found NaN or infinity"),
    (lambda: conv(bias=np.zeros(3)), "node 'c', bias: needed length 2, found 3"),
    (lambda: conv(stride=(1, 0)),
     r"node 'c', stride: needed two integers >= 1, rows and columns, found \(1, 0\)"),
    (lambda: conv(padding=(-1, 0)), r"'c', padding: needed two integers >= 0, .* found \(-1, 0\)"),
    (lambda: conv(dilation=2), "node 'c', dilation: needed two integers >= 1, .* found 2"),
    (lambda: conv(dilation=(1, 1, 1)), r"dilation: needed two integers .* found \(1, 1, 1\)"),
    (lambda: conv(stride=(1, True)), r"stride: needed two integers .* found \(1, True\)"),
    (lambda: conv(groups=0), "node 'c', groups: needed at least 1, found 0"),
    (lambda: f.FloatScale(name="s", inputs=IN, factor=0.0), "factor: needed a positive number"),
    (lambda: f.FloatScale(name="s", inputs=IN, factor=np.inf), "factor: needed a positive number"),
    (lambda: f.FloatNILIF(name="n", inputs=IN, max_spike=256, decay=ZERO),
     "node 'n', max_spike: needed 1..255, found 256"),
    (lambda: f.FloatAvgPool(name="p", inputs=IN, factor=3), "needed a power of two >= 2, found 3"),
    (lambda: f.FloatUpsample(name="u", inputs=IN, factor=1), "node 'u', factor: needed a power"),
    (lambda: m.Repeat(name="r", inputs=IN, n_steps=0), "node 'r': needed n_steps >= 1, found 0"),
    (lambda: m.SelectStep(name="t", inputs=IN, step=-1), "node 't': needed step >= 0, found -1"),
    (lambda: spike_input(low=10), "node 'x': needed low <= high, found 10..9"),
    (lambda: spike_conv(weight_q=INT8 * 4, weight_bits=3),
     "weight_q: needed 3-bit weights, found 4..4"),
    (lambda: spike_input(offset_q=np.zeros(5, np.int32)), "node 'x', offset_q: needed length"),
    (lambda: spike_conv(weight_scale=np.ones(9)), "weight_scale: needed length 2, found 9"),
    (lambda: spike_conv(weight_bits=9), "node 'c', weight_bits: needed 2..8, found 9"),
    (lambda: rescale(shift_q=np.zeros(2, np.int8)), "shift_q: needed length 1, found 2"),
    (lambda: rescale(bits=63), r"node 'r': needed 1..62 bits and a positive scale, found 63 bits"),
    (lambda: rescale(scale=0.0), "positive scale, found 24 bits, scale 0.0"),
    (lambda: f.FloatMemoryWrite(name="w", inputs=("x", "y"), heads=0),
     "node 'w', heads: needed at least 1, found 0"),
    (lambda: f.FloatBatchNorm(name="b", inputs=IN, gain=ONE, mean=np.ones(2), bias=ONE),
     "node 'b', mean: needed length 1, found 2"),
    (lambda: rescale(multiplier_q=INT32 << 16), "needed 0..65535, found 65536..65536"),
    (lambda: rescale(multiplier_q=-INT32), "'r', multiplier_q: needed 0..65535, found -1..-1"),
    (lambda: neuron(thresholds_q=np.array([[2, 1]])), "thresholds_q: needed 2 ascending per chan"),
    (lambda: neuron(max_spike=3), "thresholds_q: needed 3 ascending per channel"),
    (lambda: neuron(decay_q=np.array([4097], np.int32)),
     "node 'n', decay_q: needed 0..4096, found 4097..4097"),
    (lambda: gate_mix(logit_shift=-1), "needed logit_shift >= 0 and a table that starts above 0"),
    (lambda: gate_mix(table_q=0 * INT32), "node 'g': needed logit_shift >= 0 and a table"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "match"), NODE_LAW, ids=range(len(NODE_LAW)))
def test_a_node_that_breaks_the_law_cannot_exist(make: Callable[[], object], match: str) -> None:
    with pytest.raises(GraphError, match=match):
        make()


def test_node_names_are_unique() -> None:
    with pytest.raises(GraphError, match="graph 'g': needed unique node names, found 'x' twice"):
        Graph("g", (image(), image(), out("x")))


def test_a_value_is_defined_before_it_is_used() -> None:
    with pytest.raises(GraphError, match="node 'out': needed inputs defined before it, found no"):
        Graph("g", (out("x"), image()))


def test_a_value_nobody_reads_is_refused() -> None:
    with pytest.raises(GraphError, match="graph 'g', node 'c': needed a value that is used or an"):
        Graph("g", (image(), conv(), out("x")))


MISFITS: list[tuple[Any, list[tuple[int, int, int, int]]]] = [
    (conv(), [(1, 3, 4, 4)]),
    (conv(), [(1, 2, 2, 2)]),
    (conv(groups=2), [(1, 2, 4, 4)]),
    (spike_conv(), [(1, 3, 4, 4)]),
    (f.FloatBatchNorm(name="b", inputs=IN, gain=ONE, mean=ONE, bias=ONE), [(1, 2, 4, 4)]),
    (rescale(multiplier_q=THREE, shift_q=THREE.astype(np.int8), bias_q=THREE.astype(np.int64)),
     [(1, 2, 4, 4)]),
    (s.SpikeOutput(name="o", inputs=IN, scale=np.ones(3), bias=np.zeros(1)), [(1, 2, 4, 4)]),
    (f.FloatNILIF(name="n", inputs=IN, max_spike=1, decay=ONE), [(3, 2, 4, 4)]),
    (neuron(decay_q=np.array([1], np.int32)), [(3, 2, 4, 4)]),
    (neuron(thresholds_q=np.ones((3, 2), np.int64)), [(1, 2, 4, 4)]),
    (f.FloatBias(name="b", inputs=IN, table=np.ones((2, 2, 4, 4))), [(3, 2, 4, 4)]),
    (f.FloatBias(name="b", inputs=IN, table=np.ones((1, 2, 4, 5))), [(1, 2, 4, 4)]),
    (f.FloatAdd(name="a", inputs=("x", "y")), [(1, 2, 4, 4), (1, 2, 4, 5)]),
    (f.FloatAvgPool(name="p", inputs=IN, factor=4), [(1, 2, 4, 6)]),
    (f.FloatMemoryWrite(name="w", inputs=("x", "y"), heads=3), [(1, 3, 4, 4), (1, 4, 4, 4)]),
    (f.FloatMemoryWrite(name="w", inputs=("x", "y"), heads=1), [(1, 2, 4, 4), (1, 2, 4, 5)]),
    (f.FloatMemoryRead(name="r", inputs=("x", "y"), heads=2), [(1, 4, 4, 4), (1, 2, 3, 8)]),
    (f.FloatGateMix(name="g", inputs=("x", "y")), [(3, 4, 2, 2), (3, 1, 5, 1)]),
    (m.Repeat(name="r", inputs=IN, n_steps=2), [(2, 2, 4, 4)]),
    (m.SelectStep(name="t", inputs=IN, step=2), [(2, 2, 4, 4)]),
    (m.StackSteps(name="k", inputs=("x", "y")), [(1, 2, 4, 4), (2, 2, 4, 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("node", "shapes"), MISFITS, ids=range(len(MISFITS)))
def test_shapes_that_do_not_fit_are_refused_with_the_node_and_the_shapes(
    node: Any, shapes: list[tuple[int, int, int, int]]
) -> None:
    kind = type(node).__name__
    with pytest.raises(GraphError, match=rf"node '{node.name}' \({kind}\): .* fit, found shapes"):
        output_shape(node, shapes)


def test_shapes_of_all_spike_nodes_follow_the_law() -> None:
    shapes = infer_shapes(every_spike_node().nodes)
    assert shapes["conv"] == (1, 8, 8, 8)  # 4 channels to 8, 3x3 with padding 1
    assert shapes["pool"] == (1, 8, 4, 4)
    assert shapes["kTv"] == (2, 2, 4, 4)  # two heads of 8 / 2 channels
    assert shapes["qkv"] == (2, 8, 4, 4)  # two heads of 4 value channels
    assert shapes["turned"] == (2, 16, 8, 1)  # 4 * 4 positions as channels
    assert shapes["mixed"] == (1, 8, 4, 4)
    assert shapes["up"] == (1, 8, 8, 8)


def test_the_size_of_a_convolution_is_the_textbook_one() -> None:
    assert conv_output_size(256, 7, 2, 3, 1) == 128  # floor((256 + 6 - 6 - 1) / 2) + 1
    assert conv_output_size(8, 3, 1, 0, 2) == 4  # floor(8 - 2 * 2 - 1) + 1


def test_arrays_are_copied_once_and_read_only() -> None:
    weight = np.ones((2, 2, 3, 3))
    node = conv(weight=weight)
    weight[:] = 7
    assert node.weight.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        node.weight[0] = 2


def test_a_graph_knows_its_ends_and_its_readers() -> None:
    graph = every_spike_node()
    assert [node.name for node in graph.inputs] == ["image", "memory"]
    assert [node.name for node in graph.outputs] == ["rate", "map", "read", "memory.0"]
    assert [node.name for node in graph.consumers()["spike"]] == ["kTv", "kTv", "one"]
    assert len(graph) == 29 and graph["conv"].inputs == ("image",)


PADDED: list[tuple[dict[str, Any], str]] = [
    ({"padding": (1 << 30, 0)}, r"'c', padding: needed at most \(65536, 8\), as far as its kernel"),
    ({"padding": (0, 9)}, r"'c', padding: needed at most \(65536, 8\), .* found \(0, 9\)"),
    ({"padding": (65536, 8), "stride": (65536, 1)},
     r"'c': needed at most 67108864 numbers a step with its padding, found 512 x \(131076, 20\)"),
]  # fmt: skip


@pytest.mark.parametrize(("geometry", "match"), PADDED)
def test_a_value_too_large_for_any_engine_is_refused_before_it_exists(
    geometry: dict[str, Any], match: str
) -> None:
    nodes = (
        s.SpikeInput(
            name="x", shape=(1, 512, 4, 4), signal="spikes", low=0, high=1, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        ),
        s.SpikeConv(
            name="c", inputs=("x",), weight_q=np.ones((1, 512, 2, 1), np.int8), weight_scale=ONE,
            dilation=(65536, 1), **geometry,
        ),
        s.SpikeOutput(name="y", inputs=("c",), scale=ONE, bias=ZERO),
    )  # fmt: skip
    with pytest.raises(GraphError, match=match):
        Graph("g", nodes)
