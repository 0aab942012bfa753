"""Tiles: within every limit, covering every neuron once, by formulas a reader can check."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.mapping.activity import assumed_activity
from hardware.mapping.demand import LIMIT_OF, Demand, tiling_of
from hardware.mapping.extract import network_of
from hardware.mapping.packing import Cores, pack, tile_synops, tiled_of
from hardware.mapping.partition import Tilings, partition, tile_demands
from hardware.mapping.populations import Network
from hardware.target import Target
from spiketrack.errors import CapacityError
from tests.hardware.mapping.chip_graphs import binary_target, residual, small_target, two_layers
from tests.strategies import Case, spike_graphs

ROOMY = dict.fromkeys((*LIMIT_OF.values(), "atoms_per_axon"), 1 << 30)


def cut(graph: Any, target: Target) -> tuple[Network, Tilings, dict[int, Demand], Cores]:
    network = network_of(graph)
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    demands = tile_demands(network, target, tilings)
    return network, tilings, demands, pack(tiled_of(network, target, activity, tilings))


def test_a_layer_that_fits_is_one_tile() -> None:
    _, tilings, _, cores = cut(two_layers(), small_target(**ROOMY))
    assert [one.parts for one in tilings.values()] == [(1, 1, 1)] * 3
    assert cores.count == 1


def test_demands_of_one_tile_follow_the_formulas() -> None:
    network, _, demands, _ = cut(two_layers(4, 8, 3), small_target(**ROOMY))
    second = {name: int(value[0]) for name, value in demands[2].items()}
    assert network.populations[2].name == "second"
    assert second["neurons"] == 4 * 8 * 8
    assert second["synapse_bits"] == 4 * 4 * 9 * 8
    # One 24-bit register a neuron; the float graph's parameters of this layer: none.
    assert second["state_bits"] == 4 * 8 * 8 * 24
    # All 64 positions, 4 channels in one axon; the reader is one tile.
    assert second["in_axons"] == 64
    assert second["out_axons"] == 4 * 8 * 8
    axons = (second["in_axons"] + second["out_axons"]) * 32
    assert second["memory_bits"] == second["synapse_bits"] + second["state_bits"] + axons


def test_copies_of_shared_weights_are_counted_once_per_tile() -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 64})
    _, tilings, demands, _ = cut(two_layers(4, 8, 3), target)
    channels, rows, columns = tilings[2].parts
    assert channels * rows * columns == 4
    stored = int(demands[2]["synapse_bits"].sum())
    assert stored == 4 * 4 * 9 * 8 * rows * columns


def test_without_shared_weights_every_neuron_stores_its_own() -> None:
    _, _, demands, _ = cut(two_layers(4, 8, 3), small_target(shared_weights=False, **ROOMY))
    assert int(demands[2]["synapse_bits"][0]) == 4 * 8 * 8 * (4 * 9) * 8


def test_binary_spikes_unroll_a_neuron_into_its_levels() -> None:
    _, _, graded, _ = cut(two_layers(), small_target(**ROOMY))
    _, _, binary, _ = cut(two_layers(), binary_target(**ROOMY))
    assert int(binary[1]["neurons"][0]) == 4 * int(graded[1]["neurons"][0])
    assert int(binary[1]["out_axons"][0]) == 4 * int(graded[1]["out_axons"][0])
    # The readout emits no spikes: one compartment each.
    assert int(binary[3]["neurons"][0]) == int(graded[3]["neurons"][0])


def test_axons_carry_so_many_channels_and_no_more() -> None:
    few = small_target(**{**ROOMY, "atoms_per_axon": 3})
    _, _, demands, _ = cut(two_layers(4, 8, 3), few)
    assert int(demands[2]["in_axons"][0]) == 64 * 2


def test_a_cap_on_synops_makes_smaller_tiles_of_the_busy_layer() -> None:
    network = network_of(two_layers(4, 8, 3))
    target = small_target(**ROOMY)
    activity = assumed_activity(network, target)
    synops = activity.step_synops(network)
    tilings = partition(network, target, synops, synops_cap=float(synops[2]) / 4)
    assert tilings[2].tiles == 4
    assert tilings[3].tiles == 1


@pytest.mark.parametrize(
    ("limit", "resource"),
    [
        ("synapse_memory_per_core", "synapse_bits"),
        ("state_memory_per_core", "state_bits"),
        ("in_axons_per_core", "in_axons"),
    ],
)
def test_a_neuron_too_large_for_a_core_is_refused_by_name(limit: str, resource: str) -> None:
    target = small_target(**{**ROOMY, limit: 1})
    with pytest.raises(CapacityError, match=f"{resource}: needed at most 1 .* too many. "):
        cut(two_layers(), target)


def test_a_neuron_that_nothing_can_hold_names_the_excess() -> None:
    target = small_target(**{**ROOMY, "synapse_memory_per_core": 100})
    with pytest.raises(
        CapacityError, match=r"layer 'second', synapse_bits: .* found 288 .* 188 too many. Fewer"
    ):
        cut(two_layers(4, 8, 3), target)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1))
def test_every_neuron_on_exactly_one_core_and_no_limit_exceeded(case: Case) -> None:
    roomy = {"synapse_memory_per_core": 1 << 20, "state_memory_per_core": 1 << 20,
             "memory_per_core": 1 << 21, "in_axons_per_core": 4096,
             "out_axons_per_core": 4096}  # fmt: skip
    for target in (small_target(**roomy), binary_target(**roomy)):
        try:
            network, tilings, demands, cores = cut(case[0], target)
        except CapacityError:
            continue
        for name, limit in LIMIT_OF.items():
            assert cores.used[name].max(initial=0) <= target[limit]
        for population in network.on_chip:
            tiling = tilings[population.index]
            covered = np.zeros(population.shape, np.int64)
            for y0, y1 in zip(tiling.borders[1][:-1], tiling.borders[1][1:], strict=True):
                for x0, x1 in zip(tiling.borders[2][:-1], tiling.borders[2][1:], strict=True):
                    for c0, c1 in zip(tiling.borders[0][:-1], tiling.borders[0][1:], strict=True):
                        covered[c0:c1, y0:y1, x0:x1] += 1
            assert (covered == 1).all()
            assert len(cores.cores_of(population.index, tiling)) == tiling.tiles
        total = sum(int(demand["neurons"].sum()) for demand in demands.values())
        assert int(cores.used["neurons"].sum()) == total


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1))
def test_synops_and_weights_are_conserved_over_cores(case: Case) -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 7})
    network, tilings, demands, cores = cut(case[0], target)
    activity = assumed_activity(network, target)
    assert int(cores.used["synops"].sum()) == sum(activity.synops)
    for population in network.on_chip:
        tiling = tilings[population.index]
        places = tiling.parts[1] * tiling.parts[2]
        into = network.into[population.index]
        stored = sum(
            (link.weights_per_channel * population.shape[0]
             * (tiling.tiles // tiling.parts[0] if link.kind != "recurrent" else places)
             + link.whole_weights * tiling.tiles) * link.weight_bits
            for link in into
        )  # fmt: skip
        assert int(demands[population.index]["synapse_bits"].sum()) == stored


def shared_bits(network: Network, tilings: Tilings, cores: Cores, core: int) -> int:
    """Weights of one core by hand: every channel of every link once, whole kernels once a link."""
    bits = 0
    for population in network.on_chip:
        tiling = tilings[population.index]
        placed = cores.cores_of(population.index, tiling)
        mine = np.flatnonzero(placed == core)
        channels = {
            channel
            for tile in mine.tolist()
            for channel in range(
                int(tiling.borders[0][tile % tiling.parts[0]]),
                int(tiling.borders[0][tile % tiling.parts[0] + 1]),
            )
        }
        for link in network.into[population.index]:
            stored = len(channels) * link.weights_per_channel + bool(len(mine)) * link.whole_weights
            bits += stored * link.weight_bits
    return bits


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1), st.integers(1, 12))
def test_weights_are_counted_once_on_every_core_that_needs_them(case: Case, neurons: int) -> None:
    # Cut for a smaller core than they are packed on: several tiles of one layer share a core.
    network = network_of(case[0])
    target = small_target(**{**ROOMY, "neurons_per_core": 4 * neurons})
    activity = assumed_activity(network, target)
    tight = small_target(**{**ROOMY, "neurons_per_core": neurons})
    tilings = partition(network, tight, activity.step_synops(network))
    cores = pack(tiled_of(network, target, activity, tilings))
    for core in range(cores.count):
        expected = shared_bits(network, tilings, cores, core)
        assert int(cores.used["synapse_bits"][core]) == expected


def test_two_tiles_of_the_same_channels_share_weights_and_of_others_do_not() -> None:
    network = network_of(two_layers(4, 8, 3))
    target = small_target(**ROOMY)
    activity = assumed_activity(network, target)
    kernel = 4 * 9 * 8  # weights of one output channel, in bits
    for parts, distinct in (((1, 2, 1), 4), ((2, 1, 1), 4), ((2, 2, 2), 4)):
        tilings = partition(network, target, activity.step_synops(network))
        tilings[2] = tiling_of(network.populations[2].shape, parts)
        cores = pack(tiled_of(network, target, activity, tilings))
        assert cores.count == 1
        # conv0 (1x1, 4 to 4), conv1 (3x3, 4 to 4), read (1x1, 4 to 1), 8 bits each.
        assert int(cores.used["synapse_bits"][0]) == (16 + 4) * 8 + distinct * kernel


def test_synops_follow_the_taps_inside_the_border() -> None:
    network = network_of(two_layers(1, 4, 3))
    target = small_target(**{**ROOMY, "neurons_per_core": 4})
    activity = assumed_activity(network, target)
    tilings = partition(network, target, activity.step_synops(network))
    assert tilings[2].tiles == 4
    # 10 x 10 taps in all, a quarter spikes: 25.
    assert int(tile_synops(network, activity, 2, tilings).sum()) == 25
    # A row at the border has 2 + 3 + 3 + 2 taps in each of 2 rows of the kernel, one inside in
    # each of 3: 20 : 30 : 30 : 20 of 100, of 25 SynOps 5 : 7.5 : 7.5 : 5.
    for parts in ((1, 4, 1), (1, 1, 4)):
        split = tile_synops(network, activity, 2, {**tilings, 2: tiling_of((1, 4, 4), parts)})
        assert split.tolist() in ([5, 8, 7, 5], [5, 7, 8, 5])
    # 16 tiles of one neuron: 4, 6 or 9 taps.
    singles = tile_synops(network, activity, 2, {**tilings, 2: tiling_of((1, 4, 4), (1, 4, 4))})
    taps = np.outer([2, 3, 3, 2], [2, 3, 3, 2]).reshape(-1)
    assert int(singles.sum()) == 25
    np.testing.assert_allclose(singles, taps / 4, atol=1)


def test_small_tiles_of_several_layers_share_a_core() -> None:
    _, tilings, _, cores = cut(residual(), small_target(**{**ROOMY, "neurons_per_core": 300}))
    assert sum(one.tiles for one in tilings.values()) == 3
    # 4 * 36 + 4 * 36 = 288 fit, 2 * 36 more do not.
    assert cores.core_of_tile.tolist() == [0, 0, 1]
