"""How long mapping the tracker takes; run with `pytest --benchmark-only`."""

from typing import Any

import numpy as np
import pytest

from conversion.from_network import float_graphs
from hardware.mapping import MapOptions, map_graph
from hardware.mapping.extract import network_of
from hardware.target import load_target
from spiketrack.graph.graph import Graph
from spiketrack.network.network import state_shapes
from spiketrack.network.variants import VARIANTS


def search_graph(name: str) -> Graph[Any]:
    """The search graph of a variant, every weight 1: a mapper reads shapes only."""
    variant = VARIANTS[name]
    weights = {key: np.ones(shape, np.float32) for key, shape in state_shapes(variant).items()}
    return float_graphs(weights, variant)["search"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tiny128-t1", "s256-t1", "b384-t3"])
def test_the_search_graph_on_loihi2(benchmark: Any, name: str) -> None:
    graph, target = search_graph(name), load_target("loihi2")
    layout = benchmark.pedantic(map_graph, (graph, target, MapOptions()), rounds=1)
    assert layout.placement.traffic_hops < layout.placement.baseline


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b384-t3"])
def test_populations_and_links_of_the_largest_variant(benchmark: Any, name: str) -> None:
    network = benchmark(network_of, search_graph(name))
    assert sum(one.neurons for one in network.on_chip) > 75_000_000
