"""The claims that come with the project: what was found in each paper, typed once more."""

import pytest

from hardware.energy.claims import (
    CheckedClaim,
    check_claims,
    find_claims,
    load_claims,
    shipped_file,
    shipped_names,
)
from spiketrack.constants import MARKS
from tests.hardware.energy.sample_profile import GOLDEN


def outcomes(name: str) -> dict[tuple[str, str], str]:
    return {
        (one.claim.id, verdict.check): verdict.outcome
        for one in check_claims(shipped_file(name))
        for verdict in one.verdicts
    }


def checked(name: str, key: str) -> CheckedClaim:
    return next(one for one in check_claims(shipped_file(name)) if one.claim.id == key)


def words(name: str, key: str, check: str) -> str:
    return next(one.words for one in checked(name, key).verdicts if one.check == check)


def test_every_paper_is_read_and_has_a_source_and_an_entry() -> None:
    assert shipped_names()[0] == "spiketrack" and len(shipped_names()) == 12
    for name in shipped_names():
        papers = shipped_file(name)
        assert papers.bibtex.startswith("@") and papers.source
        assert all(claim.mark in MARKS and claim.mark != "U" for claim in papers.claims)
    assert find_claims("seed") == shipped_file("spiketrack")
    assert load_claims() == find_claims("seed").claims


def test_the_operations_of_the_seed_are_those_of_the_official_network() -> None:
    dense = {"s256-t1": 0, "s256-t3": 0}
    rgb = dict(dense)
    for line in GOLDEN.read_text("utf-8").splitlines():
        cells = line.split(",")
        if cells[0] in dense and cells[1] == "search":
            head = next(
                one for one in GOLDEN.read_text("utf-8").splitlines() if not one.startswith("#")
            ).split(",")
            row = dict(zip(head, cells, strict=True))
            dense[cells[0]] += int(row["dense_macs"])
            rgb[cells[0]] += 0 if row["sum_s"] else int(row["dense_macs"])
    claim = find_claims("seed").claim("s256-t1")
    assert claim is not None and claim.dense_g is not None and claim.first_layer_mmacs is not None
    assert claim.dense_g.value == pytest.approx(dense["s256-t1"] / 1e9, abs=0.0005)
    assert claim.first_layer_mmacs.value == pytest.approx(rgb["s256-t1"] / 1e6, abs=0.05)


def test_one_twenty_sixth_of_transt_is_fewer_macs_and_a_cheaper_price() -> None:
    # 75.2 / 4.6 = 16.35 GMAC against 3.525: 4.638; 4.6 / 0.9 = 5.111
    # 75.2 / 2.9 = 25.93 = 4.638 x 5.111 x 1.094
    parts = words("spiketrack", "s256-t1", "parts of the ratio")
    assert "25.93 = 4.638 by fewer MACs" in parts and "x 5.111 by pricing an addition" in parts
    assert parts.endswith("x 1.094 by the mean spike")
    # fp32: 4.6 x 3.525 = 16.21 mJ = 5.591 x 2.9; int8: 0.3 x 3.525 = 1.0575 mJ, and
    # 0.1 x 3.025 GSOP + 0.3 x 38.5 MMAC = 0.3141 mJ
    same = words("spiketrack", "s256-t1", "same MACs without spikes")
    assert "16.21 mJ in fp32, 5.591 times the claim; in int8 they cost 1.058 mJ" in same
    assert "synaptic operations 0.3141 mJ: 3.367 times." in same
    # (2.9 - 0.0046 x 38.5) / (0.9 x (3.525 - 0.0385)) = 0.8678
    assert words("spiketrack", "s256-t1", "price").startswith("the mean spike is 0.8678 (0 to 4)")


def test_spikformer_has_the_first_layer_of_one_net_in_every_row() -> None:
    found = outcomes("spikformer")
    assert {key: found[key, "price"] for key in ("spikformer-8-384", "spikformer-8-512",
                                                 "spikformer-10-512", "spikformer-8-768")} == {
        "spikformer-8-384": "does not follow", "spikformer-8-512": "holds",
        "spikformer-10-512": "holds", "spikformer-8-768": "does not follow",
    }  # fmt: skip
    for key in ("spikformer-8-384", "spikformer-8-768"):
        assert words("spikformer", key, "price").endswith("first layer of Spikformer-8-512 x 4")
    assert found["spikformer-8-512", "first layer"] == "holds only if"


def test_spikingformer_recomputes_with_the_first_layer_four_times() -> None:
    found = outcomes("spikingformer")
    for net in ("8-384", "8-512", "8-768"):
        assert found[f"spikingformer-{net}", "price"] == "holds"
        assert "by 4 (T = 4)" in words("spikingformer", f"spikingformer-{net}", "first layer")
        assert found[f"spikformer-{net}", "price"] == "does not follow"


def test_the_spreadsheet_of_spikeyolo_prices_its_first_layer_at_nine_tenths() -> None:
    # 34.489 - 33.492 = 0.997 mJ over 240.8 MMAC: 4.14 pJ = 0.9 x 4.6; the paper's 34.6 pays 4.6
    assert "4.139 pJ for each MAC" in words("spikeyolo", "sheet", "price")
    found = outcomes("spikeyolo")
    assert found["paper", "price"] == "holds" and found["paper", "first layer"] == "holds"
    assert found["sheet-ann", "FLOPs or MACs"] == "holds"


def test_sdtrack_multiplies_its_first_layer_by_d() -> None:
    for key in ("sdtrack-tiny", "sdtrack-base"):
        assert "by 4 (D = 4)" in words("sdtrack", key, "first layer")
    assert "21.5 GMAC" in words("sdtrack", "ostrack", "FLOPs or MACs")  # 98.90 / 4.6


def test_the_counts_of_syops_recompute_and_sew_is_above_its_ann() -> None:
    found = outcomes("syops")
    assert {found[key, "price"] for key in ("spiking_resnet18", "sew_resnet18", "dsnn18")} == {
        "holds"
    }
    assert found["sew_resnet18", "ratio"] == "does not follow"
    assert "1.565 times the energy of resnet18" in words("syops", "sew_resnet18", "ratio")


def test_ratios_alone_and_energies_alone_are_not_decided() -> None:
    assert set(outcomes("spikevideoformer").values()) == {"cannot be decided"}
    for name in ("spike_driven_transformer", "meta_spikeformer", "e_spikeformer", "qkformer"):
        assert set(outcomes(name).values()) == {"cannot be decided"}


def test_the_energies_of_fwformer_are_below_the_price_of_its_operations() -> None:
    # 0.9 pJ x 1.549 GSOP = 1.394 mJ, of which 0.753 are claimed
    assert words("fwformer", "2d-wt-cifar10-dvs", "price") == (
        "from its own numbers: 0.9 pJ x 1.549 GSOP = 1.394 mJ alone is more than the claim, which "
        "is 0.4861 pJ for each of them"
    )
    prices = [one for key, one in outcomes("fwformer").items() if key[1] == "price"]
    assert prices == ["does not follow"] * 24


def test_every_sentence_begins_with_its_outcome_and_ends_once() -> None:
    for name in shipped_names():
        for one in check_claims(shipped_file(name)):
            for verdict in one.verdicts:
                assert verdict.sentence.startswith(verdict.outcome)
                assert verdict.sentence.endswith(".") and not verdict.sentence.endswith("..")
