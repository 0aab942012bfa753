"""What a placement adds, column by column, from figures written by hand, in pJ per frame."""

from dataclasses import replace

from hardware.energy import audit
from hardware.energy.placed import Placed, PlacedEnergy
from spiketrack.counts import profile_from
from spiketrack.report import energy_tables
from spiketrack.report.summary import sentences
from tests.spiketrack.report.hand_profile import hand_profile
from tests.spiketrack.report.read_aloud import heads, require_rows

UJ = 1e6
"""Picojoules in a microjoule."""
NJ = 1e3


def placed_by_hand() -> Placed:
    """1,000 hops east or west, 500 north or south; 3 of 8 chips; 200 to 600 us."""
    one = PlacedEnergy(
        model="davies2018-graded",
        title="Loihi 1 prices, graded spikes",
        counted_pj=118 * UJ,
        hops_pj=1000 * 3.0 + 500 * 4.0,  # 5 nJ
        idle_pj=40_000 * 52.0,  # 2.08 uJ
        static_low_pj=3 * 104 * 200 * 1e3,  # 104 mW x 200 us = 20.8 uJ a chip
        static_high_pj=8 * 232.078 * 600 * 1e3,
    )
    return Placed(
        target="Intel Loihi 2",
        board="kapoho-point",
        chips=8,
        chips_touched=3,
        messages=1_200.0,
        east_west_hops=1_000.0,
        north_south_hops=500.0,
        idle_visits=40_000.0,
        steps=9,
        frame_us=250.0,
        frame_low_us=200.0,
        frame_high_us=600.0,
        energies=(one,),
        constants={},
    )


def test_what_a_placement_adds() -> None:
    report, placed = audit(profile_from(hand_profile())), placed_by_hand()
    table = energy_tables.placed_table(replace(report, placed=placed), placed)
    assert table.title == "Placed on kapoho-point of Intel Loihi 2, per tracked frame"
    assert heads(table) == [
        "model", "#counts", "#hops", "#idle visits", "#dynamic", "#static, low estimate",
        "#static, high estimate",
    ]  # fmt: skip
    require_rows(
        table,
        ("Loihi 1 prices, graded spikes (davies2018-graded)", ("118 µJ", 118 * UJ),
         ("5 nJ", 5 * NJ), ("2.08 µJ", 2.08 * UJ), ("120 µJ", (118 + 0.005 + 2.08) * UJ),
         ("62.4 µJ", 3 * 20.8 * UJ), ("1.11 mJ", 8 * 0.232078 * 600 * UJ)),
    )  # fmt: skip
    assert table.note.startswith(
        "1.20 k messages between cores, 1 k hops east or west and 500 north or south. A tracked "
        "frame comes alone and takes 9 steps, with 40 k visits of neurons without work"
    )
    assert (
        "Static: 3 chips in use at 104 mW (Loihi 1) for 200 us, the shortest estimate, or all 8 of "
        "the board at 0.232078 W (Loihi 2) for 600 us, the longest." in table.note
    )


def test_the_sentence_about_a_placement() -> None:
    report = replace(audit(profile_from(hand_profile())), placed=placed_by_hand())
    assert (
        "Placed on kapoho-point of Intel Loihi 2, hops add 5 nJ, visits of neurons without work "
        "2.08 µJ, and static power 62.4 µJ to 1.11 mJ while the frame lasts (estimates, not "
        "bounds)." in dict(sentences(profile_from(hand_profile()), report))["On a chip"]
    )
