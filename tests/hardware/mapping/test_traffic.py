"""Messages between cores, and what their ways cost, against neuron-by-neuron counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.mapping.activity import Activity, assumed_activity
from hardware.mapping.extract import network_of
from hardware.mapping.mesh import hop_sum, mesh_of, route
from hardware.mapping.packing import pack, tiled_of
from hardware.mapping.partition import partition
from hardware.mapping.placement import curve_order, place
from hardware.mapping.traffic import Traffic, traffic_of
from hardware.target import array_of_chips
from tests.hardware.mapping.brute_force import same_conv_messages
from tests.hardware.mapping.chip_graphs import residual, small_target, two_layers
from tests.hardware.mapping.test_extract import gated
from tests.hardware.mapping.test_partition import ROOMY


def full_rate(activity: Activity) -> Activity:
    return Activity("all", False, tuple(1.0 for _ in activity.rates), activity.synops)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("neurons", [16, 40, 64])
def test_every_spike_goes_once_to_every_tile_that_reads_it(kernel: int, neurons: int) -> None:
    network = network_of(two_layers(3, 7, kernel))
    target = small_target(**{**ROOMY, "neurons_per_core": neurons})
    activity = full_rate(assumed_activity(network, target))
    tilings = partition(network, target, activity.step_synops(network))
    cores = pack(tiled_of(network, target, activity, tilings))
    expected = same_conv_messages(network, tilings, cores, network.links[1], kernel)
    expected += same_conv_messages(network, tilings, cores, network.links[2], 1)
    local = sum(n for (one, other), n in expected.items() if one == other)
    traffic = traffic_of(network, tilings, cores, activity)
    pairs = zip(traffic.senders, traffic.receivers, traffic.messages, strict=True)
    found = {(int(one), int(other)): n for one, other, n in pairs}
    assert found == {pair: n for pair, n in expected.items() if pair[0] != pair[1]}
    assert traffic.local == local


def test_a_stream_sends_every_membrane_and_a_neuron_its_share() -> None:
    network = network_of(residual())
    activity = assumed_activity(network, small_target())
    by_port = {link.port: activity.messages(network, link) for link in network.out_of[1]}
    assert by_port == {"stream": 1.0, "spikes": 0.25}


def test_messages_of_a_gate_go_to_the_host_and_come_back() -> None:
    network = network_of(gated(n_steps=2))
    target = small_target(**ROOMY)
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    tiled = tiled_of(network, target, activity, tilings)
    cores = pack(tiled)
    traffic = traffic_of(network, tilings, cores, activity)
    # To the host: a quarter of 48 spikes in 2 steps, 3 logits in 2 steps, 16 results.
    assert traffic.to_host == 48 * 2 * 0.25 + 3 * 2 + 16
    # From it: the input (48, 2 steps) and the mixed membranes (48).
    assert traffic.from_host == 48 * 2 + 48
    assert {one.name for one in network.on_chip} == {"a", "mlp", "b", "out"}
    by_name = {one.name: tiled.demands[one.index]["out_axons"] for one in network.on_chip}
    assert int(by_name["mlp"].sum()) == 3
    assert int(by_name["a"].sum()) == 48 + 48


def line(messages: list[float]) -> Traffic:
    """Core 0 sends to 1, 1 to 2, ..."""
    count = len(messages)
    return Traffic(np.arange(count), np.arange(count) + 1, np.array(messages), 0.0, 0.0, 0.0, {})


def test_hops_are_routers_and_borders_between_chips() -> None:
    # Two chips side by side, each 2 x 2 routers of 2 cores; a border costs 3 more.
    mesh = mesh_of(small_target(), array_of_chips(2))
    places = np.arange(16)
    assert int(mesh.distance(places[:1], places[1:2])[0]) == 0  # same router
    assert int(mesh.distance(places[:1], places[2:3])[0]) == 1  # next column
    assert int(mesh.distance(places[:1], places[7:8])[0]) == 2  # other corner
    assert int(mesh.distance(places[:1], places[8:9])[0]) == 2 + 3  # first router of chip 2


def test_the_load_of_links_adds_up_to_the_ways() -> None:
    mesh = mesh_of(small_target(), array_of_chips(4))
    rng = np.random.default_rng(0)
    traffic = line(rng.integers(1, 9, 20).astype(float).tolist())
    places = rng.permutation(mesh.places)[:21]
    routes = route(mesh, traffic, places)
    one, other = places[traffic.senders], places[traffic.receivers]
    steps = mesh.distance(one, other) - mesh.crossing * mesh.borders(one, other)
    assert routes.east_west.sum() + routes.north_south.sum() == pytest.approx(
        float((steps * traffic.messages).sum())
    )
    assert routes.crossings == float((mesh.borders(one, other) * traffic.messages).sum())


def test_a_message_along_one_row_loads_the_links_between() -> None:
    mesh = mesh_of(small_target(), array_of_chips(2))
    traffic = Traffic(np.array([0]), np.array([1]), np.array([5.0]), 0.0, 0.0, 0.0, {})
    routes = route(mesh, traffic, np.array([0, 10]))  # columns 0 and 3 of row 0
    assert routes.east_west[0].tolist() == [5.0, 5.0, 5.0]
    assert routes.north_south.sum() == 0.0
    assert routes.peak_link == 5.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(0, 60))
def test_optimised_is_never_worse_than_the_baseline_and_the_seed_decides(
    seed: int, cores: int, edges: int
) -> None:
    rng = np.random.default_rng(seed)
    mesh = mesh_of(small_target(), array_of_chips(4))
    senders = rng.integers(0, cores, edges)
    receivers = (senders + rng.integers(1, cores, edges)) % cores
    traffic = Traffic(senders, receivers, rng.random(edges), 0.0, 0.0, 0.0, {})
    found = place(mesh, traffic, cores, seed, 100)
    again = place(mesh, traffic, cores, seed, 100)
    assert found.traffic_hops <= found.baseline + 1e-9
    assert np.array_equal(found.places, again.places)
    assert len(np.unique(found.places)) == cores
    assert found.traffic_hops == hop_sum(mesh, traffic, found.places)


def test_any_seed_from_zero_up_is_taken() -> None:
    mesh = mesh_of(small_target(), array_of_chips(1))
    assert place(mesh, line([1.0] * 4), 5, seed=2**70, moves=10).places.shape == (5,)


def test_a_chain_is_placed_almost_without_hops() -> None:
    mesh = mesh_of(small_target(), array_of_chips(4))
    traffic = line([1.0] * 31)
    found = place(mesh, traffic, 32, seed=1, moves=2000)
    # 16 routers of 2 cores: 15 hops between routers at best, and 3 borders of 3.
    assert found.traffic_hops <= 15 + 3 * 3
    assert found.random > 3 * found.traffic_hops


@pytest.mark.parametrize("width", [1, 2, 4])
def test_the_curve_visits_every_place_once_and_a_compact_block_first(width: int) -> None:
    mesh = mesh_of(small_target(), array_of_chips(16))
    order = curve_order(mesh, 4 * 8, width)
    assert sorted(order.tolist()) == list(range(mesh.places))
    # Four chips of 2 x 2 routers: the corner of 4 x 4 routers.
    assert mesh.row[order[:32]].max() == 3
    assert mesh.column[order[:32]].max() == 3
