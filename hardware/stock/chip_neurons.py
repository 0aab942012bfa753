"""Which nodes no neuron of a chip computes, where the chip has no microcode, and what to do."""

from collections.abc import Iterator

from typing_extensions import assert_never

from hardware.target import Target
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.kinds import Firing, Gate, Product, SpikeNeuron, holds_state, is_graded
from spiketrack.graph.spike_nodes import SpikeNode

_HOST = "run it on the host, or choose a chip with programmable neurons"


def neuron_obstacles(node: SpikeNode, target: Target) -> Iterator[tuple[str, str]]:
    """Why a chip has no neuron for a node, and a way around it; nothing if it has one.

    Args:
        node: of an integer graph.
        target: the chip.
    """
    if not target.has("graded_spikes") and isinstance(node, Firing) and is_graded(node):
        yield "graded spikes, the chip has binary ones", "train with spiking neurons"
    if target.has("microcode"):
        return
    if isinstance(node, SpikeNeuron):
        yield from _of_neuron(node)
    elif isinstance(node, Product | Gate):
        yield "a product of two signals, the chip multiplies by weights only", _HOST


def _of_neuron(node: SpikeNeuron) -> Iterator[tuple[str, str]]:
    match node:
        case s.SpikeNILIF():
            if holds_state(node):
                yield "an NI-LIF neuron with a state, the chip has CUBA-LIF", _HOST
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            if node.current != "new":
                reason = "a membrane that reads the current of the step before, the chip's reads "
                yield f"{reason}the new", "convert with --cuba new, or train with it"
            elif isinstance(node, s.SpikeCubaLIF) and node.reset != "zero":
                yield "a reset by subtraction, the chip resets to zero", "train with reset to zero"
        case s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return
        case _:
            assert_never(node)
