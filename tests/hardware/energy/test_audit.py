"""The audit: per frame, additive, with its rivals, rules, claims and alarms."""

import copy
from typing import Any

import pytest

from hardware.energy import audit
from spiketrack import constants
from spiketrack.constants import Constant
from spiketrack.counts import profile_from
from spiketrack.errors import ReportError
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile


def test_energies_are_per_frame_whatever_the_number_of_frames() -> None:
    one, many = (
        audit(profile_from(sample_profile(frames=1))),
        audit(profile_from(sample_profile(frames=50))),
    )
    for first, second in zip(one.counted, many.counted, strict=True):
        assert second.total_pj == pytest.approx(first.total_pj)
    assert many.mean_integer == pytest.approx(one.mean_integer)


def test_the_layers_add_up_to_the_whole() -> None:
    report = audit(profile_from(sample_profile("s256-t3")))
    for result in report.counted:
        layers = sum(layer.counted_pj[result.model] for layer in report.layers)
        assert layers == pytest.approx(result.total_pj)
    for reading in report.readings:
        layers = sum(layer.formula_pj[reading.name] for layer in report.layers)
        assert layers == pytest.approx(reading.total_pj)


def test_the_phases_have_budgets_of_their_own() -> None:
    report = audit(profile_from(sample_profile("s256-t3", update=True)))
    budgets = {budget.phase: budget.counted_pj["davies2018-graded"] for budget in report.phases}
    assert list(budgets) == ["init", "track", "update"]
    graded = next(one for one in report.counted if one.model == "davies2018-graded")
    assert budgets["track"] == pytest.approx(graded.total_pj)
    assert budgets["init"] == budgets["update"] != budgets["track"]


def test_the_rival_pays_for_every_mac_or_for_those_that_are_not_zero() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    report = audit(profile_from(small_profile(connection(), rgb, frames=2)))
    rivals = {rival.name: rival for rival in report.rivals}
    assert rivals["ann-int8-dense"].total_pj == pytest.approx(0.3 * (1000 + 100) / 2)
    assert rivals["ann-int8-dense"].low_pj == pytest.approx(0.23 * (1000 + 100) / 2)
    assert rivals["ann-int8-sparse"].total_pj == pytest.approx(0.3 * (180 + 90) / 2)
    assert rivals["ann-fp32-dense"].total_pj == pytest.approx(4.6 * (1000 + 100) / 2)


def test_the_rival_has_the_same_gate() -> None:
    gate = {"name": "gate.mix", "kind": "gate_mix", "true_macs": 40}
    dense, sparse, _ = audit(profile_from(small_profile(connection(), gate))).rivals
    assert (dense.macs, sparse.macs) == (1000 + 40, 180 + 40)


def test_at_equal_scope_neurons_and_host_work_are_left_out() -> None:
    busy = {"name": "n", "kind": "neuron", "neuron_updates": 9, "host_flops": 7}
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}
    results = {
        one.model: one
        for one in audit(profile_from(small_profile(connection(), busy, rgb))).counted
    }
    int8 = results["horowitz45-int8"]
    assert int8.multiply_accumulate_pj == pytest.approx(450 * 0.1 + 90 * 0.3)
    assert int8.low_multiply_accumulate_pj == pytest.approx(450 * 0.03 + 90 * 0.23)
    assert int8.total_pj > int8.multiply_accumulate_pj


def test_a_silent_network_gets_no_verdict() -> None:
    silent = connection(events=0, unary_spikes=0, synops={})
    assert {rule.verdict for rule in audit(profile_from(small_profile(silent))).break_even} == {
        "silent"
    }


def test_float_weights_are_priced_as_one_byte_each_and_say_so() -> None:
    layer = connection(memory={"weight_reads": 180, "weight_bytes_read": 720})
    found = {}
    for backend in ("integer graph (fast)", "float graph (torch float32)"):
        report = audit(profile_from(small_profile(layer, backend=backend)))
        found[report.as_if_int8] = {one.model: one for one in report.counted}
    for name, result in found[True].items():
        assert ("as if weights were int8" in result.title) == (name != "horowitz45-fp32")
        assert "as if" not in found[False][name].title
    for name, price in (("horowitz45-int8-sram", 2.5), ("lemaire2022", 5.0)):
        assert found[True][name].group_pj("memory") == pytest.approx(180 * price)
        assert found[False][name].group_pj("memory") == pytest.approx(720 * price)
        assert found[True][name].unpriced == ()


def test_the_break_even_rules_use_their_own_measures() -> None:
    rules = {
        rule.rule: rule for rule in audit(profile_from(small_profile(connection()))).break_even
    }
    assert rules["Yan et al. 2026"].measured == pytest.approx(50 / (100 * 4))
    assert rules["Yan et al. 2026"].verdict == "above"
    assert rules["Shen et al. 2024"].verdict == "inside"
    assert rules["Davidson & Furber 2021"].measured == pytest.approx(480 / 1000)
    assert rules["Davidson & Furber 2021"].verdict == "below"


def test_pixels_are_no_spikes_for_the_rules() -> None:
    rgb = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 900}
    with_rgb = audit(profile_from(small_profile(connection(), rgb))).break_even
    assert with_rgb == audit(profile_from(small_profile(connection()))).break_even


def test_a_claim_is_held_against_its_variant_only() -> None:
    report = audit(profile_from(sample_profile("s256-t1")))
    (check,) = report.claims
    assert check.claim.id == "s256-t1"
    assert check.ratio_to_reading["single-d"] == pytest.approx(2.9e9 / report.readings[0].total_pj)
    assert check.implied_mean_double_d == pytest.approx(check.implied_mean_single_d / 4)
    assert audit(profile_from(sample_profile("s256-t3"))).claims == ()


def test_alarms_of_the_counter_come_first() -> None:
    profile = small_profile(connection(events=0))
    profile["alarms"] = ["the input is silent"]
    assert audit(profile_from(profile)).alarms[0] == "the input is silent"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": 0}, "No spike arrives at all in 1 layer: encoder"),
        ({"events": 200}, "More events than inputs in 1 layer"),
        ({"unary_spikes": 81}, "Spikes above D = 4 in 1 layer"),
        ({"synops": {"graded": 2, "unary": 1}}, "More graded than unary SynOps"),
        (
            {"synops": {"unary": 2, "unary_all_weights": 1, "graded": 1}},
            "Fewer SynOps with all weights",
        ),
        ({"synops": {}}, "The network is silent"),
    ],
)
def test_counts_that_cannot_be_raise_an_alarm(change: dict[str, Any], message: str) -> None:
    assert any(
        message in alarm
        for alarm in audit(profile_from(small_profile(connection(**change)))).alarms
    )


def test_sound_counts_raise_no_alarm() -> None:
    assert audit(profile_from(sample_profile())).alarms == ()


def test_a_long_list_of_layers_is_cut_in_an_alarm() -> None:
    layers = [connection(f"layer{index}", events=0, unary_spikes=0) for index in range(8)]
    (alarm,) = audit(profile_from(small_profile(*layers))).alarms
    assert alarm.endswith("layer3, layer4 and 3 more.")


def test_a_silent_profile_can_be_audited() -> None:
    report = audit(profile_from(small_profile({"name": "a", "kind": "add"})))
    assert report.mean_integer == 0
    assert all(result.total_pj == 0 for result in report.counted)


def test_a_profile_without_tracked_frames_is_refused() -> None:
    with pytest.raises(ReportError, match="needed a track phase with at least one frame"):
        audit(profile_from({"phases": {"init": {"frames": 1, "layers": [connection()]}}}))
    with pytest.raises(ReportError, match="needed a track phase with at least one frame"):
        audit(profile_from(small_profile(connection(), frames=0)))


def test_the_profile_is_left_as_it_was() -> None:
    profile = sample_profile()
    before = copy.deepcopy(profile)
    audit(profile_from(profile))
    assert profile == before


def test_every_price_used_is_listed_with_its_source() -> None:
    found = audit(profile_from(sample_profile())).constants
    assert found["formula: E_AC"].value == 0.9
    assert found["davies2018-graded: synaptic operation"].value == 23.6
    assert found["rival: int8 MAC, 32-bit accumulator"].value == 0.3
    assert found["break-even: Yan"].value == 0.057
    assert found["NTIDIGITS on Loihi 1: synops"].value == 10_514_929
    assert {one.mark for one in found.values()} == {"H", "M", "D", "A"}
    assert found["formula: E_MAC"].mark == "D"
    assert found["davies2018-graded: static power, not added"].mark == "M"


def test_every_published_number_is_used_or_listed_as_not_applied() -> None:
    report = audit(profile_from(sample_profile()))
    # Arithmetic that only derived prices stand on is named in their sources.
    inside = {"INT8_MULTIPLY"}
    printed = [*report.constants.values(), *report.not_applied.values()]
    for name, one in vars(constants).items():
        if isinstance(one, Constant) and name not in inside:
            assert one in printed, name
    used = [one for one in report.not_applied.values() if one in report.constants.values()]
    assert used == []


def test_totals_are_the_sums_of_the_layers() -> None:
    profile = profile_from(small_profile(connection(), connection()))
    totals = profile.phases["track"].totals
    assert totals.events == 40
    assert totals.graded == 360
    assert totals.messages == 0


def test_banners_say_what_stands_above_every_figure() -> None:
    plain = small_profile(connection())
    assert audit(profile_from(plain)).banners == ()
    frames = plain["phases"]["track"]["frames"]
    stopped = f"Interrupted: every figure is of the {frames} tracked frame"
    marked = {**plain, "interrupted": True, "provenance": {"random_weights": {"seed": 3}}}
    random, interrupted = audit(profile_from(marked)).banners
    assert random.startswith("Random weights (seed 3), never trained: ")
    assert interrupted.startswith(stopped)
