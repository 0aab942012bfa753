"""Two tables say where layers run, per node and per population: they never contradict."""

from collections.abc import Mapping

import pytest

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from hardware.mapping.extract import network_of
from hardware.mapping.layer_runs_on import runs_on
from hardware.mapping.populations import Network, Population
from hardware.stock import LoweringRow, NotStock, lowering_table, not_stock
from hardware.stock.answer import HOST, MICROCODE, STOCK
from hardware.target import load_target
from simulation.bounds.ranges import value_ranges
from simulation.random_graphs import random_graph
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.network import build_network, random_checkpoint
from spiketrack.pipeline import folded_graphs

WORDS = {STOCK: "stock", MICROCODE: "microcode", HOST: "host"}
ORDER = ("stock", "microcode", "host")


Graphs = dict[str, Graph[SpikeNode]]


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    """Both branches of both tiny variants, "t1 search" and so on."""
    found: Graphs = {}
    for variant in ("t1", "t3"):
        network = build_network(f"tiny128-{variant}")
        network.load_state_dict(random_checkpoint(f"tiny128-{variant}", seed=0))
        models = quantise_model(folded_graphs(network), QuantiseOptions())
        found |= {f"{variant} {branch}": model.graph for branch, model in models.items()}
    return found


def rows_of(graph: Graph[SpikeNode]) -> dict[str, LoweringRow]:
    return {row.node: row for row in lowering_table(graph, value_ranges(graph).values)}


def by_its_nodes(population: Population, rows: Mapping[str, LoweringRow]) -> str:
    """The hardest place of its nodes, an NI-LIF as graded spikes, which the mapper counts."""
    found = ["stock"]
    for row in (rows[name] for name in population.nodes):
        if row.kind == "SpikeNILIF" and len(row.forms) > 1 and row.forms[1].neurons > 0:
            levels = row.forms[1].neurons // row.forms[0].neurons
            found.append(WORDS[row.runs_on] if levels == 1 else WORDS[row.forms[0].runs_on])
        elif row.kind != "SpikeOutput":  # the host reads a result that the chip has
            found.append(WORDS[row.runs_on])
    return max(found, key=ORDER.index)


def differing(
    network: Network, rows: Mapping[str, LoweringRow], places: Mapping[str, NotStock] | None
) -> list[str]:
    target = load_target("loihi2")
    return [
        one.name
        for one in network.populations
        if runs_on(network, one, target, places)[0] != by_its_nodes(one, rows)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t1 template", "t1 search", "t3 template", "t3 search"])
def test_the_tables_agree_on_every_layer_of_the_tracker(name: str, graphs: Graphs) -> None:
    graph = graphs[name]
    rows, network = rows_of(graph), network_of(graph)
    assert differing(network, rows, not_stock(rows.values())) == []
    # And so do the rules by kind, which are all there is for a float graph.
    assert differing(network, rows, None) == []


def test_the_gate_is_the_hosts_in_both_tables(graphs: Graphs) -> None:
    graph = graphs["t3 search"]
    rows, network = rows_of(graph), network_of(graph)
    gates = [one for one in network.populations if one.kind == "gate"]
    assert len(gates) == 6
    for target in map(load_target, ("loihi1", "loihi2")):
        for gate in gates:
            assert runs_on(network, gate, target, not_stock(rows.values()))[0] == "host"
            assert rows[gate.name].runs_on == HOST


def test_the_tables_agree_on_random_graphs_and_each_reason_is_told() -> None:
    target = load_target("loihi2")
    for index in range(60):
        graph, _ = random_graph(5, index)
        rows, network = rows_of(graph), network_of(graph)
        places = not_stock(rows.values())
        assert differing(network, rows, places) == []
        told = [runs_on(network, one, target, places) for one in network.populations]
        assert all(bool(why) == (where != "stock") for where, why in told)


def test_a_layer_that_is_stock_as_binary_neurons_says_so(graphs: Graphs) -> None:
    graph = graphs["t1 search"]
    rows, network = rows_of(graph), network_of(graph)
    target, places = load_target("loihi2"), not_stock(rows.values())
    layer = next(one for one in network.populations if rows[one.name].runs_on == STOCK
                 and one.kind == "nilif")  # fmt: skip
    assert runs_on(network, layer, target, places) == (
        "microcode", "graded spikes (stock as 4 binary LIFs a neuron)",
    )  # fmt: skip


def test_loihi1_computes_what_is_stock_as_binary_neurons_and_nothing_else(graphs: Graphs) -> None:
    target = load_target("loihi1")
    for graph in (graphs["t1 search"], *(random_graph(5, index)[0] for index in range(30))):
        rows, network = rows_of(graph), network_of(graph)
        places = not_stock(rows.values())
        for one in network.on_chip:
            where, why = runs_on(network, one, target, places)
            inside = [rows[name] for name in one.nodes if rows[name].kind != "SpikeOutput"]
            if any(row.runs_on != STOCK for row in inside):
                assert where == "not on this chip" and why
            else:
                assert where == "stock" or "spikes here are binary" in why
