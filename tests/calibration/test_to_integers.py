"""From float to integers: thresholds take what they can, streams the rest; some is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest

from calibration.quantise import quantise_graph
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from spiketrack.errors import OverflowBoundError, QuantisationError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import FloatNode
from tests.calibration.small_graphs import OPTIONS, add, conv, graph, neuron, out, quantise, spikes


def check_equal(*nodes: FloatNode, batch: int = 4) -> None:
    """Integer spikes equal float ones on random spikes."""
    model = quantise(*nodes)
    rng = np.random.default_rng(1)
    shapes = {node.name: model.source.shapes[node.name] for node in model.source.inputs}
    x = {name: rng.integers(0, 5, (t, batch, *rest)) for name, (t, *rest) in shapes.items()}
    integer, real = run_reference(model.graph, x), run_float(model.source, x)
    for node in model.source:
        if isinstance(node, f.FloatNILIF):
            assert real.values[node.name].any()
            assert (integer.values[node.name] == real.values[node.name]).all(), node.name


def test_a_neuron_behind_a_convolution_takes_scale_and_bias_into_its_thresholds() -> None:
    model = quantise(spikes(), conv("c", "x", 0.5, bias=0.25), neuron("n", "c"), out("n"))
    assert [type(node).__name__ for node in model.graph] == [
        "SpikeInput", "SpikeConv", "SpikeNILIF", "SpikeOutput",
    ]  # fmt: skip
    node = model.graph["n"]
    assert isinstance(node, s.SpikeNILIF)
    # q / 2 + 1/4 rounds to 1 from 3/4 on (q = 1), to 2 from 7/4 (3), to 3 from 11/4 (5), to 4 (7)
    assert node.thresholds_q.tolist() == [[1, 3, 5, 7]]


def test_a_scale_behind_a_bias_scales_the_bias_too() -> None:
    doubled = f.FloatScale(name="s", inputs=("c",), factor=2.0)
    nodes = (spikes(), conv("c", "x", [0.5, -0.25], bias=0.75), doubled)
    check_equal(*nodes, neuron("n", "s"), out("n"))
    check_equal(*nodes, conv("d", "x", [1.0, 1.0]), add("a", "s", "d"), neuron("n", "a"), out("n"))


def test_a_value_and_its_scaled_copy_meet_on_one_stream() -> None:
    # real: (q / 2 + 1/4) * (1 + 1/4), so q = 0, 1, 3, 4 give 0.3125, 0.9375, 2.1875, 2.8125
    quarter = f.FloatScale(name="s", inputs=("c",), factor=0.25)
    nodes = (spikes(), conv("c", "x", 0.5, bias=0.25), quarter, add("a", "c", "s"))
    check_equal(*nodes, neuron("n", "a"), out("n"))
    names = [node.name for node in quantise(*nodes, neuron("n", "a"), out("n")).graph]
    assert {"c.stream", "s.stream"} <= set(names)


def test_neurons_with_state_equal_float_ones_where_decays_are_dyadic() -> None:
    check_equal(
        spikes(steps=3), conv("c", "x", 0.5, bias=0.25), neuron("n", "c", 0.5, 0.75), out("n")
    )


def test_repeated_and_stacked_values_keep_their_grid() -> None:
    steps = [m.SelectStep(name=f"s{i}", inputs=("r",), step=i) for i in range(2)]
    parts = [conv(f"c{i}", f"n{i}", 0.5, bias=i / 4) for i in range(2)]
    firing = [neuron(f"n{i}", f"s{i}") for i in range(2)]
    check_equal(
        spikes(), conv("c", "x", 0.5), m.Repeat(name="r", inputs=("c",), n_steps=2), *steps,
        *firing, *parts, m.StackSteps(name="k", inputs=("c0", "c1")), neuron("n", "k", 0.5),
        out("n"),
    )  # fmt: skip


def test_inputs_carry_their_promised_ranges() -> None:
    memory = f.FloatInput(name="m", shape=(1, 1, 1, 1), signal="memory")
    read = f.FloatMemoryRead(name="r", inputs=("x", "m"), heads=1)
    model = quantise(spikes(), memory, read, neuron("n", "r"), out("n"))
    x, stored = model.graph["x"], model.graph["m"]
    assert isinstance(x, s.SpikeInput) and isinstance(stored, s.SpikeInput)
    assert (x.low, x.high, x.scale) == (0, 4, 1.0)
    assert (stored.low, stored.high, stored.scale) == (0, 100, 1 / 16)


def test_a_batch_norm_left_over_is_refused() -> None:
    one = np.ones(1)
    norm = f.FloatBatchNorm(name="b", inputs=("c",), gain=one, mean=one, bias=one)
    with pytest.raises(QuantisationError, match="node 'b': needed BatchNorm folded away before"):
        quantise(spikes(), conv("c", "x"), norm, neuron("n", "b"), out("n"))


@pytest.mark.parametrize(
    "first", [conv("c", "x", 0.5, bias=0.25), conv("c", "x", [0.5, 0.3])], ids=["bias", "scales"]
)
def test_synapses_on_anything_but_integers_of_one_scale_are_refused(first: f.FloatConv) -> None:
    second = f.FloatConv(
        name="d", inputs=("c",), weight=np.ones((1, len(first.weight), 1, 1)), bias=np.zeros(1)
    )
    message = "input of 'd': needed integers of one scale, found a scale per channel or a bias"
    with pytest.raises(QuantisationError, match=message):
        quantise(spikes(), first, second, neuron("n", "d"), out("n"))
    write = f.FloatMemoryWrite(name="d", inputs=("x", "c"), heads=1)
    with pytest.raises(QuantisationError, match=message):
        quantise(spikes(), first, write, out("d"))


def gated(weight: float) -> tuple[FloatNode, ...]:
    turned = m.PositionsToChannels(name="p", inputs=("x",))
    logits = f.FloatConv(
        name="l", inputs=("p",), weight=np.full((1, 4, 1, 1), weight), bias=np.zeros(1)
    )
    mix = f.FloatGateMix(name="g", inputs=("x", "l"))
    return spikes(steps=2, size=2), turned, logits, mix, neuron("n", "g"), out("n")


def test_the_gates_logits_lie_on_a_grid_of_their_own_choice() -> None:
    node = quantise(*gated(0.25)).graph["g"]
    assert isinstance(node, s.SpikeGateMix)
    assert node.logit_shift == 14 - 8
    assert node.table_q[[0, 256]].tolist() == [1 << 15, round(2**15 / math.e)]


def test_a_gate_whose_logits_are_too_coarse_is_refused() -> None:
    with pytest.raises(QuantisationError, match="gate 'g': needed logits with 8 fraction bits"):
        quantise(*gated(100.0), options=replace(OPTIONS, stream_bits=16))


def test_an_accumulator_that_can_overflow_is_refused_with_node_and_bound() -> None:
    memory = f.FloatInput(name="m", shape=(1, 1, 1, 1), signal="memory")
    read = f.FloatMemoryRead(name="r", inputs=("x", "m"), heads=1)
    nodes = graph(spikes(), memory, read, neuron("n", "r"), out("n"))
    message = r"accumulator of 'r': needed at most 24 bits signed, found 0..16777216 \(26 bits\)"
    with pytest.raises(OverflowBoundError, match=message):
        quantise_graph(nodes, OPTIONS, memory_high=1 << 22)


def test_the_share_of_rounded_channels_is_reported_per_convolution() -> None:
    weight = np.array([[1.0, 2.0], [0.1, 0.77]])[:, :, None, None]
    mixed = f.FloatConv(name="c", inputs=("x",), weight=weight, bias=np.zeros(2))
    model = quantise(spikes(channels=2), mixed, neuron("n", "c"), out("n"))
    assert model.inexact_weights == {"c": 0.5}
    report = model.report()
    assert report["share_of_channels_with_rounded_weights"] == {"c": 0.5}
    assert report["certificate"]["proved"] == len(report["certificate"]["bounds"]) == 2
