"""What the simulator's counts say in the chip profiler's field names."""

from collections.abc import Mapping

from hardware.lava_events import NONE, Events
from simulation.event_counts import PhaseCounts
from simulation.neuron_costs import RECURRENT_SUFFIX
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph

STRUCTURE = m.Repeat | m.SelectStep | m.StackSteps | m.PositionsToChannels | m.Flatten | m.Delay
CONNECTIONS = ("conv", "memory_write", "memory_read", "recurrent")


def differences(counted: Mapping[str, Events], simulated: PhaseCounts) -> list[str]:
    """A line for every figure that is not the simulator's."""
    found = []
    for layer in simulated.layers:
        events = counted.get(layer.name.removesuffix(RECURRENT_SUFFIX), NONE)
        # A stream that a connection reads as it is sends messages to the simulator only.
        sends = layer.kind in ("neuron", "input")
        pairs = [("axon_out", events.axon_out, layer.messages)] if sends else []
        pairs += [("dendrite_updates", events.dendrite_updates, layer.neuron_updates)]
        if layer.kind in CONNECTIONS:
            pairs = [] if layer.kind == "recurrent" else pairs
            pairs += [("syn_ops", events.syn_ops, layer.graded)]
            pairs += [("spikes_in", events.spikes_in, layer.events)]
        elif layer.kind == "rgb_conv":
            pairs += [("syn_ops", events.syn_ops, layer.effective_macs)]
        for field, ours, theirs in pairs:
            if ours != theirs:
                found.append(f"{layer.name} ({layer.kind}) {field}: {ours}, simulator {theirs}")
    return found


def reads_a_sum(graph: Graph[s.SpikeNode], name: str) -> bool:
    """Whether a connection reads a sum: one message on Lava, one per addend to the simulator."""
    node = graph[name]
    while node.inputs and (node.name == name or isinstance(node, STRUCTURE)):
        node = graph[node.inputs[0]]
    return isinstance(node, s.SpikeAdd)


def without_sums(graph: Graph[s.SpikeNode], lines: list[str]) -> list[str]:
    """The differences of layers that read no sums."""
    names = {line: line.split(" (")[0].removesuffix(RECURRENT_SUFFIX) for line in lines}
    return [line for line in lines if not reads_a_sum(graph, names[line])]
