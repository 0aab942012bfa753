"""Two printed rows: ratios as ratios, what they are made of, and energies that were scaled."""

from hardware.energy.claims import Verdict, check_claims, parse_claims
from tests.hardware.energy.claims.claim_texts import claim_text, row


def verdicts(*rows: str, of: int = 0) -> dict[str, Verdict]:
    checked = check_claims(parse_claims("mine", claim_text(*rows)))
    return {one.check: one for one in checked[of].verdicts}


RIVAL = row("x", 'kind = "ann"', "energy_mj = 46.0", 'precision = "fp32"', "input_size = [8, 8]")


def test_a_ratio_of_the_printed_energies_holds() -> None:
    found = verdicts(row("a", "energy_mj = 4.6", 'rival = "x"', "times_less = 10"), RIVAL)["ratio"]
    assert found.sentence == "holds within 0.01 %: 46 mJ / 4.6 mJ = 10."


def test_a_ratio_within_its_rounding_holds_and_one_beyond_does_not() -> None:
    lines = ('rival = "x"', "times_less = 26")  # 45.95 / 26.5 to 46.05 / 25.5: 1.734 to 1.806
    assert verdicts(row("a", "energy_mj = 1.8", *lines), RIVAL)["ratio"].outcome == "holds"
    found = verdicts(row("a", "energy_mj = 1.9", *lines), RIVAL)["ratio"]
    assert found.sentence == (
        "does not follow from the printed energies: 46 mJ / 1.9 mJ = 24.21, not 26."
    )


def test_an_energy_that_was_derived_from_a_ratio_cannot_confirm_it() -> None:
    derived = row("a", "energy_mj = 1.8", 'rival = "x"', "times_less = 26",
                  'marks = { energy_mj = "D" }')  # fmt: skip
    assert verdicts(derived, RIVAL)["ratio"].words.startswith(
        "from the ratio, since the claim's own energy was derived from it: 46 mJ / 26 is 1.734 to "
        "1.806 mJ by rounding"
    )


def test_a_ratio_alone_needs_the_energies() -> None:
    alone = row("a", 'rival = "x"', "times_less = 26")
    assert "needs the claim's own energy" in verdicts(alone, RIVAL)["ratio"].words
    nothing = row("x", 'kind = "ann"')
    assert "needs the energy of Net x" in verdicts(alone, nothing)["ratio"].words


def test_a_rival_that_needs_less_is_no_saving() -> None:
    found = verdicts(row("a", "energy_mj = 92.0", 'rival = "x"'), RIVAL)["ratio"]
    assert found.sentence == "does not follow as a saving: it needs 2 times the energy of Net x."
    found = verdicts(row("a", "energy_mj = 23.0", 'rival = "x"'), RIVAL)["ratio"]
    assert found.sentence == "holds: it needs 2 times less energy than Net x."


def test_a_rival_of_another_size_or_precision_is_named() -> None:
    own = ("energy_mj = 4.6", 'rival = "x"')
    found = verdicts(row("a", *own, 'precision = "int8"', "input_size = [4, 4]"), RIVAL)
    assert found["same rival"].words == (
        "as a ratio of like and like: 4 x 4 against 8 x 8 pixels, int8 against fp32"
    )
    found = verdicts(row("a", *own, 'precision = "fp32"', "input_size = [8, 8]"), RIVAL)
    assert found["same rival"].outcome == "holds"
    found = verdicts(row("a", *own), RIVAL)
    assert found["same rival"].outcome == "cannot be decided"
    assert "needs both input sizes (input_size) and the precision" in found["same rival"].words


def test_a_ratio_is_taken_apart_into_fewer_macs_and_less_for_each() -> None:
    # 46 mJ at 4.6 pJ are 10 GMAC, five times the 2 of this network; 4.6 / 0.9 = 5.111
    # 46 / 1.8 = 25.56 = 5 x 5.111 x 1, since 1.8 mJ is 2 G additions: a mean spike of 1
    found = verdicts(row("a", "energy_mj = 1.8", "dense_g = 2.0", 'rival = "x"'), RIVAL)
    assert found["parts of the ratio"].words == (
        "it is not credited to spikes alone: 25.56 = 5 by fewer MACs (the rival does 10 G, this "
        "network 2 G) x 5.111 by pricing an addition in place of a MAC x 1 by the mean spike"
    )


def test_the_same_macs_at_equal_precision_are_the_rival_that_was_left_out() -> None:
    # 10 GMAC: 46 mJ in fp32, 3 mJ in int8 at 0.3 pJ; 9 mJ are 10 GSOP, 1 mJ at 0.1 pJ
    found = verdicts(row("a", "energy_mj = 9.0", "dense_g = 10.0"))["same MACs without spikes"]
    assert found.sentence == (
        "holds at equal precision: 10 GMAC cost 46 mJ in fp32, 5.111 times the claim; in int8 they "
        "cost 3 mJ, and the claim's synaptic operations 1 mJ: 3 times. Multiply and accumulate "
        "only: no memory, no neurons."
    )
    # 36 mJ are 40 GSOP: 4 mJ at 0.1 pJ, more than the 3 mJ of the rival in int8
    found = verdicts(row("a", "energy_mj = 36.0", "dense_g = 10.0"))["same MACs without spikes"]
    assert found.sentence.startswith("does not follow as a saving at equal precision: 10 GMAC")


def test_operations_that_are_printed_are_priced_as_they_are() -> None:
    lines = ("energy_mj = 20.0", "dense_g = 10.0", "synops_g = 10.0")
    found = verdicts(row("a", *lines))["same MACs without spikes"]
    assert "synaptic operations 1 mJ: 3 times" in found.words


def test_a_claim_below_its_own_first_layer_is_compared_with_nothing() -> None:
    lines = ("energy_mj = 0.5", "dense_g = 10.0", "first_layer_mmacs = 1000.0")
    assert "same MACs without spikes" not in verdicts(row("a", *lines))


def at(key: str, side: int, energy: str) -> str:
    return row(key, f"input_size = [{side}, {side}]", f"energy_mj = {energy}", 'family = "f"')


def test_energies_that_grow_exactly_as_the_area_were_not_measured_again() -> None:
    found = verdicts(at("a", 200, "40.0"), at("b", 100, "10.0"))["input sizes"]
    assert found.sentence == (
        "does not follow as a measurement: the energy is 4 times that of Net b, the area 4 times, "
        "equal by rounding, as if the rate had not been measured again."
    )
    assert "input sizes" not in verdicts(at("a", 200, "40.0"), at("b", 100, "10.0"), of=1)


def test_energies_that_grow_otherwise_were() -> None:
    found = verdicts(at("a", 200, "43.0"), at("b", 100, "10.0"))["input sizes"]
    assert found.outcome == "holds" and "4.3 times that of Net b, the area 4 times" in found.words


def test_sizes_need_an_energy_and_a_size_on_both_sides() -> None:
    bare = row("b", 'family = "f"')
    assert "input sizes" not in verdicts(at("a", 200, "40.0"), bare)
    assert "input sizes" not in verdicts(row("a", 'family = "f"', "energy_mj = 4.0"), bare)
