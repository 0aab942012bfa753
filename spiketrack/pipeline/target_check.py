"""What in an integer graph a chip has no format or no neuron for. How much fits is the mapper's."""

from collections.abc import Iterator

from typing_extensions import assert_never

from hardware.mapping.formats import format_obstacles
from hardware.target import Target
from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Firing, Gate, Product, SpikeNeuron, holds_state, is_graded
from spiketrack.graph.spike_nodes import SpikeNode

_HOST = "run it on the host, or choose a chip with programmable neurons"


def chip_obstacles(graph: Graph[SpikeNode], target: Target) -> Iterator[Obstacle]:
    """Every node that does not fit the formats or neurons of a chip.

    Args:
        graph: an integer graph.
        target: the chip.
    """
    yield from format_obstacles(graph, target)
    for node in graph:
        for reason, rewrite in _reasons(node, target):
            yield Obstacle(node.name, f"{reason} ({target.name})", rewrite)


def _reasons(node: SpikeNode, target: Target) -> Iterator[tuple[str, str]]:
    """What a chip lacks for one node, and what to do about it."""
    if not target.has("graded_spikes") and isinstance(node, Firing) and is_graded(node):
        yield "graded spikes, the chip has binary ones", "train with spiking neurons"
    if target.has("microcode"):
        return
    if isinstance(node, SpikeNeuron):
        yield from _neuron_reasons(node)
    if isinstance(node, Product | Gate):
        yield "a product of two signals, the chip multiplies by weights only", _HOST


def _neuron_reasons(node: SpikeNeuron) -> Iterator[tuple[str, str]]:
    """What a chip of fixed neurons, CUBA-LIF that reset to zero, cannot do of a neuron's model."""
    match node:
        case s.SpikeNILIF():
            if holds_state(node):
                yield "an NI-LIF neuron with a state, the chip has CUBA-LIF", _HOST
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            if node.current != "new":
                reads = "a membrane that reads the current of the step before"
                rewrite = "convert with --cuba new, or train with it"
                yield f"{reads}, the chip's reads the new", rewrite
            elif isinstance(node, s.SpikeCubaLIF) and node.reset != "zero":
                yield "a reset by subtraction, the chip resets to zero", "train with reset to zero"
        case s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return
        case _:
            assert_never(node)
