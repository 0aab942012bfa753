"""Reading claims that anybody wrote: every digit is kept, and what is wrong is named."""

from decimal import Decimal
from pathlib import Path

import pytest

from hardware.energy.claims import TEMPLATE, Printed, find_claims, parse_claims, read_claim_file
from hardware.energy.claims.read import KEYS, MAX_BYTES, MAX_CLAIMS
from spiketrack.errors import ReportError
from tests.hardware.energy.claims.claim_texts import PAPER, claim_text, row


def refusal(text: str) -> str:
    with pytest.raises(ReportError) as caught:
        parse_claims("mine", text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("digits", "half_unit"),
    [("7.90", 0.005), ("7.9", 0.05), ("8", 0.5), ("0.001", 0.0005), ("3E+2", 0.5)],
)
def test_a_number_is_known_to_half_a_unit_of_its_last_digit(digits: str, half_unit: float) -> None:
    found = Printed.of(Decimal(digits))
    assert found.value == float(digits)
    assert found.half_unit == pytest.approx(half_unit)


@pytest.mark.parametrize("digits", ["7.90", "7.9", "8", "0.001", "240.845", "9.1e-7", "1.0E-30"])
def test_a_number_is_shown_digit_by_digit(digits: str) -> None:
    shown = str(Printed.of(Decimal(digits)))
    assert shown == f"{Decimal(digits):f}"


def test_a_number_of_more_digits_than_a_float_can_hold_is_shown_all_the_same() -> None:
    found = Printed.of(Decimal("1." + "0" * 400))
    assert str(found) == "1." + "0" * 40 and found.low <= 1 <= found.high


def test_a_row_is_read_with_its_digits_marks_and_defaults() -> None:
    text = claim_text(row("a", "energy_mj = 7.90", "steps = 4", 'marks = { energy_mj = "M" }'))
    (claim,) = parse_claims("mine", text).claims
    assert claim.energy == Printed(7.9, 0.005) and claim.energy_mj == 7.9
    assert (claim.mark_of("energy_mj"), claim.mark_of("steps")) == ("M", "H")
    assert (claim.kind, claim.max_spike, claim.rival, claim.layers) == ("spiking", None, "", ())


def test_the_template_names_every_key_and_is_a_file_of_claims() -> None:
    text = TEMPLATE.read_text("utf-8")
    assert [key for key in KEYS if f"{key} =" not in text] == []
    assert [claim.id for claim in parse_claims("template", text).claims] == ["ours", "theirs"]
    # The commented keys are right as well.
    commented = [line[2:] for line in text.splitlines() if line.startswith("# ") and " = " in line]
    whole = parse_claims("all", claim_text(row("theirs"), row("a", *commented))).claims[1]
    assert whole.dense_g and whole.rate and whole.other_gmacs and whole.layers
    assert whole.family and whole.variants and whole.scores and whole.profile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "claims file 'mine': needed TOML"),
        ("x = 1", "claims file 'mine' 'x': needed one of claims, paper, found another key"),
        ('claims = [1]', "claims file 'mine' 'paper': needed an object, found None"),
        ("claims = []\n" + PAPER, "needed 1 to 500 claims, found 0"),
        (PAPER, "claims file 'mine' 'claims': needed a list of objects, found None"),
        ('[paper]\ntitle = ""\nsource = "s"\n' + claim_text(row())[len(PAPER):],
         "'title': needed text of 1 to 4000 characters, found 0"),
        (claim_text(row("a", "energy_mj = -1")), "claim 'a' 'energy_mj': needed a number above 0"),
        (claim_text(row("a", "energy_mj = true")), "needed a number above 0, found True"),
        (claim_text(row("a", "energy_mj = nan")), "nan is no finite number"),
        (claim_text(row("a", "energy_mj = 1e400")), "needed a number above 0, found 1E+400"),
        (claim_text(row("a", "energy_mj = 1e-400")), "needed a number above 0"),
        (claim_text(row("a", "energy_uj = 3")), "claim 'a' 'energy_uj': needed one of"),
        (claim_text(row("a", "steps = 0")), "claim 'a' 'steps': needed from 1 to 10,000, found 0"),
        (claim_text(row("a", 'kind = "dnn"')), "'kind': needed spiking or ann, found 'dnn'"),
        (claim_text(row("a", "input_size = [3]")), r"needed [height, width] in pixels, found [3]"),
        (claim_text(row("a", 'variants = "x"')), "'variants': needed a list of texts"),
        (claim_text(row("a", 'scores = { x = "y" }')), "'scores': needed scores as numbers"),
        (claim_text(row("a", 'marks = { x = "H" }')), "'marks' 'x': needed one of"),
        (claim_text(row("a", 'marks = { steps = "X" }')), "needed one of H, M, D, A, U, found 'X'"),
        (claim_text(row("a", 'layers = [{ name = "c" }]')), "'mmacs': needed a number above 0"),
        (claim_text(row("a", "times_less = 3")), "claim 'a' 'rival': needed the id of the claim"),
        (claim_text(row("a", 'rival = "b"')), "needed the id of a claim of this file, found 'b'"),
        (claim_text(row("a", 'rival = "a"')), "'rival': needed another claim, found itself"),
        (claim_text(row("a", 'profile = "../x"')), "'profile': needed a path below the folder"),
        (claim_text(row("a", 'profile = "/etc/x"')), "needed a path below the folder of the file"),
        (claim_text(row("a", 'profile = "C:x"')), "needed a path below the folder of the file"),
        (claim_text(row("a", 'profile = "a\\\\..\\\\b"')), "needed a path below the folder"),
        (claim_text(row(), row()), "claims file 'mine': needed unique ids, found a"),
        (claim_text('id = "a"\nsubject = "b"\nsource = "c"'), "claim 'a' 'mark': needed one of H"),
        (claim_text('subject = "b"'), "claim 0 of 'mine' 'id': needed text, found None"),
        (claim_text(row("a", 'note = "' + "x" * 4001 + '"')), "text of 1 to 4000 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_the_need_and_the_find(text: str, message: str) -> None:
    assert message in refusal(text)


def test_a_refusal_says_where_every_key_is_explained() -> None:
    told = refusal(claim_text(row("a", "x = 1")))
    assert "See `spiketrack claims template` for every key." in told


def test_a_file_that_is_too_large_or_has_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.toml"
    path.write_text("#" * (MAX_BYTES + 1), "utf-8")
    with pytest.raises(ReportError, match=f"claims file 'big.toml': needed at most {MAX_BYTES}"):
        read_claim_file(path)
    assert "needed at most" in refusal("#" * (MAX_BYTES + 1))
    many = claim_text(*(row(f"a{index}") for index in range(MAX_CLAIMS + 1)))
    assert "needed 1 to 500 claims, found 501" in refusal(many)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="needed a readable file, found No such file"):
        read_claim_file(tmp_path / "no.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ReportError, match="needed text in UTF-8"):
        read_claim_file(tmp_path / "bytes.toml")


def test_a_name_that_is_no_shipped_paper_is_refused_with_the_list() -> None:
    with pytest.raises(ReportError, match="claims 'nobody': needed a file, seed or one of spiketr"):
        find_claims("nobody")
