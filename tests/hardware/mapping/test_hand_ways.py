"""Ways, messages, rates and times of small networks, each worked out by hand."""

from typing import Any

import numpy as np
import pytest

from hardware.mapping.activity import assumed_activity, measured_activity
from hardware.mapping.demand import tiling_of
from hardware.mapping.extract import network_of
from hardware.mapping.mesh import mesh_of, route
from hardware.mapping.packing import pack, tiled_of
from hardware.mapping.partition import partition
from hardware.mapping.timing import timing_of
from hardware.mapping.traffic import Traffic, traffic_of
from hardware.target import array_of_chips
from spiketrack.counts import profile_from
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from tests.hardware.energy.sample_profile import row
from tests.hardware.mapping.chip_graphs import (
    binary_target,
    conv,
    neuron,
    small_target,
    two_layers,
)
from tests.hardware.mapping.test_partition import ROOMY


def one_way(place: int, to: int, amount: float) -> Traffic:
    return Traffic(np.array([0]), np.array([1]), np.array([amount]), 0.0, 0.0, 0.0, {})


@pytest.mark.parametrize(
    ("place", "to", "horizontal", "vertical"),
    [
        # 2 x 2 routers of 2 cores: place 0 is row 0, column 0; 2: (0, 1); 4: (1, 0); 6: (1, 1).
        (0, 6, (0, 0), (0, 1)),  # east along row 0, then south along column 1
        (6, 0, (1, 0), (0, 0)),  # west along row 1, then north along column 0
        (2, 4, (0, 0), (0, 0)),  # west along row 0, then south along column 0
        (4, 2, (1, 0), (0, 1)),  # east along row 1, then north along column 1
    ],
)
def test_a_message_goes_along_its_own_row_first_and_then_along_the_others_column(
    place: int, to: int, horizontal: tuple[int, int], vertical: tuple[int, int]
) -> None:
    mesh = mesh_of(small_target(), array_of_chips(1))
    routes = route(mesh, one_way(0, 1, 7.0), np.array([place, to]))
    east_west, north_south = np.zeros((2, 1)), np.zeros((1, 2))
    east_west[horizontal], north_south[vertical] = 7.0, 7.0
    assert routes.east_west.tolist() == east_west.tolist()
    assert routes.north_south.tolist() == north_south.tolist()
    assert (routes.traffic_hops, routes.mean_hops, routes.peak_link) == (14.0, 2.0, 7.0)
    assert (routes.east_west_hops, routes.north_south_hops) == (7.0, 7.0)


def test_what_crosses_chips_is_counted_apart_from_hops() -> None:
    # Two chips side by side: columns 0 and 1, 2 and 3. From (0, 0) to (0, 3): 3 links, one border.
    mesh = mesh_of(small_target(), array_of_chips(2))
    routes = route(mesh, one_way(0, 1, 4.0), np.array([0, 10]))
    assert routes.east_west_hops == 3 * 4.0
    assert routes.crossings == 4.0
    assert routes.traffic_hops == (3 + 3) * 4.0  # the border costs three hops more


def halves(cut: int) -> Any:
    """Two layers of 4 x 8 x 8 neurons, each cut into `cut` strips of rows; where the tiles lie."""
    network = network_of(two_layers(4, 8, 3))
    target = small_target(**ROOMY)
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    for index in (1, 2):
        tilings[index] = tiling_of((4, 8, 8), (1, cut, 1))
    return network, target, activity, tilings


def test_messages_inside_a_core_are_no_traffic() -> None:
    network, target, activity, tilings = halves(1)
    cores = pack(tiled_of(network, target, activity, tilings))
    assert cores.count == 1
    traffic = traffic_of(network, tilings, cores, activity)
    # conv1 reads 256 neurons, the readout 256 more, a quarter of which spike: all on one core.
    assert (traffic.total, traffic.local) == (0.0, 2 * 256 / 4)
    assert traffic.per_population[1] == 0.0


def test_each_strip_sends_to_the_strips_that_read_it_and_to_no_other() -> None:
    network, target, activity, tilings = halves(2)
    tight = small_target(**{**ROOMY, "neurons_per_core": 128})
    tilings[3] = tiling_of((1, 8, 8), (1, 1, 1))
    cores = pack(tiled_of(network, tight, activity, tilings))
    # first: cores 0, 1; second: cores 2, 3; the readout's 64 on core 4.
    assert cores.core_of_tile.tolist() == [0, 1, 2, 3, 4]
    traffic = traffic_of(network, tilings, cores, activity)
    pairs = zip(traffic.senders, traffic.receivers, traffic.messages, strict=True)
    found = {(int(one), int(other)): n for one, other, n in pairs}
    # A strip holds 4 rows of 8 x 4 neurons; a 3 x 3 kernel reads one row of the other strip.
    row_sends, strip_sends = 8 * 4 / 4, 4 * 8 * 4 / 4
    assert found == {
        (0, 2): strip_sends, (0, 3): row_sends, (1, 2): row_sends, (1, 3): strip_sends,
        (2, 4): strip_sends, (3, 4): strip_sends,
    }  # fmt: skip
    assert traffic.per_population[1] == 2 * (strip_sends + row_sends)


def profile_of(frames: int) -> dict[str, Any]:
    """Two frames of `two_layers(1, 4, 1)`: graded and unary figures that differ."""

    def spikes(graded: int, unary: int) -> dict[str, Any]:
        return {"messages": graded * frames, "unary_messages": unary * frames}

    layers = [
        row(name="conv0", synops={"graded": 16 * frames, "unary": 16 * frames}),
        row(name="first", kind="neuron", memory=spikes(8, 20)),
        row(name="conv1", synops={"graded": 8 * frames, "unary": 20 * frames}),
        row(name="second", kind="neuron", memory=spikes(4, 12)),
        row(name="read", synops={"graded": 4 * frames, "unary": 12 * frames}),
    ]
    return {"phases": {"track": {"frames": frames, "layers": layers}}}


@pytest.mark.parametrize(
    ("target", "synops", "rates"),
    [(small_target(), (16, 8, 4), (8 / 16, 4 / 16)), (binary_target(), (16, 20, 12), (20, 12))],
)
def test_a_graded_chip_has_graded_synops_and_a_binary_one_unary_ones(
    target: Any, synops: tuple[int, ...], rates: tuple[float, float]
) -> None:
    network = network_of(two_layers(1, 4, 1))
    found = measured_activity(network, target, profile_from(profile_of(5)), "track")
    assert found.synops == synops
    first, second = (found.rates[one.index] for one in network.populations if one.name in
                     ("first", "second"))  # fmt: skip
    if not target.has("graded_spikes"):
        rates = (rates[0] / 16, rates[1] / 16)  # of the neurons of the float network
    assert (first, second) == rates


def test_rates_are_per_neuron_and_step_and_messages_per_frame() -> None:
    steps = 3
    graph: Graph[f.FloatNode] = Graph(
        "three",
        (
            f.FloatInput(name="x", shape=(steps, 1, 4, 4), signal="spikes"),
            conv("conv0", "x", (1, 1), 1),
            neuron("first", "conv0", n_steps=steps),
            conv("read", "first", (1, 1), 1),
            f.FloatOutput(name="out", inputs=("read",)),
        ),
    )
    network = network_of(graph)
    layers = [
        row(name="conv0", synops={"graded": 2 * 48}),
        row(name="first", kind="neuron", memory={"messages": 2 * 24}),
        row(name="read", synops={"graded": 2 * 24}),
    ]
    profile = {"phases": {"track": {"frames": 2, "layers": layers}}}
    found = measured_activity(network, small_target(), profile_from(profile), "track")
    # 24 messages a frame of 16 neurons in 3 steps: one in two.
    assert found.rates[1] == 24 / (16 * 3)
    link = next(one for one in network.links if one.node == "read")
    assert found.messages(network, link) == 3 * 0.5
    assert found.population_synops(network).tolist() == [0, 48, 24]
    assert found.step_synops(network).tolist() == [0.0, 48 / 3, 24 / 3]


def test_an_idle_visit_costs_its_own_time() -> None:
    # Two layers of one neuron on a core: each step one works, and the other is only visited.
    network = network_of(two_layers(1, 1, 1))
    target = small_target(
        **ROOMY, synop_ns=2.0, neuron_update_ns=50.0, idle_visit_ns=7.0, step_overhead_ns=100.0
    )
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    cores = pack(tiled_of(network, target, activity, tilings))
    assert cores.count == 1
    times = timing_of(tiled_of(network, target, activity, tilings), cores).own
    synops = [activity.synops[link.index] for link in network.links]
    working = 2.0 * sum(synops) + 3 * 50.0
    idle = 3 * 2 * 7.0  # three steps, two neurons each
    assert times.alone_us == pytest.approx((working + idle + 3 * 100.0) / 1000)
    assert times.step_us == pytest.approx((working + 100.0) / 1000)
