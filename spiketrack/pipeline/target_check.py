"""What in an integer graph a chip has no format or no neuron for. How much fits is the mapper's."""

from collections.abc import Iterator

from hardware.mapping.formats import format_obstacles
from hardware.target import Target
from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

_HOST = "run it on the host, or choose a chip with programmable neurons"


def chip_obstacles(graph: Graph[SpikeNode], target: Target) -> Iterator[Obstacle]:
    """Every node that does not fit the formats or neurons of a chip."""
    yield from format_obstacles(graph, target)
    for node in graph:
        for reason, rewrite in _neuron(node, target):
            yield Obstacle(node.name, f"{reason} ({target.name})", rewrite)


def _neuron(node: SpikeNode, target: Target) -> Iterator[tuple[str, str]]:
    if not target.has("graded_spikes") and isinstance(node, s.SpikeDelta | s.SpikeRelu):
        yield "graded spikes, the chip has binary ones", "train with spiking neurons"
    if target.has("microcode"):
        return
    match node:
        case s.SpikeNILIF() if node.decay_q.size:
            yield "an NI-LIF neuron with a state, the chip has CUBA-LIF", _HOST
        case s.SpikeCubaLIF() | s.SpikeCubaLI() if node.current != "new":
            found = "a membrane that reads the current of the step before, the chip's reads the new"
            yield found, "convert with --cuba new, or train with it"
        case s.SpikeCubaLIF() if node.reset != "zero":
            yield "a reset by subtraction, the chip resets to zero", "train with reset to zero"
        case s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix():
            yield "a product of two signals, the chip multiplies by weights only", _HOST
        case _:
            return
