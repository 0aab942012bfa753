"""A network of neurons with currents: what real weights and decays cost, and what costs nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from calibration.compare import compare_forced
from calibration.quantise import QuantisedGraph, quantise_network
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from tests.calibration.small_neurons import (
    both_runs,
    dense,
    entry,
    graph,
    lif,
    neuron,
    out,
    random_spikes,
)

RNG = np.random.default_rng(3)


def network(width: int = 48) -> QuantisedGraph:
    rng = np.random.default_rng(11)

    def drawn(rows: int, columns: int, gain: float = 2.0) -> Any:
        return gain * rng.normal(size=(rows, columns)) / np.sqrt(columns)

    synaptic = {"u_keep": 0.8, "v_keep": 0.95, "v_gain": 0.3}
    return quantise_network(
        graph(
            entry(20),
            dense("c1", "x", drawn(width, 20), 0.05 * rng.normal(size=width)),
            lif("n1", "c1", v_keep=0.9, reset="subtract"),
            dense("c2", "n1", drawn(width, width)),
            lif("n2", "c2", threshold=0.5 + 0.5 * rng.random(width), **synaptic),
            dense("c3", "n2", drawn(width, width), 0.05 * rng.normal(size=width)),
            lif("n3", "c3", v_drive=0.02, recurrent=drawn(width, width, 0.5), **synaptic),
            out("n3"),
        )
    )


def test_a_network_of_real_weights_differs_by_a_few_percent_of_its_spikes() -> None:
    model, x = network(), random_spikes(100, 20)
    integer, real = both_runs(model, x)
    first = (integer.values["n1"] != real.values["n1"]).mean()
    assert 0.0 < first < 0.02 < real.values["n1"].mean()
    assert {row.node for row in model.neurons} == {"n1", "n2", "n3"}
    # Weights, threshold and bias decide on the steps together: a threshold that is not a whole
    # number of hundreds of steps is off by less than one of them.
    assert all(row.threshold_error < 5e-3 for row in model.neurons)


def on_the_grid(model: QuantisedGraph) -> QuantisedGraph:
    """The same network with the weights and decays that integers gave it."""
    nodes: list[f.FloatNode] = []
    for node in model.source:
        if isinstance(node, f.FloatConv):
            synapses = model.graph[node.name]
            assert isinstance(synapses, s.SpikeConv)
            steps = synapses.weight_scale[:, None, None, None]
            node = replace(node, weight=synapses.weight_q * steps)
        elif isinstance(node, f.FloatCubaLIF):
            integer = neuron(model, node.name)
            steps = model.worth[node.inputs[0]][:, None]
            node = replace(
                node,
                u_keep=1 - integer.u_decay_q / 4096,
                v_keep=1 - integer.v_decay_q / 4096,
                recurrent=integer.recurrent_q * steps if node.recurrent.size else node.recurrent,
            )
        nodes.append(node)
    return quantise_network(graph(*nodes))


def test_most_that_is_lost_is_lost_in_weights_and_decays() -> None:
    # What is left near a threshold: drives of 13 bits (n1), and in n3 a bias in steps of its
    # current; its own spikes then carry a flipped one on.
    x, lost = random_spikes(100, 20), []
    for model in (network(24), on_the_grid(network(24))):
        rows = compare_forced(model.retimed(100), {"x": x}, dtype=torch.float64)
        lost.append([row.differing for row in rows if row.kind == "neuron"])
    before, after = lost
    assert after[0] < before[0] / 4 and after[1] == 0.0 < before[1] and after[2] < before[2] / 2
