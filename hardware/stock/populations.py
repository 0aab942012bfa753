"""Pass: an NI-LIF layer becomes D layers of stock LIFs beside one another."""

from collections.abc import Collection, Mapping

import numpy as np

from hardware.stock.eligible import SpikeGraph, bounds, obstacles_of, stays_inside
from hardware.stock.thresholds import (
    Bounds,
    Ends,
    StockThreshold,
    choose,
    ends_of,
    fits_bias,
    stock_lif,
)
from spiketrack.errors import GraphError, ObstacleError
from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


def thermometer_populations(
    graph: SpikeGraph, ranges: Mapping[str, Bounds], *, layers: Collection[str] | None = None
) -> SpikeGraph:
    """S = sum over k = 1..D of [acc >= theta_k]: one layer of LIFs for each k, and their sum.

    Requires: the layers have no state, their inputs are sums of synapses within 17 bits and a
        sign, and the thetas of one level lie within a bias of one another.
    Ensures: layer L is the LIFs `L.1` ... `L.D`, and the sum of their spikes under the old name,
        so that whatever reads it sees the same integers; for D = 1 it is one LIF. On a chip the
        sum costs nothing: each of the D reaches the next layer through the same weights. All D
        have one threshold if their thetas lie within a bias of one another, so that one process
        holds them.
        D times the neurons, binary spikes, no further step.
    Exact.

    Args:
        graph: an integer graph.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        layers: names of NI-LIF layers, for example `lowerable(graph, ranges)`; None: all of them.

    Raises:
        ObstacleError: layers that cannot be lowered, each with its reason.
        GraphError: a name in `layers` that is no NI-LIF layer.
    """
    all_layers = [node for node in graph if isinstance(node, s.SpikeNILIF)]
    unknown = set(layers or ()) - {node.name for node in all_layers}
    if unknown:
        found = f"'{min(unknown)}'"
        raise GraphError(f"graph '{graph.name}'", "names of NI-LIF layers", found)
    chosen = [node for node in all_layers if layers is None or node.name in layers]
    obstacles = [reason for node in chosen for reason in obstacles_of(graph, node, ranges)]
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}'", tuple(obstacles))
    names = {node.name for node in chosen}
    nodes: list[s.SpikeNode] = []
    for node in graph:
        if isinstance(node, s.SpikeNILIF) and node.name in names:
            nodes += _populations(node, ranges[node.inputs[0]])
        else:
            nodes.append(node)
    return Graph(graph.name, tuple(nodes))


def _populations(node: s.SpikeNILIF, x: Bounds) -> list[s.SpikeNode]:
    low, high = bounds(x)
    ends = ends_of(node.thresholds_q, low, high)
    levels = range(1, node.max_spike + 1)
    # One level needs no sum, and takes the layer's name.
    names = [node.name] if node.max_spike == 1 else [f"{node.name}.{k}" for k in levels]
    lifs: list[s.SpikeNode] = []
    common = choose(ends, low, high)
    # One threshold for all levels lets one process hold them, if the biases reach.
    is_common = fits_bias(common.shift_q) and stays_inside(low, high, common.shift_q)
    for k, name in enumerate(names):
        level = Ends(ends.first[:, k], ends.last[:, k])
        chosen = choose(level, low[:, 0], high[:, 0])
        if is_common:
            chosen = StockThreshold(common.vth, common.shift_q[:, k])
        lifs.append(stock_lif(name, node.inputs[0], chosen.vth, np.ravel(chosen.shift_q)))
    if node.max_spike > 1:
        bits = signed_bits(0, node.max_spike)
        lifs.append(
            s.SpikeAdd(name=node.name, inputs=tuple(names), bits=bits, scale=1.0 / node.max_spike)
        )
    return lifs
