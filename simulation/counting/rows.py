"""Fills a layer's row with what counted spikes mean in operations and memory traffic."""

from dataclasses import replace
from typing import Any

from simulation.counting.meters import Synops
from simulation.counting.spike_roles import role
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.graph.graph import Graph


def with_synops(
    fixed: LayerCounts, synops: Synops, max_spike: int, weight_bytes: int
) -> LayerCounts:
    """Adds spike-dependent counts; binary spikes are accumulates, others multiply-accumulates."""
    graded = synops.graded
    is_binary = max_spike <= 1
    counted = replace(
        fixed,
        max_spike=max_spike,
        events=synops.events,
        unary_spikes=synops.unary_spikes,
        graded=graded,
        unary=synops.unary,
        all_weights=synops.all_weights,
        unary_all_weights=synops.unary_all_weights,
        effective_acs=graded if is_binary else 0,
        effective_macs=0 if is_binary else graded,
    )
    return with_traffic(
        counted, weights=graded, weight_bytes=weight_bytes, reads=graded, writes=graded
    )


def with_traffic(
    counts: LayerCounts, *, weights: int, weight_bytes: int, reads: int, writes: int
) -> LayerCounts:
    """Adds weight reads of `weight_bytes` each, and state reads and writes."""
    return replace(
        counts,
        weight_reads=counts.weight_reads + weights,
        weight_bytes_read=counts.weight_bytes_read + weight_bytes * weights,
        state_reads=counts.state_reads + reads,
        state_writes=counts.state_writes + writes,
    )


def output_side(graph: Graph[Any]) -> frozenset[str]:
    """Neurons whose spikes reach an output through no other neuron nor, if possible, an add."""
    return _last_neurons(graph, through_adds=False) or _last_neurons(graph, through_adds=True)


def _last_neurons(graph: Graph[Any], *, through_adds: bool) -> frozenset[str]:
    # From the outputs back: a walk stops at the first neuron on each way.
    neurons: set[str] = set()
    seen: set[str] = set()
    left = [name for node in graph.outputs for name in node.inputs]
    while left:
        node = graph[left.pop()]
        if node.name in seen:
            continue
        seen.add(node.name)
        if role(node) == "emits":
            neurons.add(node.name)
        elif through_adds or role(node) != "sums":
            left.extend(node.inputs)
    return frozenset(neurons)
