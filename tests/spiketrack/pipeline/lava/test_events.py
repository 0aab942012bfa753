"""Lava's own counters are compared with the counted values; a difference is told, by layer."""

from dataclasses import fields, replace

import numpy as np
import pytest

from hardware.lava.runtime.events import FIELDS, NONE, Events
from simulation.counting.counter import EventCounter
from simulation.reference.engine import run_reference
from spiketrack.counts.event_counts import EventCounts, PhaseCounts
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.pipeline.lava.events import added, alarms_of, differences, from_dict, to_dict

SHAPE = (2, 3, 2, 2)


def network() -> Graph[s.SpikeNode]:
    """Spikes, a convolution of 3 x 3 ones between single cells, a neuron."""
    ends = {"scale": np.ones(1), "bias": np.zeros(1)}
    return Graph(
        "net",
        (
            s.SpikeInput(
                name="x", shape=SHAPE, signal="spikes", low=0, high=4, scale=1.0,
                offset_q=np.zeros(1, np.int32),
            ),
            s.SpikeConv(
                name="conv", inputs=("x",), weight_q=np.ones((3, 3, 1, 1), np.int8),
                weight_scale=np.ones(3),
            ),
            s.SpikeNILIF(
                name="neuron", inputs=("conv",), max_spike=4,
                thresholds_q=np.array([[1, 2, 3, 4]]), decay_q=np.zeros(0, np.int32),
                reset_q=1, bits=24,
            ),
            s.SpikeOutput(name="y", inputs=("neuron",), **ends),
        ),
    )  # fmt: skip


def simulated(graph: Graph[s.SpikeNode]) -> PhaseCounts:
    """Counts of one sample in which one spike of 2 comes, in the first step."""
    x = np.zeros((2, 1, 3, 2, 2), np.int64)
    x[0, 0, 0, 0, 0] = 2
    counter = EventCounter(graph)
    counter.add_run(run_reference(graph, {"x": x}))
    return counter.counts("run")


# One spike meets three weights; three neurons get 2 and fire; 2 * 3 * 2 * 2 are updated.
RIGHT = {
    "x": Events(axon_out=1),
    "conv": Events(syn_ops=3, spikes_in=1),
    "neuron": Events(dendrite_updates=24, axon_out=3),
}


def test_what_can_be_counted_by_hand_is_no_difference() -> None:
    graph = network()
    assert differences(graph, RIGHT, simulated(graph)) == []


@pytest.mark.parametrize(
    ("node", "field", "line"),
    [
        ("x", "axon_out", "x (input): Lava counted axon_out 2, the simulator 1"),
        ("conv", "syn_ops", "conv (conv): Lava counted syn_ops 4, the simulator 3"),
        ("conv", "spikes_in", "conv (conv): Lava counted spikes_in 2, the simulator 1"),
        ("neuron", "dendrite_updates", "neuron (neuron): Lava counted dendrite_updates 25, "
         "the simulator 24"),
        ("neuron", "axon_out", "neuron (neuron): Lava counted axon_out 4, the simulator 3"),
    ],
)  # fmt: skip
def test_a_counter_one_too_high_is_an_alarm_that_names_layer_and_figures(
    node: str, field: str, line: str
) -> None:
    graph = network()
    wrong = {**RIGHT, node: replace(RIGHT[node], **{field: getattr(RIGHT[node], field) + 1})}
    counts = EventCounts.of([simulated(graph)])
    assert alarms_of({"run": graph}, {"run": wrong}, counts) == [f"phase 'run': {line}"]


def test_counters_of_a_phase_that_nobody_simulated_are_an_alarm_if_there_are_any() -> None:
    graph, none = network(), EventCounts()
    line = "phase 'run': Lava counted events, the simulator no frame"
    assert alarms_of({"run": graph}, {"run": RIGHT}, none) == [line]
    assert alarms_of({}, {"run": RIGHT}, EventCounts.of([simulated(graph)])) == [line]
    assert alarms_of({"run": graph}, {"run": dict.fromkeys(RIGHT, NONE)}, none) == []


def test_a_node_that_counted_nothing_is_compared_as_well() -> None:
    graph = network()
    silent = {name: events for name, events in RIGHT.items() if name != "conv"}
    assert len(differences(graph, silent, simulated(graph))) == 2


def test_events_add_up_node_by_node_and_come_back_from_json() -> None:
    twice = added(RIGHT, RIGHT)
    assert twice["neuron"] == Events(dendrite_updates=48, axon_out=6)
    document = to_dict({"run": {**twice, "add": NONE}})
    assert document["run"]["totals"] == {
        "syn_ops": 6, "dendrite_updates": 48, "spikes_in": 2, "axon_out": 8
    }  # fmt: skip
    assert from_dict(document) == {"run": twice}
    assert tuple(one.name for one in fields(Events)) == FIELDS
