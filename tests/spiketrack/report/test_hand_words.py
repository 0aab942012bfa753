"""Every card and every sentence at the top of the page, worked out by hand from `hand_profile`."""

from typing import Any

import pytest

from hardware.energy import AuditReport, audit
from spiketrack.counts import profile_from
from spiketrack.report.summary import headlines, sentences
from tests.hardware.energy.sample_profile import connection, small_profile
from tests.spiketrack.report.hand_profile import hand_profile, hand_run


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(profile_from(hand_profile()))


def told(profile: dict[str, Any]) -> dict[str, str]:
    return dict(sentences(profile_from(profile), audit(profile_from(profile))))


def formula_and_count(rate_x_dense: int, unary: int) -> str:
    synops = {"graded": 1, "unary": unary, "rate_x_dense": rate_x_dense}
    return told(small_profile(connection(synops=synops)))["Paper's formula"]


def test_the_six_cards(report: AuditReport) -> None:
    shown = [
        (one.value, one.label, one.convention)
        for one in headlines(profile_from(hand_profile()), report)
    ]
    assert shown == [
        ("3.05 M", "SynOps per frame",  # 1.8 + 1.1 + 0.15
         "graded: one per event and non-zero weight, exact borders"),
        ("0.550", "mean integer, 0 to 4",  # 7.7 M / 14 M
         "weighted by dense MACs"),
        ("16.1 µJ", "the paper's formula",  # 7.7 x 0.9 + 2.0 x 4.6
         "D once, T where it runs; 45 nm fp32, multiply/accumulate only"),
        ("1.26 µJ", "exact count, int8 weights",  # 6.94 x 0.1 + 1.9 x 0.3
         "unary SynOps at 0.1 pJ, real MACs at 0.3 pJ; 45 nm, multiply/accumulate only"),
        ("4.83 µJ", "quantised ANN, same MACs",  # 16.1 x 0.3
         "every MAC at 0.3 pJ; 45 nm, multiply/accumulate only"),
        ("118 µJ", "at Loihi 1 prices",  # (3.05 + 1.9) x 23.6 + 0.015 x 81 + 0.017 x 1.7
         "graded SynOps, neurons, messages; no static power"),
    ]  # fmt: skip


def test_what_was_counted() -> None:
    # 3.05 of 14 M is 21.8 %; the pixels' 2 M stand apart.
    assert told(hand_profile())["What was counted"] == (
        "2 tracked frames of b256-t3 on the fast engine, every spike, no sampling. A frame does "
        "3.05 M graded SynOps, 21.8 % of the 14 M dense MACs of the layers that spikes drive; 2 M "
        "more MACs are on RGB values. Unrolled into binary spikes the same activity is 6.94 M "
        "SynOps. Borders are exact and zero weights are not counted."
    )


def test_the_formula_against_the_count() -> None:
    # 16.13 / 14.526 = 1.1104: 11.0 % too high. The gate: 0.1 M x 4.6 pJ.
    assert told(hand_profile())["Paper's formula"] == (
        "The paper's formula gives 16.1 µJ when D is counted once and 36.9 µJ when the mean "
        "integer, which already contains D, is multiplied by D again. With T = 3 on the whole "
        "network these become 44.1 µJ and 93.5 µJ, although the search backbone runs once a "
        "frame. The exact count of the same work at the formula's own prices is 14.5 µJ: with D "
        "once, the formula is 11.0 % too high. It has no term for neurons, memory, messages or "
        "static power, nor for the channel gate, another 460 nJ."
    )


@pytest.mark.parametrize(
    ("rate_x_dense", "unary", "words"),
    [
        (500, 400, "with D once, the formula is 25 % too high."),  # 500 / 400 = 1.25
        (300, 400, "with D once, the formula is 25 % too low."),  # 300 / 400 = 0.75
        (1000, 1004, "with D once, the formula is right to within half a percent."),
        (1000, 1010, "with D once, the formula is 0.990 % too low."),  # 1 - 1000 / 1010
    ],
)
def test_too_high_and_too_low(rate_x_dense: int, unary: int, words: str) -> None:
    text = formula_and_count(rate_x_dense, unary)
    assert words.removesuffix(".") + ". It has no term" in text


def test_the_network_against_those_without_spikes() -> None:
    # 32 bits: 6.94 x 0.1 + 1.9 x 0.3 = 1.264; graded 4.95 x 0.3 = 1.485; dense 16.1 x 0.3 = 4.83.
    # 4.83 / 1.264 = 3.82; 1.485 / 1.264 = 1.17. 8 bits: 0.6452 against 3.703 and 1.1385.
    # Neurons 60 k x 0.1; membranes 13 k x 0.1 + 14 k x 3.1; host 3 k x 3.7.
    assert told(hand_profile())["Network without spikes"] == (
        "Multiply/accumulate only, both sides (45 nm, int8 weights, the same accumulators), with "
        "32-bit accumulators: the spiking network 1.26 µJ unrolled or 1.49 µJ graded; the same "
        "MACs without spikes 4.83 µJ, or 1.49 µJ if zeros are skipped. Unrolled, the spiking "
        "network costs 3.82x less than the dense rival and costs 1.17x less than the one that "
        "skips zeros. With 8-bit accumulators, too narrow for these sums, it costs 5.74x less "
        "than the dense rival and costs 1.76x less than the one that skips zeros. Graded, it does "
        "the same multiply-accumulates as a rival that skips zeros. Not in these figures: the "
        "spiking network's neurons (6 nJ), membranes and rescaling (44.7 nJ) and host work "
        "(11.1 nJ); the rival's activations and rescaling; memory on both sides."
    )


def test_the_network_on_a_chip() -> None:
    # 0.195 and 0.972: see the table of silicon. 118.03 / 0.972 = 121; 118.03 / 0.195 = 605.
    assert told(hand_profile())["On a chip"] == (
        "At Loihi 1's published prices a frame costs 118 µJ with graded spikes or 214 µJ "
        "unrolled, without static power (104 mW per chip) and without hops between tiles. No "
        "per-operation energy of Loihi 2 is public. On 3 public records of chips whose counts are "
        "known these prices gave 0.195x to 0.972x the measured dynamic energy, so that the error "
        "bar of 118 µJ is 121 µJ to 605 µJ. Nothing on this page was measured with a power meter."
    )


def test_what_the_template_costs() -> None:
    # 9 + 2 M SynOps; 11 x 23.6 + 0.09 x 81 + 0.09 x 1.7 = 267.
    assert told(hand_profile())["Templates"] == (
        "Setting the template costs 11 M graded SynOps each time (267 µJ at Loihi 1 prices). "
        "These budgets are kept apart and are not in the figures per frame."
    )
    renewed = hand_profile()
    renewed["phases"]["update"] = renewed["phases"]["track"]
    assert "Renewing it costs 3.05 M graded SynOps each time (118 µJ" in told(renewed)["Templates"]


def test_the_limits_count_what_is_listed() -> None:
    assert told(hand_profile())["Limits"].startswith("2 kinds of work are listed, not counted. ")


def test_a_network_that_is_no_tracker_is_told_of_without_templates() -> None:
    profile = hand_run()
    found = told(profile)
    assert "Templates" not in found
    # 1.8 + 0.15 of 10 + 1 M; 5.3 M x 0.9 against (4.5 + 0.24) M x 0.9: 5.3 / 4.74 = 1.118.
    assert found["What was counted"].startswith(
        "1 sample of net on the fast engine, every spike, no sampling. A sample does 1.95 M graded "
        "SynOps, 17.7 % of the 11 M dense MACs"
    )
    assert found["Paper's formula"] == (
        "The formula of the SpikeTrack paper (rate x dense MACs x price of an addition) gives "
        "4.77 µJ. The exact count of the same work at the formula's own prices is 4.27 µJ: with D "
        "once, the formula is 11.8 % too high. It has no term for neurons, memory, messages or "
        "static power."
    )
    cards = headlines(profile_from(profile), audit(profile_from(profile)))
    assert (cards[0].value, cards[0].label) == ("1.95 M", "SynOps per sample")
    assert cards[1].label == "mean integer, 0 to 1"


def test_the_mean_integer_is_weighted_by_the_macs_it_drives() -> None:
    # 1000 MACs at a mean of 0.5 and 9000 at 0.1: (500 + 900) / 10,000; unweighted it were 0.3.
    small = connection("a", dense_macs=1000, inputs=100, unary_spikes=50)
    large = connection(
        "b", dense_macs=9000, inputs=100, unary_spikes=10, synops={"rate_x_dense": 900}
    )
    profile = small_profile(small, large)
    assert headlines(profile_from(profile), audit(profile_from(profile)))[1].value == "0.140"


def test_alarms_of_counter_and_audit_are_both_shown(report: AuditReport) -> None:
    assert report.alarms == ("the weights were drawn",)
