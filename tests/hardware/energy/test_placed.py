"""What a placement adds: hops by direction, static power by time, for spikes that were counted."""

from dataclasses import replace
from typing import Any

import pytest

from hardware.energy import EnergyModel, Term, audit, energy_models, require_measured
from hardware.energy.placed import PRICES, UNROLLED, placed_energy
from hardware.mapping import MapOptions, MappingRecord, map_graph, record_of
from spiketrack.constants import Constant
from spiketrack.counts import profile_from
from spiketrack.errors import MappingError
from spiketrack.report.energy_tables import placed_table
from tests.hardware.energy.sample_profile import connection, small_profile
from tests.hardware.mapping.chip_graphs import residual, small_target

HASH = "a" * 64


def mapping(graph: str = "search", **changes: Any) -> MappingRecord:
    """A mapping on the small target, some of whose figures are replaced."""
    record = record_of(map_graph(residual(), small_target(), MapOptions(moves=0)), {})
    traffic = {**record.summary["traffic"], "east_west_hops": 1000.0, "north_south_hops": 500.0}
    times = {"alone_us": 200.0, "depth": 9, "interval_us": 50.0, "interval_steps": 2}
    other = {**times, "alone_us": 600.0, "interval_us": 40.0}
    timing = {**record.summary["timing"], **times, "estimates": [times, other]}
    summary = {**record.summary, "traffic": traffic, "timing": timing}
    board = {**record.board, "chips": 8, "chips_touched": 3}
    provenance = {"sha256": {"profile": HASH}}
    made = replace(record, graph=graph, summary=summary, board=board, provenance=provenance)
    return replace(made, **changes)


def test_hops_are_priced_by_direction_and_added_to_the_counts() -> None:
    report = audit(profile_from(small_profile(connection())), mapping())
    assert report.placed is not None
    rows = {one.model: one for one in report.placed.energies}
    assert rows["davies2018-graded"].hops_pj == pytest.approx(1000 * 3.0 + 500 * 4.0)
    assert rows["sanafe-graded"].hops_pj == pytest.approx(1000 * 3.0 + 500 * 4.2)
    for one in report.counted:
        if one.model in rows:
            row = rows[one.model]
            assert row.dynamic_pj == pytest.approx(one.total_pj + row.hops_pj + row.idle_pj)


def test_a_price_of_a_step_is_added_where_a_placement_says_how_many_there_are() -> None:
    pj = Constant(2.0, "pJ", "assumed: an example", "A")
    own = EnergyModel(
        name="mine", title="Mine", technology="none", precision="none", scope="chip dynamic",
        events="graded SynOps", omits=(), uncertainty="",
        terms=(Term(label="SynOp", counter="synops.graded", group="synapse", cost=pj),),
        per_step=Constant(30_000.0, "pJ", "assumed: an example", "A"),
    )  # fmt: skip
    report = audit(profile_from(small_profile(connection())), mapping(), own_models=(own,))
    assert report.placed is not None
    (mine,) = (one for one in report.placed.energies if one.model == "mine")
    assert (mine.hops_pj, mine.idle_pj) == (0.0, 0.0)
    assert mine.steps_pj == 9 * 30_000.0
    assert mine.dynamic_pj == pytest.approx(report.result_of("mine").total_pj + 9 * 30_000.0)
    table = placed_table(report, report.placed)
    assert [column.title for column in table.columns][4] == "steps"
    assert table.rows[-1][4].text == "270 nJ" and "was fitted to a chip" in table.note
    others = [one for one in report.placed.energies if one.model != "mine"]
    assert others and all(one.steps_pj == 0.0 for one in others)


def test_a_price_list_without_hops_and_steps_has_no_placed_row() -> None:
    own = replace(energy_models(1)[0], name="mine")
    report = audit(profile_from(small_profile(connection())), mapping(), own_models=(own,))
    assert report.placed is not None
    assert "mine" not in {one.model for one in report.placed.energies}


def test_neurons_are_visited_in_every_step_whether_they_have_work_or_not() -> None:
    busy = {"name": "n", "kind": "neuron", "neuron_updates": 2 * 100}
    counted = audit(profile_from(small_profile(connection(), busy, frames=2))).counted
    record, neurons = mapping(), 4 * 36 + 4 * 36 + 2 * 36
    for overlap, steps in ((False, 9), (True, 2)):
        placed = placed_energy(record, counted, frames=2, frames_overlap=overlap)
        assert (placed.steps, placed.idle_visits) == (steps, neurons * steps - 100)
        idle = {one.model: one.idle_pj for one in placed.energies}
        assert idle["davies2018-graded"] == pytest.approx((neurons * steps - 100) * 52.0)
        assert idle["sanafe-graded"] == pytest.approx((neurons * steps - 100) * 51.2)


def test_an_unrolled_update_is_a_visit_of_every_compartment() -> None:
    busy = {"name": "n", "kind": "neuron", "neuron_updates": 50}
    counted = audit(profile_from(small_profile(connection(), busy))).counted
    target = mapping().target
    quantities = {**target["quantities"], "graded_spikes": {"value": False}}
    record = mapping(target={**target, "quantities": quantities})
    placed = placed_energy(record, counted, frames=1, frames_overlap=False)
    assert placed.idle_visits == (4 * 36 + 4 * 36 + 2 * 36) * 9 - 4 * 50


def test_a_tracked_frame_comes_alone_and_a_sample_follows_the_last_one() -> None:
    counted = audit(profile_from(small_profile(connection()))).counted
    for overlap, own, shortest, longest in ((False, 200.0, 200.0, 600.0), (True, 50.0, 40.0, 50.0)):
        placed = placed_energy(mapping(), counted, frames=1, frames_overlap=overlap)
        assert placed.frame_us == own
        one = placed.energies[0]
        # mW x us = 1000 pJ: chips in use for the shortest estimate, the board for the longest.
        assert one.static_low_pj == pytest.approx(3 * 104.0 * shortest * 1e3)
        assert one.static_high_pj == pytest.approx(8 * 232.078 * longest * 1e3)


def test_a_mapping_of_an_older_version_has_one_estimate() -> None:
    counted = audit(profile_from(small_profile(connection()))).counted
    record = mapping()
    timing = {key: one for key, one in record.summary["timing"].items() if key != "estimates"}
    old = replace(record, summary={**record.summary, "timing": timing})
    placed = placed_energy(old, counted, frames=1, frames_overlap=False)
    assert placed.frame_low_us == placed.frame_us == placed.frame_high_us == 200.0
    broken = {**record.summary, "timing": {**timing, "estimates": [3]}}
    with pytest.raises(MappingError, match="'estimates': needed a list of objects"):
        placed_energy(replace(record, summary=broken), counted, frames=1, frames_overlap=False)


def test_price_lists_apply_to_mappings_of_their_form_of_a_spike() -> None:
    counted = audit(profile_from(small_profile(connection()))).counted
    graded = placed_energy(mapping(), counted, frames=1, frames_overlap=False)
    assert [one.model for one in graded.energies] == ["davies2018-graded", "sanafe-graded"]
    target = mapping().target
    quantities = {**target["quantities"], "graded_spikes": {"value": False}}
    binary = mapping(target={**target, "quantities": quantities})
    unrolled = placed_energy(binary, counted, frames=1, frames_overlap=False)
    assert [one.model for one in unrolled.energies] == ["davies2018-unrolled"]


def test_prices_that_are_used_are_no_longer_listed_as_not_applied() -> None:
    alone, placed = (
        audit(profile_from(small_profile(connection())), one) for one in (None, mapping())
    )
    hop = "Loihi 1, hop east or west"
    assert hop in alone.not_applied and hop not in placed.not_applied
    assert "davies2018-graded: hop east or west" in placed.constants
    assert alone.placed is None


def test_the_table_says_what_time_and_which_chips_static_power_is_of() -> None:
    report = audit(profile_from(small_profile(connection())), mapping())
    assert report.placed is not None
    table = placed_table(report, report.placed)
    assert "3 chips in use at 104 mW (Loihi 1) for 200 us, the shortest estimate" in table.note
    assert "all 8 of the board at 0.232078 W (Loihi 2) for 600 us, the longest" in table.note
    assert "at least" not in table.note and "border between chips" in table.note
    assert len(table.rows) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"provenance": {"sha256": {}}}, "found one made with assumed rates"),
        ({"provenance": {"sha256": "none"}}, "found one made with assumed rates"),
        ({"graph": "template"}, "needed one of graph 'search', found 'template'"),
    ],
)
def test_a_mapping_of_other_spikes_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        require_measured(mapping(**changes), "track")
    require_measured(mapping(), "track")
    require_measured(mapping(graph="net"), "run")


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("traffic", None, "'traffic'"),
        ("traffic", {"messages": 3.0}, "'east_west_hops'"),
        ("timing", {"alone_us": 1.0, "depth": True}, "'depth'"),
        ("timing", {"alone_us": -1.0, "depth": 3}, "'alone_us'"),
    ],
)
def test_a_mapping_without_a_figure_is_refused(part: str, value: Any, message: str) -> None:
    record = mapping()
    lacking = replace(record, summary={**record.summary, part: value})
    with pytest.raises(MappingError, match=message):
        audit(profile_from(small_profile(connection())), lacking)


def test_prices_of_hops_belong_to_price_lists_that_exist() -> None:
    names = {model.name for model in energy_models(4)}
    assert PRICES.keys() <= names and set(UNROLLED) <= PRICES.keys()
