"""The reference engine against numbers a reader can check, and against torch in float64."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch.nn import functional

from simulation.reference import engine as reference
from simulation.reference.engine import run_reference
from simulation.run import real_outputs
from spiketrack.errors import GraphError, OverflowBoundError
from spiketrack.fixed_point import Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Pair
from spiketrack.graph.graph import Graph

ONE, ZERO = np.ones(1), np.zeros(1)


def source(shape: tuple[int, int, int, int], low: int = -1000, high: int = 1000) -> s.SpikeInput:
    return s.SpikeInput(
        name="x",
        shape=shape,
        signal="spikes",
        low=low,
        high=high,
        scale=1.0,
        offset_q=np.zeros(shape[1], np.int32),
    )


def run(nodes: Sequence[s.SpikeNode], **inputs: Int64) -> Int64:
    out = s.SpikeOutput(name="y", inputs=(nodes[-1].name,), scale=ONE, bias=ZERO)
    return run_reference(Graph("test", (*nodes, out)), inputs).outputs["y"]


def neuron(thresholds: list[int], decay: Sequence[int] = (), reset: int = 0) -> s.SpikeNILIF:
    return s.SpikeNILIF(
        name="n",
        inputs=("x",),
        max_spike=len(thresholds),
        thresholds_q=np.array([thresholds], np.int64),
        decay_q=np.array(decay, np.int32),
        reset_q=reset,
        bits=24,
    )


def conv(
    weight: Int64,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
) -> s.SpikeConv:
    return s.SpikeConv(
        name="c",
        inputs=("x",),
        weight_q=weight.astype(np.int8),
        weight_scale=np.ones(len(weight)),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


def rescale(multiplier: int, shift: int, bias: int, bits: int = 24) -> s.SpikeRescale:
    return s.SpikeRescale(
        name="r",
        inputs=("x",),
        multiplier_q=np.array([multiplier], np.int32),
        shift_q=np.array([shift], np.int8),
        bias_q=np.array([bias], np.int64),
        bits=bits,
        scale=1.0,
    )


def test_halves_fire_as_half_to_even_rounds_them() -> None:
    # A grid of 1/2: 0.5 stays 0, 1.5 becomes 2, 2.5 becomes 2, 3.5 becomes 4; so the smallest
    # integers (in halves) that round to 1, 2, 3, 4 are 2, 3, 6, 7.
    halves = np.arange(-2, 12).reshape(1, 1, 1, 1, -1)
    spikes = run([source((1, 1, 1, 14)), neuron([2, 3, 6, 7])], x=halves)
    assert spikes.ravel().tolist() == np.rint(np.clip(halves / 2, 0, 4)).ravel().tolist()
    assert spikes[0, 0, 0, 0, 2:10:2].tolist() == [0, 1, 2, 3]
    assert spikes[0, 0, 0, 0, 3:10:2].tolist() == [0, 2, 2, 4]


def test_the_membrane_decays_after_a_reset_by_the_spikes() -> None:
    # One unit is 16; D = 4, so a spike takes 16/4 = 4. Decay 1/2 = 2048/4096.
    # U0 = 40 -> 2 spikes (2.5 rounds to 2); U1 = (40 - 2*4)/2 + 5 = 21 -> 1;
    # U2 = round_half_up((21 - 4)/2) + 0 = 9 -> 1 (0.5625).
    x = np.array([40, 5, 0]).reshape(3, 1, 1, 1, 1)
    nodes: list[s.SpikeNode] = [source((3, 1, 1, 1)), neuron([9, 24, 41, 56], [2048, 2048], 4)]
    out = s.SpikeOutput(name="y", inputs=("n",), scale=ONE, bias=ZERO)
    result = run_reference(Graph("test", (*nodes, out)), {"x": x})
    assert result.states["n"].ravel().tolist() == [40, 21, 9]
    assert result.outputs["y"].ravel().tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [
        ((1, 1), (0, 0), (1, 1), 1),
        ((2, 2), (1, 1), (1, 1), 1),
        ((1, 1), (2, 2), (2, 2), 1),
        ((1, 1), (1, 1), (1, 1), 4),
        ((2, 2), (1, 1), (2, 2), 2),
        ((2, 1), (0, 2), (1, 2), 2),
    ],
)
def test_convolution_equals_torch_in_float64(
    stride: Pair, padding: Pair, dilation: Pair, groups: int
) -> None:
    rng = np.random.default_rng(0)
    weight, x = (
        rng.integers(-128, 128, (8, 4 // groups, 3, 3)),
        rng.integers(-9, 10, (2, 2, 4, 7, 6)),
    )
    y = run([source((2, 4, 7, 6)), conv(weight, stride, padding, dilation, groups)], x=x)
    expected = functional.conv2d(
        torch.from_numpy(x.reshape(4, 4, 7, 6)).double(),
        torch.from_numpy(weight).double(),
        None,
        stride,
        padding,
        dilation,
        groups,
    )
    assert np.array_equal(y.reshape(expected.shape), expected.numpy())


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_upsampling_is_torch_bilinear_times_a_power_of_two(factor: int) -> None:
    x = np.random.default_rng(1).integers(-99, 100, (1, 1, 3, 4, 5))
    node = s.SpikeUpsample(name="u", inputs=("x",), factor=factor, bits=24, scale=1.0)
    y = run([source((1, 3, 4, 5)), node], x=x)
    real = functional.interpolate(
        torch.from_numpy(x[0]).double(), scale_factor=factor, mode="bilinear", align_corners=False
    )
    assert np.array_equal(y[0], real.numpy() * (2 * factor) ** 2)


def test_pooling_adds_the_cells() -> None:
    x = np.arange(16).reshape(1, 1, 1, 4, 4)
    node = s.SpikeSumPool(name="p", inputs=("x",), factor=2, bits=24, scale=1.0)
    y = run([source((1, 1, 4, 4)), node], x=x)
    assert y.ravel().tolist() == [0 + 1 + 4 + 5, 2 + 3 + 6 + 7, 8 + 9 + 12 + 13, 10 + 11 + 14 + 15]


def test_rescale_rounds_half_up_and_a_negative_shift_multiplies() -> None:
    x = np.array([-3, -1, 1, 3]).reshape(1, 1, 1, 1, 4)
    # x * 3 / 2 = -4.5, -1.5, 1.5, 4.5; half up: -4, -1, 2, 5; plus 10.
    y = run([source((1, 1, 1, 4)), rescale(3, 1, 10)], x=x)
    assert y.ravel().tolist() == [6, 9, 12, 15]
    y = run([source((1, 1, 1, 4)), rescale(3, -2, 1)], x=x)
    assert y.ravel().tolist() == [-35, -11, 13, 37]


def test_a_memory_is_keys_times_values_and_a_query_reads_it() -> None:
    k = np.array([1, 2, 0, 3]).reshape(1, 1, 2, 1, 2)
    write = s.SpikeMemoryWrite(name="m", inputs=("x", "x"), heads=1)
    read = s.SpikeMemoryRead(name="q", inputs=("x", "m"), heads=1)
    # k = [[1, 2], [0, 3]] (channel, cell); M = k k^T = [[5, 6], [6, 9]]; y = M^T k.
    y = run([source((1, 2, 1, 2)), write, read], x=k)
    assert y.ravel().tolist() == [5, 10 + 18, 6, 12 + 27]


def test_a_gate_with_equal_logits_is_the_mean() -> None:
    table = np.array([2**15, 2**14], np.int32)
    swap = m.PositionsToChannels(name="w", inputs=("x",))
    logits = conv(np.zeros((1, 1, 1, 1), np.int64))
    logits = s.SpikeConv(
        name="l", inputs=("w",), weight_q=logits.weight_q, weight_scale=logits.weight_scale
    )
    gate = s.SpikeGateMix(name="g", inputs=("x", "l"), table_q=table, logit_shift=0)
    x = np.array([1, 4, 2, 3]).reshape(2, 1, 2, 1, 1)
    y = run([source((2, 2, 1, 1), 0, 4), swap, logits, gate], x=x)
    assert (y / 2**12).ravel().tolist() == [(1 + 2) / 2, (4 + 3) / 2]


def test_outputs_have_real_values() -> None:
    scale, bias = np.array([0.5, 2.0]), np.array([1.0])
    out = s.SpikeOutput(name="y", inputs=("x",), scale=scale, bias=bias)
    nodes: tuple[s.SpikeNode, ...] = (source((1, 2, 1, 1)), out)
    graph = Graph("test", nodes)
    result = run_reference(graph, {"x": np.array([3, 4]).reshape(1, 1, 2, 1, 1)}, keep=False)
    assert real_outputs(graph, result)["y"].ravel().tolist() == [3 * 0.5 + 1, 4 * 2.0 + 1]
    assert result.values == {}


def test_a_stream_that_leaves_its_width_raises() -> None:
    with pytest.raises(OverflowBoundError, match=r"stream 'r'.*within 8 bits signed.*300"):
        run([source((1, 1, 1, 1)), rescale(1, 0, 0, bits=8)], x=np.full((1, 1, 1, 1, 1), 300))


def test_an_accumulator_that_leaves_24_bits_raises() -> None:
    nodes: list[s.SpikeNode] = [source((1, 1, 1, 1), 0, 2**20), conv(np.full((1, 1, 1, 1), 127))]
    with pytest.raises(OverflowBoundError, match="accumulator of 'c'.*within 24 bits signed"):
        run(nodes, x=np.full((1, 1, 1, 1, 1), 2**20))


def test_an_input_out_of_its_range_raises() -> None:
    with pytest.raises(OverflowBoundError, match=r"input 'x'.*values in 0\.\.4.*5"):
        run([source((1, 1, 1, 1), 0, 4), neuron([1])], x=np.full((1, 1, 1, 1, 1), 5))


def test_a_missing_or_misshapen_input_raises() -> None:
    graph: list[s.SpikeNode] = [source((1, 1, 1, 1)), neuron([1])]
    with pytest.raises(GraphError, match="input 'x' of graph 'test'.*found nothing"):
        run(graph)
    with pytest.raises(GraphError, match=r"input 'x'.*integers \(T, B, C, H, W\).*float64"):
        run(graph, x=np.zeros((1, 1, 1, 1, 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize("node", [source((1, 1, 1, 1)), neuron([1])])
def test_inputs_and_neurons_have_no_stateless_value(node: s.SpikeNode) -> None:
    with pytest.raises(TypeError, match="has no stateless value"):
        reference.evaluate(node, [])


def test_decay_rounds_half_up() -> None:
    assert shift_round(np.array([-3, -1, 1, 3]), 1).tolist() == [-1, 0, 1, 2]
