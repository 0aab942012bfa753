"""The tracker's own graphs: published sizes, and what the mapper makes of the small variant."""

import numpy as np
import pytest

from conversion.from_network import float_graphs
from hardware.mapping import Layout, MapOptions, cores_needed, map_graph, record_of
from hardware.mapping.extract import network_of
from hardware.target import load_target
from spiketrack.errors import CapacityError
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.network.network import state_shapes
from spiketrack.network.variants import VARIANTS


def graph_of(name: str, branch: str = "search") -> Graph[FloatNode]:
    """A variant's graph, every weight 1: a mapper reads shapes only."""
    variant = VARIANTS[name]
    weights = {key: np.ones(shape, np.float32) for key, shape in state_shapes(variant).items()}
    return float_graphs(weights, variant)[branch]


@pytest.mark.slow
def test_s256_t1_has_17_million_neurons_and_fills_more_than_16_loihi2_chips() -> None:
    graph = graph_of("s256-t1")
    network = network_of(graph)
    assert sum(one.neurons for one in network.on_chip if one.spike_node) == 17_070_080
    target = load_target("loihi2")
    chips = cores_needed(graph, target) / target["cores_per_chip"]
    assert 17_070_080 / 8192 / 128 < chips < 18


@pytest.mark.slow
def test_s256_t1_needs_more_than_130_loihi1_chips() -> None:
    target = load_target("loihi1")
    chips = cores_needed(graph_of("s256-t1"), target) / target["cores_per_chip"]
    # 4 compartments a neuron: four times the 130 chips that neurons alone would fill, and axons.
    assert 4 * 130 < chips < 700


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny128-t1", "tiny128-t3"])
@pytest.mark.parametrize("branch", ["template", "search"])
def test_placement_beats_network_order_twice_and_a_random_one_tenfold(
    name: str, branch: str
) -> None:
    layout = mapped(name, branch)
    assert layout.placement.baseline > 1.5 * layout.placement.traffic_hops
    assert layout.placement.random > 8 * layout.placement.traffic_hops
    assert layout.board.name == "kapoho-point"


@pytest.mark.slow
def test_every_layer_says_where_it_runs() -> None:
    record = record_of(mapped("tiny128-t3"), {})
    by_name = {layer.name: layer for layer in record.layers}
    read = by_name["encoder.mrm.0.retriever.q_spike@1"]
    assert read.runs_on == "microcode"
    assert "q M" in read.why
    gate = by_name["encoder.mrm.0.retriever.gate.mix"]
    assert (gate.runs_on, gate.cores) == ("host", ())
    assert "softmax" in gate.why
    assert by_name["image"].runs_on == "host"


@pytest.mark.slow
def test_the_largest_variant_does_not_fit_loihi1_and_hears_what_would_help() -> None:
    with pytest.raises(CapacityError) as caught:
        map_graph(graph_of("b384-t3"), load_target("loihi1"))
    assert "No board of loihi1 holds it" in str(caught.value)
    assert "graded spikes" in str(caught.value)


def mapped(name: str, branch: str = "search") -> Layout:
    return map_graph(graph_of(name, branch), load_target("loihi2"), MapOptions(moves=200))
