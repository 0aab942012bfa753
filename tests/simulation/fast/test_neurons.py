"""Neurons with registers, delays and flattening in the fast engine: equal to the reference."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.divergence import first_divergence
from simulation.fast.engine import FastEngine
from simulation.random_graphs import random_graph
from simulation.reference.engine import run_reference
from simulation.run import current_name
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.simulation.neuron_layers import (
    MAKERS,
    Array,
    cuba_lif,
    dense,
    number,
    output,
    random_layer,
    spike_input,
)

SEEDS = st.integers(0, 2**32 - 1)


def require_same_or_same_error(graph: Graph[Any], inputs: dict[str, Array]) -> bool:
    """Values and registers equal, or both engines raise the same sentence; True if they ran."""
    try:
        expected = run_reference(graph, inputs)
    except OverflowBoundError as error:
        with pytest.raises(OverflowBoundError) as raised:
            FastEngine(graph).run(inputs)
        assert str(raised.value) == str(error)
        return False
    found = FastEngine(graph).run(inputs, keep_all=True)
    assert first_divergence(expected, found, graph) is None
    assert found.states.keys() == expected.states.keys()
    assert found.values.keys() == expected.values.keys()
    return True


@pytest.mark.parametrize("kind", MAKERS)
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_a_random_layer_equals_the_reference_or_fails_with_its_words(kind: str, seed: int) -> None:
    require_same_or_same_error(*random_layer(kind, np.random.default_rng(seed)))


@pytest.mark.parametrize("kind", ["CUBA-LIF", "CUBA-LI", "sigma", "delta", "relu"])
def test_random_layers_of_a_kind_both_run_and_overflow(kind: str) -> None:
    ran = [
        require_same_or_same_error(*random_layer(kind, np.random.default_rng(seed)))
        for seed in range(40)
    ]
    assert {True, False} == set(ran)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_random_temporal_graphs_equal_the_reference_in_values_and_registers(seed: int) -> None:
    for index in range(60):
        graph, inputs = random_graph(seed, index)
        assert require_same_or_same_error(graph, inputs), (seed, index)


def chip_graph(steps: int) -> Graph[Any]:
    """Conv -> LIF -> delays -> flatten -> recurrent LIF, and a sigma-delta branch beside it."""
    rng = np.random.default_rng(3)
    weight = rng.integers(-90, 91, (4, 2, 3, 3)).astype(np.int8)
    delays = rng.integers(0, 5, (4, 3, 3)).astype(np.int32)
    recurrent = rng.integers(-60, 61, (5, 5)).astype(np.int8)
    conv = s.SpikeConv(
        name="c", inputs=("x",), weight_q=weight, weight_scale=np.ones(4), padding=(1, 1)
    )
    delta = s.SpikeDelta(name="delta", inputs=("relu",), threshold_q=number(300))
    nodes = (
        spike_input((steps, 2, 3, 3), 0, 3),
        conv,
        cuba_lif("n", "c", threshold_q=number(200), v_decay_q=number(400), refractory=2),
        m.Delay(name="late", inputs=("n",), steps_q=delays),
        m.Flatten(name="flat", inputs=("late",)),
        dense("fc", "flat", rng.integers(-90, 91, (5, 36))),
        cuba_lif(
            "r", "fc", threshold_q=number(150), recurrent_q=recurrent, reset_period=7, reset_phase=3
        ),
        s.SpikeSigma(name="sigma", inputs=("c",)),
        s.SpikeRelu(name="relu", inputs=("sigma",), bias_q=number(-40)),
        delta,
        m.Flatten(name="flat.delta", inputs=("delta",)),
        dense("fc.delta", "flat.delta", rng.integers(-90, 91, (3, 36))),
        output("r"),
        output("fc.delta"),
    )
    return Graph("chip", nodes)


def test_a_layered_network_on_long_data_equals_the_reference() -> None:
    graph = chip_graph(60)
    x = np.random.default_rng(4).integers(0, 4, (60, 2, 2, 3, 3))
    assert require_same_or_same_error(graph, {"x": x})
    run = FastEngine(graph).run({"x": x}, keep_all=True)
    assert 0 < run.values["n"].mean() < 1
    assert 0 < run.values["r"].mean() < 1
    assert run.values["delta"].min() < -255
    assert {"n", "r", current_name("n"), current_name("r")} == run.states.keys()


def test_what_an_engine_keeps_does_not_change_what_it_computes() -> None:
    graph = chip_graph(9)
    x = np.random.default_rng(5).integers(0, 4, (9, 3, 2, 3, 3))
    everything = FastEngine(graph).run({"x": x}, keep_all=True)
    for options in ({}, {"fuse": False}, {"int8": False}):
        outputs = FastEngine(graph, **options).run({"x": x}).outputs
        for name, output_values in outputs.items():
            assert np.array_equal(output_values, everything.outputs[name])


def test_layers_wider_than_a_block_of_neurons_are_whole() -> None:
    rng = np.random.default_rng(6)
    weight = rng.integers(-50, 51, (600, 600))
    thresholds = rng.integers(0, 400, (600, 1, 1)).astype(np.int32)
    recurrent = rng.integers(-20, 21, (600, 600)).astype(np.int8)
    nodes = (
        spike_input((6, 600, 1, 1), 0, 1),
        dense("a", "x", weight),
        cuba_lif("n", "a", threshold_q=thresholds),
        dense("b", "n", weight),
        cuba_lif("r", "b", threshold_q=thresholds, recurrent_q=recurrent),
        output("r"),
    )
    x = rng.integers(0, 2, (6, 2, 600, 1, 1))
    assert require_same_or_same_error(Graph("wide", nodes), {"x": x})


@pytest.mark.parametrize(
    ("what", "bits", "value"), [("accumulator", 24, 2**23), ("current", 20, 8192)]
)
def test_a_register_that_overflows_is_named_as_by_the_reference(
    what: str, bits: int, value: int
) -> None:
    nodes = (spike_input((2, 1, 1, 1), 0, value), cuba_lif("n", "x", bits=20), output("n"))
    graph: Graph[s.SpikeNode] = Graph("g", nodes)
    x = np.array([0, value]).reshape(2, 1, 1, 1, 1)
    with pytest.raises(OverflowBoundError, match=f"{what} of 'n'.*within {bits} bits signed"):
        FastEngine(graph).run({"x": x})


def test_a_membrane_that_overflows_does_so_in_the_step_in_which_it_does() -> None:
    nodes = (
        spike_input((4, 1, 1, 1), 0, 100),
        cuba_lif("n", "x", bits=14, threshold_q=number(2**17 - 1)),
        output("n"),
    )
    graph: Graph[s.SpikeNode] = Graph("g", nodes)
    # 64 * 100 fits 14 bits signed (up to 8191); twice that does not.
    once, twice = (np.array(x).reshape(4, 1, 1, 1, 1) for x in ([0, 0, 0, 100], [0, 100, 100, 0]))
    assert FastEngine(graph).run({"x": once}, keep_all=True).states["n"].max() == 6400
    with pytest.raises(OverflowBoundError, match=r"membrane of 'n'.*found 12800"):
        FastEngine(graph).run({"x": twice})
