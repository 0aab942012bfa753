"""Claims held against counts: 1000 dense MACs, a mean integer of 0.5, a first layer of 100 MACs.

0.9 pJ x 1000 x 0.5 + 4.6 pJ x 100 = 450 + 460 = 910 pJ = 9.1e-7 mJ
"""

from typing import Any

from hardware.energy.claims import Verdict, check_claims, claims_about, parse_claims
from spiketrack.counts import profile_from
from tests.hardware.energy.claims.claim_texts import claim_text, row
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile

RGB = {"name": "rgb", "kind": "rgb_conv", "dense_macs": 100, "true_macs": 90, "inputs": 30}


def verdicts(*lines: str, profile: dict[str, Any] | None = None) -> dict[str, Verdict]:
    counts = profile_from(profile or small_profile(connection("conv"), RGB))
    (checked,) = check_claims(parse_claims("mine", claim_text(row("a", *lines))), counts)
    return {one.check: one for one in checked.verdicts}


def test_the_mean_spike_of_the_profile_confirms_a_claim() -> None:
    found = verdicts("energy_mj = 9.1e-7")["mean spike of the profile"]
    assert found.sentence == (
        "holds within 10 %: the mean integer, 0 to 4, is 0.5 with D counted once, or 0.125 if the "
        "formula multiplies it by D = 4 again; the profile counted 0.5, which makes it 9.1e-07 mJ."
    )


def test_a_claim_that_counts_d_twice_is_seen() -> None:
    # 4 x 450 + 460 = 2260 pJ
    found = verdicts("energy_mj = 2.26e-6")["mean spike of the profile"]
    assert found.outcome == "holds only if" and found.words.startswith("D is counted twice, within")


def test_another_mean_is_a_condition_and_one_above_d_is_impossible() -> None:
    # 0.9 x 1000 x 2 + 460 = 2260 with D = 2; here a mean of 1: 900 + 460 = 1360 pJ
    found = verdicts("energy_mj = 1.36e-6")["mean spike of the profile"]
    assert found.outcome == "holds only if" and "is 1 with D counted once" in found.words
    # 0.9 x 1000 x 5 + 460 = 4960 pJ needs a mean of 5
    assert verdicts("energy_mj = 4.96e-6")["mean spike of the profile"].outcome == "does not follow"


def test_a_silent_profile_decides_nothing() -> None:
    silent = small_profile(connection("conv", events=0, unary_spikes=0, synops={
        "graded": 0, "unary": 0, "all_weights": 0, "unary_all_weights": 0, "rate_x_dense": 0,
    }))  # fmt: skip
    found = verdicts("energy_mj = 4e-7", profile=silent)["mean spike of the profile"]
    assert found.outcome == "cannot be decided" and "which is silent" in found.words


def test_dense_operations_are_those_of_the_network_or_twice_as_many() -> None:
    held = verdicts("dense_g = 1.1e-6", "first_layer_mmacs = 1e-4")
    assert held["dense operations"].outcome == held["MACs of the first layer"].outcome == "holds"
    twice = verdicts("dense_g = 2.20e-6")["dense operations"]
    assert twice.sentence.startswith("holds only if two operations are one MAC: ")
    other = verdicts("dense_g = 1.5e-6")["dense operations"]
    assert other.sentence.startswith("does not follow from the network: ")


def test_layers_are_held_against_those_of_the_network() -> None:
    def found(layers: str) -> Verdict:
        return verdicts(f"layers = [{layers}]")["MACs of layers"]

    assert found('{ name = "conv", mmacs = 0.001 }').sentence == "holds within 1 % in 1 layer."
    wrong = found('{ name = "conv", mmacs = 0.0020 }')
    assert wrong.outcome == "does not follow" and "conv (0.002 claimed, 0.001 count" in wrong.words
    gone = found('{ name = "fc", mmacs = 0.0010 }')
    assert gone.sentence == "cannot be decided for 1 layer that the profile does not name: fc."


def test_a_file_that_names_variants_is_held_against_those_alone() -> None:
    counts = profile_from(small_profile(connection("conv")))
    text = claim_text(row("a", "energy_mj = 4e-7", 'variants = ["s256-t1"]'))
    (checked,) = check_claims(parse_claims("mine", text), counts)
    assert [one.check for one in checked.verdicts] == ["price"]


def test_the_shipped_claim_of_a_variant_is_held_against_its_counts() -> None:
    counts = profile_from(sample_profile("s256-t1"))
    (checked,) = claims_about("s256-t1", counts)
    found = {one.check: one for one in checked.verdicts}
    assert checked.claim.id == "s256-t1"
    assert found["dense operations"].outcome == "holds"
    assert found["MACs of the first layer"].outcome == "holds"
    assert found["mean spike of the profile"].outcome == "holds only if"
    assert claims_about("s256-t3", counts) == ()
