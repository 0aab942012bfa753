"""A convolution whose axes differ means the same to every engine, to torch and to the counts."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from simulation.counting.counter import EventCounter
from simulation.counting.event_loop import count_node
from simulation.counting.meters import Synops
from simulation.fast.conv import FloatConvolution, choose_convolution, int8_is_exact, is_ordinary
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import output_shape
from tests.simulation.counting.counted_graphs import conv, one_conv

needs_int8 = pytest.mark.skipif(not int8_is_exact(255), reason="no exact int8 convolution here")
SHAPE = (1, 4, 8, 7)
RNG = np.random.default_rng(11)
WEIGHT = RNG.integers(-128, 128, (6, 2, 3, 2))
SPIKES = RNG.integers(0, 5, (1, 2, 4, 8, 7))
GEOMETRIES: list[dict[str, Any]] = [
    {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2},
    {"stride": (2, 2), "padding": (1, 0), "groups": 2},  # an ordinary one: int8 where it is exact
    {"stride": (1, 3), "padding": (0, 2), "dilation": (3, 1), "groups": 2},
]


def torch_sums(geometry: dict[str, Any]) -> Any:
    """(1, 2, 6, H', W') by torch in float64."""
    x, weight = torch.from_numpy(SPIKES[0]).double(), torch.from_numpy(WEIGHT).double()
    return functional.conv2d(x, weight, None, **geometry).numpy()[None]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_integer_engines_equal_torch_when_the_axes_differ(geometry: dict[str, Any]) -> None:
    graph = one_conv(WEIGHT, SHAPE, **geometry)
    expected = torch_sums(geometry)
    for run in (run_reference(graph, {"x": SPIKES}), FastEngine(graph).run({"x": SPIKES})):
        assert np.array_equal(run.outputs["c.out"], expected)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_float_engine_equals_torch_when_the_axes_differ(geometry: dict[str, Any]) -> None:
    weight = WEIGHT.astype(np.float64)
    nodes = (
        f.FloatInput(name="x", shape=SHAPE, signal="spikes"),
        f.FloatConv(name="c", inputs=("x",), weight=weight, bias=np.zeros(6), **geometry),
        f.FloatOutput(name="out", inputs=("c",)),
    )
    run = run_float(Graph("g", nodes), {"x": SPIKES}, dtype=torch.float64)
    assert np.array_equal(run.outputs["out"], torch_sums(geometry))


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_count_equals_the_event_loop_when_the_axes_differ(geometry: dict[str, Any]) -> None:
    graph = one_conv(WEIGHT, SHAPE, **geometry)
    counter = EventCounter(graph)
    counter.add_run(run_reference(graph, {"x": SPIKES}))
    layer = counter.counts("track")["c"]
    assert count_node(graph["c"], [SPIKES]) == Synops(
        layer.events,
        layer.unary_spikes,
        layer.graded,
        layer.unary,
        layer.all_weights,
        layer.unary_all_weights,
    )


def test_a_layer_is_ordinary_only_if_both_axes_are() -> None:
    weight = np.ones((1, 1, 5, 3))
    assert is_ordinary(conv("c", "x", weight, padding=(2, 1)))
    assert not is_ordinary(conv("c", "x", weight, padding=(2, 2)))
    assert not is_ordinary(conv("c", "x", weight, padding=(3, 1)))
    assert not is_ordinary(conv("c", "x", weight, dilation=(1, 2)))
    assert not is_ordinary(conv("c", "x", weight, dilation=(2, 1)))


def random_layer(rng: np.random.Generator) -> s.SpikeConv:
    """A layer that may take the int8 way, its two axes drawn apart."""
    groups, per_group = int(rng.choice([1, 1, 2, 8])), int(rng.choice([1, 3, 8]))
    kernel = [int(k) for k in rng.choice([1, 2, 3, 5, 7], 2)]
    weight = rng.integers(-128, 128, (groups * int(rng.choice([1, 4, 16])), per_group, *kernel))
    padding = tuple(int(rng.integers(0, (k + 1) // 2)) for k in kernel)
    stride = tuple(int(n) for n in rng.integers(1, 4, 2)) if rng.random() < 0.5 else (2, 2)
    return conv("c", "x", weight, stride=stride, padding=padding, groups=groups)


# Row y of an 8 x 3 image holds 3y, 3y + 1, 3y + 2; a 3x3 kernel then sees 3y..3y + 8.
COUNTING = np.arange(24).reshape(1, 8, 3, 1)
COLUMN = conv("c", "x", np.arange(1, 19).reshape(2, 1, 3, 3), stride=(1, 2))
SEEN = 3 * np.arange(6)[:, None] + np.arange(9)
COLUMN_SUMS = [[int(row @ range(1, 10)), int(row @ range(10, 19))] for row in SEEN]


@pytest.mark.parametrize("int8", [True, False])
def test_one_column_out_of_one_channel_is_exact_when_strides_differ(int8: bool) -> None:
    x = np.repeat(COUNTING, 2, axis=0).astype(np.uint8)
    y = choose_convolution(COLUMN, 0, 24, 1e4, int8=int8)(x)
    assert y[1, :, 0].tolist() == COLUMN_SUMS


def test_the_float_engine_is_exact_on_one_channel_that_lies_last_in_memory() -> None:
    weight = COLUMN.weight_q.astype(np.float64)
    nodes = (
        f.FloatInput(name="x", shape=(1, 1, 8, 3), signal="spikes"),
        f.FloatConv(name="c", inputs=("x",), weight=weight, bias=np.zeros(2), stride=(1, 2)),
        f.FloatOutput(name="out", inputs=("c",)),
    )
    x = np.repeat(COUNTING, 2, axis=0).astype(np.float32)[None].transpose(0, 1, 4, 2, 3)
    run = run_float(Graph("g", nodes), {"x": x})
    assert run.outputs["out"][0, 1, :, :, 0].T.tolist() == COLUMN_SUMS


@needs_int8
@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_way_that_is_chosen_equals_float64_when_the_axes_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    node = random_layer(rng)
    channels = node.weight_q.shape[1] * node.groups
    height, width = (k + int(rng.integers(0, 9)) for k in node.weight_q.shape[2:])
    x = rng.integers(0, 5, (2, height, width, channels)).astype(np.uint8)
    y = choose_convolution(node, 0, 4, 1e6)(x)
    assert np.array_equal(y, FloatConvolution(node, torch.float64)(x))
    shape = (2, *y.shape[3:], *y.shape[1:3])
    assert shape == output_shape(node, [(2, channels, height, width)])
