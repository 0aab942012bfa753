"""Counts over frames, phases and sessions; what is refused; alarms."""

from typing import Any

import numpy as np
import pytest

from simulation.counting.counter import EventCounter
from simulation.run import Run
from spiketrack.counts.conventions import NOT_COUNTED, describe
from spiketrack.counts.event_counts import EventCounts, LayerCounts, PhaseCounts, alarms
from spiketrack.errors import GraphError
from spiketrack.graph.graph import Graph
from tests.simulation.counting.counted_graphs import (
    conv,
    image_input,
    memory_graph,
    neuron,
    one_conv,
    output,
    spike_input,
)


def test_frames_default_to_samples_and_fixed_costs_grow_with_them() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 2, 2)))
    counter.add("x", np.ones((1, 3, 2, 2, 1), np.uint8))
    counter.add("x", np.ones((1, 2, 2, 2, 1), np.uint8))
    counts = counter.counts("track")
    assert (counts.frames, counts["c"].dense_macs, counts["c"].events) == (5, 20, 20)
    assert counter.counts("track", frames=1).frames == 1
    counter.reset()
    assert counter.counts("track")["c"] == counter.counts("track", 0)["c"]
    assert counter.counts("track")["c"].dense_macs == 0


def test_the_contract_of_the_profile_is_nested_integers() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 2, 2)))
    counter.add("x", np.ones((1, 1, 2, 2, 1), np.uint8))
    phase = EventCounts.of([counter.counts("track")]).to_dict()["phases"]["track"]
    layer = next(row for row in phase["layers"] if row["name"] == "c")
    assert set(layer["synops"]) == {
        "graded", "unary", "all_weights", "unary_all_weights", "rate_x_dense",
    }  # fmt: skip
    assert {"weight_reads", "weight_bytes_read", "state_bytes", "message_bytes"} <= set(
        layer["memory"]
    )
    numbers = [v for row in phase["layers"] for v in row.values() if not isinstance(v, str | dict)]
    assert {type(number) for number in numbers} == {int}
    assert phase["totals"]["synops"]["graded"] == 4
    assert phase["frames"] == 1


def test_counts_add_over_sessions_and_phases() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 2, 2)))
    counter.add("x", np.ones((1, 1, 2, 2, 1), np.uint8))
    track, init = counter.counts("track"), counter.counts("init")
    both = EventCounts.of([init, track]).merge(EventCounts.of([track]))
    assert list(both.phases) == ["init", "track"]
    assert both.phases["track"].frames == 2
    assert both.phases["track"]["c"].graded == 8
    with pytest.raises(KeyError, match="nothing"):
        track["nothing"]


def test_counts_of_different_phases_or_layers_do_not_add() -> None:
    one, other = PhaseCounts("init", 1, ()), PhaseCounts("track", 1, ())
    with pytest.raises(ValueError, match="cannot add counts of phase 'track' to phase 'init'"):
        _ = one + other
    a, b = LayerCounts(name="a", kind="conv"), LayerCounts(name="a", kind="neuron")
    with pytest.raises(ValueError, match="layer 'a'.* kind 'conv' and 'neuron'"):
        _ = a + b


def test_a_missing_value_is_named() -> None:
    counter = EventCounter(memory_graph())
    counter.add("k", np.ones((1, 1, 1, 2, 2), np.uint8))
    with pytest.raises(GraphError, match="'kTv' waits for an operand"):
        counter.counts("track")
    with pytest.raises(GraphError, match="value 'k'.*once before 'kTv' is complete.*twice"):
        counter.add("k", np.ones((1, 1, 1, 2, 2), np.uint8))


def test_a_value_seen_less_often_than_another_is_named() -> None:
    nodes = (spike_input("x", (1, 1, 1, 1)), neuron("n", "x"), output("n"))
    counter = EventCounter(Graph("g", nodes))
    counter.add("x", np.ones((1, 1, 1, 1, 1), np.uint8))
    with pytest.raises(GraphError, match="every watched value.*'n' came 0 times of 1"):
        counter.counts("track")


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_spikes_that_are_not_integers_are_refused(value: float) -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 1, 1)))
    with pytest.raises(GraphError, match="value 'x': needed spikes: integers, found"):
        counter.add("x", np.full((1, 1, 1, 1, 1), value))


@pytest.mark.parametrize(("value", "found"), [(-1, "-1..0"), (256, "0..256")])
def test_spikes_that_their_neuron_cannot_send_are_refused(value: int, found: str) -> None:
    nodes = (spike_input("x", (1, 1, 1, 2)), neuron("n", "x"), output("n"))
    counter = EventCounter(Graph("g", nodes))
    with pytest.raises(
        GraphError, match=f"'n': needed spikes of its neuron: 0..255, found {found}"
    ):
        counter.add("n", np.array([value, 0]).reshape(1, 1, 1, 2, 1))
    counter.add("x", np.array([value, 0]).reshape(1, 1, 1, 2, 1))


def test_a_wrong_layout_is_refused() -> None:
    counter = EventCounter(one_conv(np.ones((1, 3, 1, 1)), (1, 3, 2, 2)))
    with pytest.raises(
        GraphError, match=r"value 'x': needed \(T, B, H, W, C\) = \(1, B, 2, 2, 3\)"
    ):
        counter.add("x", np.ones((1, 1, 3, 2, 2), np.uint8))


def test_a_run_that_was_not_kept_is_refused() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 1, 1)))
    with pytest.raises(GraphError, match="run by 'fast': needed all values kept, found no 'x'"):
        counter.add_run(Run("fast", {}))


def test_values_that_are_not_watched_are_ignored() -> None:
    counter = EventCounter(one_conv(np.ones((1, 1, 1, 1)), (1, 1, 1, 1)))
    counter.add("c", np.ones(3))
    assert counter.counts("track").frames == 0


def silent_graph() -> Graph[Any]:
    ones = np.ones((1, 1, 1, 1))
    nodes = (
        image_input((1, 1, 1, 1)),
        conv("rgb", "image", ones),
        neuron("first", "rgb"),
        conv("c", "first", ones),
        neuron("last", "c"),
        conv("d", "last", ones),
        output("d"),
    )
    return Graph("g", nodes)


def count_silent(image: int, first: int, last: int) -> tuple[str, ...]:
    counter = EventCounter(silent_graph())
    for name, value in (("image", image), ("first", first), ("last", last)):
        counter.add(name, np.full((1, 1, 1, 1, 1), value))
    return alarms(EventCounts.of([counter.counts("track")]))


def test_a_network_that_fires_everywhere_raises_no_alarm() -> None:
    assert count_silent(-7, 1, 4) == ()


def test_a_silent_input_layer_or_output_raises_an_alarm_that_names_it() -> None:
    found = count_silent(0, 0, 0)
    assert len(found) == 3
    assert "phase 'track', 1 frames: the network's input is silent at 'rgb'" in found[0]
    assert "layer 'first' never fired" in found[1]
    assert "the network's output side is silent: layer 'last' never fired" in found[2]


def test_a_phase_without_frames_raises_no_alarm() -> None:
    assert alarms(EventCounts.of([EventCounter(silent_graph()).counts("update")])) == ()


def test_the_conventions_are_told_and_what_is_left_out_is_listed() -> None:
    text = describe()
    assert "One weight applied to one message" in text
    assert all(item in text for item in NOT_COUNTED)
