"""Steps and times of a network whose first layer takes three steps and its second one, by hand."""

from typing import Any

import numpy as np
import pytest

from hardware.mapping import MapOptions, map_graph, record_of
from hardware.mapping.activity import assumed_activity
from hardware.mapping.extract import network_of
from hardware.mapping.packing import pack, tiled_of
from hardware.mapping.partition import partition, tile_demands
from hardware.mapping.timing import Timing, depth_of, starts_of, timing_of
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.mapping.chip_graphs import conv, neuron, small_target, two_layers
from tests.hardware.mapping.test_partition import ROOMY


def three_steps_then_one() -> Graph[Any]:
    """Three layers of 16 neurons each; the second hears the last step of the first."""
    return Graph(
        "slower",
        (
            f.FloatInput(name="x", shape=(3, 1, 4, 4), signal="spikes"),
            conv("conv0", "x", (1, 1), 1),
            neuron("first", "conv0", n_steps=3),
            m.SelectStep(name="last", inputs=("first",), step=2),
            conv("conv1", "last", (1, 1), 1),
            neuron("second", "conv1"),
            conv("read", "second", (1, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )


def timed() -> tuple[Timing, Any]:
    network = network_of(three_steps_then_one())
    target = small_target(**ROOMY)  # 2 ns a SynOp, 5 an update, 1 a visit, 100 a step
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    cores = pack(tiled_of(network, target, activity, tilings))
    assert cores.count == 1
    # The input's 48 values each meet a weight; of 16 neurons a quarter fires.
    assert activity.synops == (48, 4, 4)
    return timing_of(tiled_of(network, target, activity, tilings), cores), cores


def test_a_layer_of_one_step_waits_for_all_steps_of_the_one_it_hears() -> None:
    network = network_of(three_steps_then_one())
    names = {one.index: one.name for one in network.populations}
    starts = {names[index]: start for index, start in starts_of(network).items()}
    assert (starts["first"], starts["second"], starts["out"]) == (0, 3, 4)
    assert depth_of(network) == 5


def test_a_step_of_a_full_pipeline_holds_a_third_of_a_layer_of_three_steps() -> None:
    timing, cores = timed()
    assert cores.step_synops.tolist() == [48 / 3 + 4 + 4]
    assert cores.step_updates.tolist() == [3 * 16]
    assert cores.used["synops"].tolist() == [48 + 4 + 4]
    assert cores.used["updates"].tolist() == [3 * 16 + 16 + 16]
    assert timing.own.step_us == pytest.approx((2 * 24 + 5 * 48 + 100) / 1000)


def test_frames_follow_each_other_after_as_many_steps_as_the_slowest_layer_takes() -> None:
    timing, _ = timed()
    step_us = timing.own.step_us
    assert (timing.depth, timing.interval_steps) == (5, 3)
    assert timing.own.latency_us == pytest.approx(5 * step_us)
    assert timing.own.interval_us == pytest.approx(3 * step_us)


def test_a_frame_alone_pays_for_what_works_and_visits_the_rest() -> None:
    timing, _ = timed()
    first = 2 * 16 + 5 * 16 + 1 * 32  # in each of three steps
    later = 2 * 4 + 5 * 16 + 1 * 32  # of each other layer, in one
    assert timing.own.alone_us == pytest.approx((3 * first + 2 * later + 5 * 100) / 1000)


@pytest.mark.parametrize(("cores", "holds"), [(4, False), (5, True), (6, True)])
def test_a_board_of_just_as_many_cores_as_are_needed_holds_it(cores: int, holds: bool) -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 128, "cores_per_chip": cores})
    layout = map_graph(two_layers(4, 8, 3), target, MapOptions(moves=0, spare=0.0))
    assert layout.fewest_cores == 256 // 128 + 256 // 128 + 1
    boards = record_of(layout, {}).summary["chips_per_board"]
    assert [one["holds_it"] for one in boards] == [holds, True, True]
    assert layout.board.chips == (1 if holds else 4)


@pytest.mark.parametrize(("channels", "axons"), [(15, 1), (16, 1), (17, 2), (32, 2), (33, 3)])
def test_an_axon_is_full_when_it_is_full_and_not_before(channels: int, axons: int) -> None:
    target = small_target(**{**ROOMY, "atoms_per_axon": 16})
    network = network_of(two_layers(channels, 2, 1))
    tilings = partition(network, target, np.ones(len(network.populations)))
    assert tilings[2].tiles == 1
    demand = tile_demands(network, target, tilings)[2]
    assert demand["in_axons"].tolist() == [2 * 2 * axons]
