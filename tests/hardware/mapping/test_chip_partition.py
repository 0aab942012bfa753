"""Which cores share a chip: each has a place, no chip holds too many, what talks lies together."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.mapping import chip_partition, placement
from hardware.mapping.chip_partition import by_chips
from hardware.mapping.mesh import Mesh, mesh_of
from hardware.mapping.placement import place
from hardware.mapping.reach import Int64
from hardware.mapping.traffic import Traffic
from hardware.target import array_of_chips
from spiketrack.errors import BackendUnavailable
from tests.hardware.mapping.chip_graphs import small_target

PER_CHIP = 8


def in_order(mesh: Mesh, traffic: Traffic, chips: int) -> Int64:
    return np.arange(chips)


def cliques(sizes: list[int], seed: int) -> tuple[Traffic, list[set[int]]]:
    """Groups of cores that send to each other within a group only, numbered at random."""
    names = np.random.default_rng(seed).permutation(sum(sizes))
    groups = [set(names[start : start + size].tolist())
              for start, size in zip(np.cumsum([0, *sizes[:-1]]), sizes, strict=True)]  # fmt: skip
    pairs = [(one, other) for group in groups for one in group for other in group if one != other]
    senders, receivers = np.array(pairs).T
    return Traffic(senders, receivers, np.ones(len(pairs)), 0.0, 0.0, 0.0, {}), groups


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**40), st.integers(9, 64), st.integers(0, 300))
def test_every_core_has_a_place_of_its_own_on_the_block(seed: int, cores: int, edges: int) -> None:
    rng = np.random.default_rng(seed)
    mesh = mesh_of(small_target(), array_of_chips(9))
    senders = rng.integers(0, cores, edges)
    receivers = (senders + rng.integers(1, cores, edges)) % cores
    traffic = Traffic(senders, receivers, rng.random(edges), 0.0, 0.0, 0.0, {})
    block = (3, -(-cores // (3 * PER_CHIP)))
    places = by_chips(mesh, traffic, cores, block, seed, in_order)
    again = by_chips(mesh, traffic, cores, block, seed, in_order)
    assert np.array_equal(places, again)
    assert len(np.unique(places)) == cores
    assert places.min() >= 0
    assert np.all(places // PER_CHIP % 3 < block[1])
    assert np.bincount(places // PER_CHIP).max() <= PER_CHIP


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_cores_that_talk_to_each_other_share_a_chip(seed: int) -> None:
    traffic, groups = cliques([6, 6, 6, 6], seed)
    mesh = mesh_of(small_target(), array_of_chips(4))
    places = by_chips(mesh, traffic, 24, (2, 2), seed, in_order)
    assert sorted(len(set(places[list(group)] // PER_CHIP)) for group in groups) == [1] * 4


def test_a_placement_says_that_it_began_with_the_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    # Above this many cores the cut is the only start.
    monkeypatch.setattr(placement, "BOTH_STARTS", 0)
    traffic, groups = cliques([7, 7, 7, 7], 5)
    found = place(mesh_of(small_target(), array_of_chips(4)), traffic, 28, seed=1, moves=400)
    chips = [set(found.places[list(group)] // PER_CHIP) for group in groups]
    assert all(len(chip) == 1 for chip in chips)
    assert found.method == "cut into chips, then annealing"
    assert found.traffic_hops < found.baseline


def test_without_metis_the_method_names_another_start(monkeypatch: pytest.MonkeyPatch) -> None:
    traffic, _ = cliques([7, 7, 7, 7], 5)
    monkeypatch.setattr(chip_partition, "HAS_METIS", False)
    found = place(mesh_of(small_target(), array_of_chips(4)), traffic, 28, seed=1, moves=400)
    assert found.method.startswith(("network order", "space-filling curve"))
    assert len(np.unique(found.places)) == 28


def test_a_broken_metis_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    traffic, _ = cliques([7, 7, 7, 7], 5)
    monkeypatch.setitem(sys.modules, "pymetis", None)
    with pytest.raises(BackendUnavailable, match="placement: needed pymetis, found import of"):
        place(mesh_of(small_target(), array_of_chips(4)), traffic, 28, seed=1, moves=400)
