"""The claims of SpikeTrack's paper: what they say, and what they imply."""

import pytest

from hardware.energy.claims import implied_mean_integer, load_claims


def test_the_ratios_to_transt_give_the_claimed_energies() -> None:
    claims = {claim.id: claim for claim in load_claims()}
    assert claims["transt"].energy_mj == 75.2
    assert claims["s256-t1"].energy_mj == pytest.approx(75.2 / 26, abs=0.05)
    assert claims["b256-t3"].energy_mj == pytest.approx(75.2 / 7.6, abs=0.05)
    assert claims["b384"].variants == ("b384-t1", "b384-t3")


def test_every_claim_stands_as_it_was_quoted() -> None:
    """Typed anew from the paper's table as quoted: energy in mJ, mark, scores."""
    ablation = {
        "ablation-asymmetric": (8.7, "M", {"GOT-10k AO": 71.3, "LaSOT AUC": 66.8}),
        "ablation-one-stream": (22.8, "M", {"GOT-10k AO": 70.8, "LaSOT AUC": 65.4}),
        "ablation-cross-attention": (7.6, "M", {"GOT-10k AO": 70.9, "LaSOT AUC": 65.0}),
        "ablation-modulation": (6.8, "M", {"GOT-10k AO": 58.3, "LaSOT AUC": 49.9}),
        "ablation-mean-fusion": (8.5, "M", {"GOT-10k AO": 71.0, "LaSOT AUC": 66.2}),
        "ablation-fixed-decay": (8.9, "M", {"GOT-10k AO": 68.9, "LaSOT AUC": 66.0}),
    }
    b384 = {"LaSOT AUC": 66.7, "TrackingNet AUC": 82.0, "GOT-10k AO": 73.1, "TNL2K AUC": 54.8}
    quoted = {
        "transt": (75.2, "M", {}),
        "s256-t1": (2.9, "D", {}),
        "b256-t3": (9.9, "D", {"LaSOT AUC": 67.1}),
        "b384": (27.3, "M", b384),
        "s256-scores": (None, "M", {"UAV123 AUC": 66.2, "OTB100 AUC": 69.4, "GOT-10k AO": 67.8}),
        **ablation,
    }
    claims = {one.id: (one.energy_mj, one.mark, dict(one.scores)) for one in load_claims()}
    assert claims == quoted


def test_the_implied_mean_integer_solves_the_formula() -> None:
    # 0.9 pJ x 1e9 MACs x mean 0.5 + 4.6 pJ x 1e7 MACs = 0.496 mJ
    assert implied_mean_integer(0.496, 1e9, 1e7, 1) == pytest.approx(0.5)
    assert implied_mean_integer(0.496, 1e9, 1e7, 4) == pytest.approx(0.125)


def test_counted_once_the_claims_imply_a_mean_integer_near_one() -> None:
    implied = [
        implied_mean_integer(2.9, 3.525e9 - 38.5e6, 38.5e6, 1),
        implied_mean_integer(9.9, 14.593e9 - 77.1e6, 77.1e6, 1),
        implied_mean_integer(27.3, 34.409e9 - 173.4e6, 173.4e6, 1),
    ]
    assert all(0.7 < mean < 1.06 for mean in implied)


def test_a_network_without_spiking_layers_implies_nothing() -> None:
    with pytest.raises(ValueError, match="needs spike-driven MACs, found 0"):
        implied_mean_integer(1.0, 0, 0, 1)
