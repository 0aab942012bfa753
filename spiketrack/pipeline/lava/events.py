"""Lava's own counters beside the simulator's counts: held by phase, and compared.

The processes count in the chip profiler's field names (`hardware.lava.runtime.events`). Each figure
must be the one that `spiketrack.counts.conventions` gives for the values of the same run, where
both have one:

- a connection that reads a sum receives one message here, one for each addend there;
- a product of values not known to be spikes is true MACs there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hardware.lava.runtime.events import FIELDS, NONE, Events
from simulation.counting.neuron_costs import RECURRENT_SUFFIX
from spiketrack.counts.event_counts import EventCounts, LayerCounts, PhaseCounts
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.structural_nodes import StructuralNode

SpikeGraph = Graph[s.SpikeNode]
NodeEvents = dict[str, Events]
CONNECTIONS = ("conv", "memory_write", "memory_read", "recurrent")
PRODUCTS = ("memory_write", "memory_read")


def differences(
    graph: SpikeGraph, counted: Mapping[str, Events], simulated: PhaseCounts
) -> list[str]:
    """A line for every figure of Lava's that is not the simulator's."""
    lines = []
    for layer in simulated.layers:
        events = counted.get(layer.name.removesuffix(RECURRENT_SUFFIX), NONE)
        for field, expected in expected_events(graph, layer):
            ours = getattr(events, field)
            if ours != expected:
                lines.append(
                    f"{layer.name} ({layer.kind}): Lava counted {field} {ours}, "
                    f"the simulator {expected}"
                )
    return lines


def expected_events(graph: SpikeGraph, layer: LayerCounts) -> Iterator[tuple[str, int]]:
    """What the simulator's row of a layer says in the chip profiler's fields: name and figure."""
    # A stream that a connection reads as it is sends messages to the simulator only.
    if layer.kind in ("neuron", "input"):
        yield "axon_out", layer.messages
    if layer.kind != "recurrent":
        yield "dendrite_updates", layer.neuron_updates
    if layer.kind in ("rgb_conv", "dense_conv"):
        yield "syn_ops", layer.effective_macs
    is_true_product = layer.kind in PRODUCTS and layer.true_macs > 0
    if layer.kind in CONNECTIONS and not is_true_product and not _reads_a_stream(graph, layer.name):
        yield "syn_ops", layer.graded
        yield "spikes_in", layer.events


def _reads_a_stream(graph: SpikeGraph, layer: str) -> bool:
    name = layer.removesuffix(RECURRENT_SUFFIX)
    node = graph[name]
    while node.inputs and (node.name == name or isinstance(node, StructuralNode)):
        node = graph[node.inputs[0]]
    return isinstance(node, s.SpikeAdd | s.SpikeRescale)


def alarms_of(
    graphs: Mapping[str, SpikeGraph], events: Mapping[str, NodeEvents], counts: EventCounts
) -> list[str]:
    """One sentence for every figure that differs.

    Args:
        graphs: the graph of each phase.
        events: Lava's counters by phase; empty if nothing ran on Lava.
        counts: of the values of the same runs.
    """
    sentences = []
    for phase, counted in events.items():
        if phase in counts.phases and phase in graphs:
            sentences += [
                f"phase '{phase}': {line}"
                for line in differences(graphs[phase], counted, counts.phases[phase])
            ]
        elif any(events != NONE for events in counted.values()):
            sentences.append(f"phase '{phase}': Lava counted events, the simulator no frame")
    return sentences


def added(first: Mapping[str, Events], second: Mapping[str, Events]) -> NodeEvents:
    """Sums node by node."""
    return {name: first.get(name, NONE) + second.get(name, NONE) for name in {**first, **second}}


def to_dict(events: Mapping[str, NodeEvents]) -> dict[str, Any]:
    """The entry `lava_events` of profile.json: per phase its nodes that counted, and totals."""
    return {
        phase: {
            "nodes": {
                name: _fields(node_events)
                for name, node_events in nodes.items()
                if node_events != NONE
            },
            "totals": _fields(sum(nodes.values(), start=NONE)),
        }
        for phase, nodes in events.items()
    }


def from_dict(document: Mapping[str, Any]) -> dict[str, NodeEvents]:
    """Reads what `to_dict` wrote.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it did not.
    """
    return {
        phase: {
            name: Events(*(fields[key] for key in FIELDS))
            for name, fields in content["nodes"].items()
        }
        for phase, content in document.items()
    }


def _fields(events: Events) -> dict[str, int]:
    return {key: getattr(events, key) for key in FIELDS}
