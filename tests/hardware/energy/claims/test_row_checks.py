"""A printed row by itself: figures chosen so that every sum can be done in the head.

0.9 pJ x 10 GSOP = 9 mJ, 4.6 pJ x 1000 MMAC = 4.6 mJ, 4.6 pJ x 1 G = 4.6 mJ
"""

import pytest

from hardware.energy.claims import Verdict, check_claims, parse_claims
from tests.hardware.energy.claims.claim_texts import claim_text, row


def verdicts(*lines: str, others: tuple[str, ...] = ()) -> dict[str, Verdict]:
    papers = parse_claims("mine", claim_text(row("a", *lines), *others))
    return {one.check: one for one in check_claims(papers)[0].verdicts}


def said(verdict: Verdict) -> str:
    return verdict.sentence


FIRST = ("synops_g = 10.00", "first_layer_mmacs = 1000.0", "steps = 4", "max_spike = 1")


def test_a_sum_of_its_own_numbers_holds() -> None:
    found = verdicts(*FIRST, "energy_mj = 13.60")  # 9 + 4.6
    assert said(found["price"]) == (
        "holds within 0.01 %: 0.9 pJ x 10 GSOP + 4.6 pJ x 1000 MMAC."
    )
    assert said(found["first layer"]) == "holds: it is paid once, 4.6 mJ."


def test_a_first_layer_that_is_paid_t_times_is_seen() -> None:
    found = verdicts(*FIRST, "energy_mj = 27.40")  # 9 + 4 x 4.6
    assert found["price"].outcome == "holds"
    assert found["first layer"].outcome == "holds only if"
    assert "its MACs are multiplied by 4 (T = 4)" in found["first layer"].words
    assert found["first layer"].words.endswith("paid once the claim would be 13.8 mJ less")


def test_a_first_layer_that_is_paid_d_times_is_seen() -> None:
    lines = ("synops_g = 10.00", "first_layer_mmacs = 1000.0", "steps = 1", "max_spike = 4")
    assert "by 4 (D = 4)" in verdicts(*lines, "energy_mj = 27.40")["first layer"].words


def test_a_first_layer_that_is_left_out_is_seen() -> None:
    found = verdicts(*FIRST, "energy_mj = 9.00")["first layer"]
    assert said(found) == "holds only if it is left out; once would add 4.6 mJ."


def test_a_row_whose_rounding_hides_its_first_layer_is_not_decided() -> None:
    lines = ("synops_g = 10.00", "first_layer_mmacs = 0.1", "steps = 4", "energy_mj = 9.00")
    assert verdicts(*lines)["first layer"].outcome == "cannot be decided"


def test_the_first_layer_of_another_row_is_recognised() -> None:
    other = row("b", "first_layer_mmacs = 2000.0", "steps = 4")
    found = verdicts(*FIRST, "energy_mj = 45.80", others=(other,))["price"]  # 9 + 4 x 9.2
    assert found.outcome == "does not follow"
    assert found.words == (
        "from its own numbers: 0.9 pJ x 10 GSOP = 9 mJ leaves 36.8 mJ, and its first layer costs "
        "4.6 mJ once or 18.4 mJ; it would fit the first layer of Net b x 4"
    )


def test_a_first_layer_at_another_price_is_told_as_a_price() -> None:
    found = verdicts(*FIRST, "energy_mj = 13.14")["price"]  # 9 + 0.9 x 4.6
    assert found.words.endswith("the rest is 4.14 pJ for each MAC of it")


def test_a_rest_that_no_first_layer_explains_is_told_as_macs() -> None:
    found = verdicts("synops_g = 10.00", "energy_mj = 13.60")["price"]
    assert found.words.endswith("which is 1 GMAC at 4.6 pJ; needs first_layer_mmacs")
    found = verdicts(*FIRST, "energy_mj = 55.00")["price"]
    assert found.words.endswith("the rest is 10 GMAC at 4.6 pJ")


def test_operations_that_cost_more_than_the_claim_are_told_at_its_own_price() -> None:
    assert said(verdicts(*FIRST, "energy_mj = 5.00")["price"]) == (
        "does not follow from its own numbers: 0.9 pJ x 10 GSOP = 9 mJ alone is more than the "
        "claim, which is 0.5 pJ for each of them."
    )


def test_macs_of_the_whole_network_are_added() -> None:
    lines = ("synops_g = 0.50", "other_gmacs = 2.75", "energy_mj = 13.10")  # 0.45 + 12.65
    assert said(verdicts(*lines)["price"]) == (
        "holds within 0.01 %: 0.9 pJ x 0.5 GSOP + 4.6 pJ x 2.75 GMAC."
    )


RATE = ("dense_g = 10.000", "rate = 0.50000", "max_spike = 4", "steps = 1")


@pytest.mark.parametrize(
    ("energy", "unit", "levels"),
    [
        ("4.5000", "holds: the dense operations are MACs.", "holds: D is inside the rate."),
        ("2.2500", "holds only if two operations are one MAC.", "holds: D is inside the rate."),
        ("18.000", "holds: the dense operations are MACs.",
         "holds only if the rate is multiplied by D = 4."),
    ],
)  # fmt: skip
def test_macs_or_flops_and_d_once_or_twice(energy: str, unit: str, levels: str) -> None:
    found = verdicts(*RATE, f"energy_mj = {energy}")
    assert said(found["FLOPs or MACs"]) == unit
    assert said(found["D once or twice"]) == levels


def test_two_readings_that_give_the_same_decide_nothing() -> None:
    # half a MAC each x D = 2 is a MAC each with D once
    lines = ("dense_g = 10.000", "rate = 0.50000", "max_spike = 2", "energy_mj = 4.5000")
    found = verdicts(*lines)
    assert found["D once or twice"].outcome == "cannot be decided"
    assert "it holds if the dense operations are MACs and if two operations are one MAC" in (
        found["FLOPs or MACs"].words
    )


def test_no_reading_at_all_names_the_nearest() -> None:
    found = verdicts(*RATE, "energy_mj = 100.00")["price"]
    assert said(found) == (
        "does not follow from 0.9 pJ x 10 G x rate 0.5 x D = 4, which gives 18 mJ and is the "
        "nearest of all readings."
    )


def test_t_multiplies_the_rate_where_that_fits() -> None:
    lines = ("dense_g = 10.000", "rate = 0.50000", "steps = 3", "energy_mj = 13.500")
    assert "x T = 3" in verdicts(*lines)["price"].words


def test_an_energy_alone_implies_how_many_operations_there_were() -> None:
    assert said(verdicts("energy_mj = 9.0")["price"]) == (
        "cannot be decided from the energy alone: at 0.9 pJ each it is 10 G synaptic operations; "
        "needs the synaptic operations (synops_g), or dense_g and rate."
    )


def test_dense_operations_without_a_rate_imply_a_mean_spike() -> None:
    # (13.6 - 4.6) mJ / 0.9 pJ = 10 G of 10 G: a mean of 1, or 1/4 if D = 4 multiplies it
    lines = ("dense_g = 11.0", "first_layer_mmacs = 1000.0", "max_spike = 4", "energy_mj = 13.6")
    found = verdicts(*lines)["price"]
    assert found.outcome == "holds only if"
    assert found.words.startswith(
        "the mean spike is 1 (0 to 4) with D counted once, or 0.25 if the formula multiplies it"
    )


def test_a_network_that_is_all_first_layer_has_no_mean_spike() -> None:
    lines = ("dense_g = 1.0", "first_layer_mmacs = 1000.0", "energy_mj = 13.6")
    assert verdicts(*lines)["price"].outcome == "does not follow"


@pytest.mark.parametrize(
    ("dense", "outcome", "words"),
    [
        ("10.00", "holds", "within 0.01 %: 4.6 pJ x 10 G dense operations, a MAC each"),
        ("20.00", "holds only if", "within 0.01 %: 4.6 pJ x 20 G dense operations, half a MAC"),
        ("13.00", "does not follow", "from 13 G dense operations: the price of a MAC, 4.6 pJ, ne"),
    ],
)
def test_a_network_without_spikes_is_the_price_of_its_macs(
    dense: str, outcome: str, words: str
) -> None:
    found = verdicts('kind = "ann"', f"dense_g = {dense}", "energy_mj = 46.00")["FLOPs or MACs"]
    assert found.outcome == outcome and found.words.startswith(words)


def test_a_network_without_spikes_and_operations_implies_them() -> None:
    assert said(verdicts('kind = "ann"', "energy_mj = 46.00")["FLOPs or MACs"]) == (
        "cannot be decided from this row: at 4.6 pJ a MAC it is 10 GMAC; needs the dense "
        "operations of the network (dense_g)."
    )


def test_a_row_without_an_energy_gets_no_verdict_on_it() -> None:
    assert verdicts("synops_g = 10.0") == {}
