"""Graphs of other origin: what stands in the way is told at once, and so is what is not proved."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from calibration.compare import compare_forced, summarise_errors
from calibration.options import InputRange, QuantiseOptions
from calibration.quantise import QuantisedGraph, quantise_graph, quantise_network
from calibration.safe_inputs import SafeInputs, safe_inputs
from spiketrack.errors import ObstacleError, QuantisationError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.calibration.small_neurons import (
    dense,
    entry,
    graph,
    lif,
    out,
    per_neuron,
    random_spikes,
    readout,
)

RNG = np.random.default_rng(3)


# ---------------------------------------------------------------------------- obstacles


def test_all_obstacles_are_named_at_once_with_a_rewrite() -> None:
    nodes = graph(
        entry(), dense("c", "x", np.eye(2), 0.5), dense("d", "c", np.eye(2)),
        lif("leaky", "d", v_keep=-0.5), lif("grows", "leaky", u_keep=1.5),
        lif("turned", "grows", v_gain=-1.0), lif("low", "turned", threshold=-1.0),
        lif("lifted", "low", v_reset=0.25), out("lifted"),
    )  # fmt: skip
    with pytest.raises(ObstacleError, match="graph 'g': needed nodes with a meaning here") as found:
        quantise_network(nodes)
    reasons = {obstacle.node: obstacle.reason for obstacle in found.value.obstacles}
    assert reasons == {
        "d": "synapses that read real values instead of spikes",
        "leaky": "keeps -0.5..-0.5 of v in a step",
        "grows": "keeps 1.5..1.5 of u in a step",
        "turned": "a gain of 0 or below",
        "low": "a threshold below 0",
        "lifted": "a reset to 0.25..0.25",
    }
    assert all(obstacle.rewrite for obstacle in found.value.obstacles)


def test_products_and_gains_without_one_unit_are_obstacles() -> None:
    product = f.FloatMemoryWrite(name="m", inputs=("x", "c"), heads=1)
    gains = np.array([[[1.0, 2.0], [1.0, 1.0]]])
    behind = readout("o", "x")
    uneven = replace(behind, v_gain=gains)
    nodes = graph(
        entry(grid=(2, 2)), dense("c", "x", np.eye(2), 0.5), product, uneven, out("m"),
        out("o", "out2"),
    )  # fmt: skip
    with pytest.raises(ObstacleError) as found:
        quantise_network(nodes)
    reasons = {obstacle.node: obstacle.reason for obstacle in found.value.obstacles}
    assert reasons == {
        "m": "a product of real values", "o": "gains that differ within a channel",
    }  # fmt: skip


def test_a_reset_value_that_is_forgotten_is_no_obstacle() -> None:
    nodes = (entry(), dense("c", "x", np.eye(2)), lif("n", "c", v_keep=0.0, v_reset=0.5))
    assert quantise_network(graph(*nodes, out("n"))).neurons[0].v_decay_error == 0.0


def test_input_ranges_and_plans_without_sense_are_refused() -> None:
    message = "input range: needed low <= high and a positive scale, found 2..1, scale 1.0"
    with pytest.raises(QuantisationError, match=message):
        InputRange(2, 1)
    with pytest.raises(QuantisationError, match="planned steps: needed at least 1, found 0"):
        QuantiseOptions(n_steps=0)


# ---------------------------------------------------------------------------- certificates


def test_what_is_not_proved_is_listed_with_the_steps_that_would_be() -> None:
    nodes = (entry(), dense("c", "x", [[-100.0, 99.0]]), lif("n", "c", threshold=50.0), out("n"))
    options = QuantiseOptions(values=InputRange(0, 20), n_steps=100)
    model = quantise_network(graph(*nodes), options)
    assert [(bound.part, bound.proved) for bound in model.certificate] == [
        ("accumulator", True), ("current", True), ("membrane", False),
    ]  # fmt: skip
    # 64 * 100 * 20 * t <= 2**23 up to t = 65; 64 * 100 * m * 100 <= 2**23 up to m = 13
    # and 64 * 100 * 20 * 100 > 2**23, <= 2**24 with its sign
    assert model.saved_by == SafeInputs(max_steps=65, max_input=13, stream_bits=25)
    report = json.loads(json.dumps(model.report()))
    assert report["certified_steps"] == 100
    assert report["certificate"]["proved"] == 2
    assert [row["part"] for row in report["certificate"]["unproved"]] == ["membrane"]
    assert report["saved_by_either"] == {"max_steps": 65, "max_input": 13, "stream_bits": 25}


def test_either_fewer_steps_or_smaller_inputs_prove_an_integrator() -> None:
    zero, none = np.zeros((1, 1, 1), np.int32), np.zeros((0, 0), np.int8)
    falling: Graph[s.SpikeNode] = Graph(
        "g",
        (
            s.SpikeInput(
                name="x", shape=(100, 1, 1, 1), signal="spikes", low=-2000, high=0, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            ),
            s.SpikeCubaLIF(
                name="n", inputs=("x",), u_decay_q=zero + 4096, v_decay_q=zero,
                threshold_q=zero + 1, bias_mant_q=zero, recurrent_q=none,
            ),
            s.SpikeOutput(name="out", inputs=("n",), scale=np.ones(1), bias=np.zeros(1)),
        ),
    )  # fmt: skip
    # 64 * 2000 * t <= 2**23 up to t = 65; 64 * m * 100 <= 2**23 up to m = 1310
    assert safe_inputs(falling) == SafeInputs(max_steps=65, max_input=1310)


def test_a_graph_of_its_own_steps_is_certified_for_them() -> None:
    nodes = (entry(1, steps=7), dense("c", "x", [[1.0]]), lif("n", "c"), out("n"))
    model = quantise_network(graph(*nodes))
    assert model.certified_steps == 7 and model.saved_by is None
    assert all(bound.proved for bound in model.certificate)


def test_wider_registers_give_a_proof_where_24_bits_do_not() -> None:
    nodes = (
        entry(64), dense("c", "x", RNG.normal(size=(8, 64))), lif("n", "c", v_keep=0.99), out("n"),
    )  # fmt: skip
    narrow, wide = (
        quantise_network(graph(*nodes), QuantiseOptions(stream_bits=bits)) for bits in (20, 32)
    )
    assert not all(bound.proved for bound in narrow.certificate)
    assert all(bound.proved for bound in wide.certificate)


# ---------------------------------------------------------------------------- comparison


def stack() -> QuantisedGraph:
    rng = np.random.default_rng(2)
    total = f.FloatAdd(name="a", inputs=("c2", "c3"))
    fires = f.FloatThreshold(name="t", inputs=("c4",), level=per_neuron(0.3))
    return quantise_network(
        graph(
            entry(20), dense("c1", "x", rng.normal(size=(16, 20))), lif("n1", "c1", v_keep=0.9),
            dense("c2", "n1", rng.normal(size=(16, 16))),
            dense("c3", "x", rng.normal(size=(16, 20))),
            total, lif("n2", "a", u_keep=0.5, v_keep=0.9, threshold=2.0),
            dense("c4", "n2", rng.normal(size=(8, 16)), 0.05), fires,
            dense("c5", "t", rng.normal(size=(3, 8))), readout("o", "c5", v_keep=0.9), out("o"),
        )
    )  # fmt: skip


def test_layers_with_a_current_are_compared_with_forced_inputs() -> None:
    rows = compare_forced(stack().retimed(100), {"x": random_spikes(100, 20)}, dtype=torch.float64)
    found = {row.node: row for row in rows}
    kinds = {name: row.kind for name, row in found.items()}
    assert kinds == {
        "c1": "synapses", "n1": "neuron", "c2": "synapses", "c3": "synapses", "a": "stream",
        "n2": "neuron", "c4": "synapses", "t": "neuron", "c5": "synapses", "o": "readout",
    }  # fmt: skip
    neurons = [found[name] for name in ("n1", "n2", "t")]
    assert all(row.differing < 0.02 < row.mean_float for row in neurons)
    assert all(abs(row.mean_float - row.mean_integer) < 0.01 for row in neurons)
    noise = [row.snr_db for row in rows if row.snr_db is not None]
    assert len(noise) == 7 and min(noise) > 40.0
    assert summarise_errors(rows)["worst_neuron_layer"]["kind"] == "neuron"


def test_fewer_weight_bits_cost_more_spikes() -> None:
    weight = RNG.normal(size=(16, 20))
    nodes = graph(entry(20), dense("c", "x", weight), lif("n", "c", v_keep=0.9), out("n"))
    x, shares = random_spikes(200, 20), []
    for bits in (8, 5, 3):
        model = quantise_network(nodes, QuantiseOptions(weight_bits=bits)).retimed(200)
        neuron = compare_forced(model, {"x": x}, dtype=torch.float64)[-1]
        shares.append(neuron.differing)
    assert shares[0] < shares[1] < shares[2]


def test_a_layer_on_the_grid_does_not_differ_at_all() -> None:
    nodes = graph(
        entry(4), dense("c", "x", RNG.integers(-3, 6, (4, 4))), lif("n", "c", threshold=5.0),
        out("n"),
    )  # fmt: skip
    rows = compare_forced(quantise_network(nodes).retimed(50), {"x": random_spikes(50, 4)})
    assert [(row.node, row.differing, row.snr_db) for row in rows] == [
        ("c", 0.0, None), ("n", 0.0, None),
    ]  # fmt: skip


# ---------------------------------------------------------------------------- other neurons


def test_graded_neurons_keep_their_own_number_of_steps() -> None:
    graded = f.FloatNILIF(name="n", inputs=("c",), max_spike=4, decay=np.full(1, 0.5))
    nodes = (entry(steps=2), dense("c", "x", 100.0 * np.eye(2)), graded, out("n"))
    model = quantise_network(graph(*nodes))
    assert model.certified_steps == 2
    assert safe_inputs(model.graph) == SafeInputs(max_steps=2, max_input=1)


def test_a_threshold_left_over_is_refused() -> None:
    fires = f.FloatThreshold(name="t", inputs=("c",), level=per_neuron(0.3))
    nodes = graph(entry(), dense("c", "x", np.eye(2)), fires, out("t"))
    with pytest.raises(QuantisationError, match="node 't': needed thresholds written as neurons"):
        quantise_graph(nodes, QuantiseOptions(values=InputRange()), memory_high=0)
