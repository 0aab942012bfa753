"""BibTeX: every published number of the project has an entry, and each is written once."""

from hardware.energy.bibliography import bibliography, known_sources
from hardware.energy.claims import parse_claims, shipped_file
from hardware.energy.records import scored_constants
from spiketrack import constants
from spiketrack.constants import Constant
from tests.hardware.energy.claims.claim_texts import claim_text, row

ALL = [
    *(one for one in vars(constants).values() if isinstance(one, Constant)),
    *scored_constants().values(),
]


def test_every_constant_of_the_project_has_an_entry() -> None:
    known = known_sources()
    without = [one.source for one in ALL if not any(source.is_of(one) for source in known)]
    assert without == []


def test_every_entry_belongs_to_a_constant_and_is_whole() -> None:
    for source in known_sources():
        assert any(map(source.is_of, ALL)), source.named
        assert source.bibtex.startswith("@") and source.bibtex.endswith("}")
        assert source.bibtex.count("{") == source.bibtex.count("}")


def test_an_entry_is_written_once_and_nothing_for_nothing() -> None:
    seed = shipped_file("spiketrack")
    text = bibliography([constants.FP32_ADD, constants.FP32_MAC], [seed, seed])
    assert text.count("@inproceedings{horowitz2014computing,") == 1
    assert text.count("@misc{zhang2026spike,") == 1 and text.endswith("}\n")
    assert bibliography([], []) == ""


def test_a_paper_without_an_entry_is_one_line_of_comment() -> None:
    text = claim_text(row()).replace('"nowhere"', '"a\\nb"')
    assert bibliography([], [parse_claims("mine", text)]) == (
        "% no entry was given for: A paper (a b)\n"
    )
