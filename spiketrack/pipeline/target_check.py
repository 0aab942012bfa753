"""Lists the nodes for which a chip has no format or neuron; how much fits is for the mapper."""

from collections.abc import Iterator

from hardware.mapping.formats import format_obstacles
from hardware.stock.chip_neurons import neuron_obstacles
from hardware.target import Target
from spiketrack.errors import Obstacle
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode


def chip_obstacles(graph: Graph[SpikeNode], target: Target) -> Iterator[Obstacle]:
    """Every node that does not fit the formats or neurons of a chip.

    Args:
        graph: an integer graph.
        target: the chip.
    """
    yield from format_obstacles(graph, target)
    for node in graph:
        for reason, rewrite in neuron_obstacles(node, target):
            yield Obstacle(node.name, f"{reason} ({target.name})", rewrite)
