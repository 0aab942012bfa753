"""Text from strangers and for old terminals: nothing hidden, nothing lost, nothing raised."""

import io
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiketrack.errors import Obstacle, ObstacleError, StoreError
from spiketrack.plain_text import plural, shown, spreadsheet_cell, use_plain_equivalents


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("encoder.block3.0", "encoder.block3.0"),
        ("C:\\models\\net", "C:\\models\\net"),
        ("\x1b[2J\x1b[31mred", r"\x1b[2J\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("a\nspiketrack: no obstacle", r"a\nspiketrack: no obstacle"),
        ("a\rb\tc\0", r"a\rb\tc\x00"),
        ("line\u2028separator", r"line\u2028separator"),
        ("half\ud83d", r"half\ud83d"),
        ("层 é µ 🙂", "层 é µ 🙂"),
    ],
)
def test_what_cannot_be_seen_is_escaped_and_the_rest_stays(name: str, expected: str) -> None:
    assert shown(name) == expected
    assert shown(shown(name)) == shown(name)


@given(st.text())
def test_shown_text_has_visible_characters_only(text: str) -> None:
    kinds = {unicodedata.category(one) for one in shown(text)}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown(text).splitlines()) <= 1


def test_an_error_shows_names_escaped() -> None:
    error = StoreError("node '\x1b[2J'", "a name", "'\u202e'", "See\nbelow")
    assert str(error) == r"node '\x1b[2J': needed a name, found '\u202e'. See\nbelow"
    many = ObstacleError("file", (Obstacle("\x07", "odd\x1b]0;title\x07", "rename"),))
    assert "\x1b" not in str(many) and "\x07" not in str(many)


@pytest.mark.parametrize(
    ("n", "expected"), [(0, "0 chips"), (1, "1 chip"), (2, "2 chips"), (1152, "1,152 chips")]
)
def test_a_noun_follows_its_number(n: int, expected: str) -> None:
    assert plural(n, "chip") == expected


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert (plural(1, "memory", "memories"), plural(2, "memory", "memories")) == (
        "1 memory", "2 memories",
    )  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_spreadsheet_is_a_formula(start: str) -> None:
    assert spreadsheet_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert spreadsheet_cell("conv=1") == "conv=1"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "5 µJ – 3 − 2 ── 层 é"),
        ("cp1252", "5 µJ – 3 - 2 -- \\u5c42 é"),
        ("latin-1", "5 µJ - 3 - 2 -- \\u5c42 é"),
        ("ascii", "5 uJ - 3 - 2 -- \\u5c42 \\xe9"),
    ],
)
def test_a_stream_writes_what_it_can_and_plain_words_for_the_rest(
    encoding: str, expected: str
) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    use_plain_equivalents(stream, io.StringIO())
    stream.write("5 µJ – 3 − 2 ── 层 é")
    stream.flush()
    assert raw.getvalue().decode(encoding) == expected


def test_half_a_surrogate_pair_is_written_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    use_plain_equivalents(stream)
    stream.write("\udcff")
    stream.flush()
    assert raw.getvalue() == b"\\udcff"


def test_no_plural_is_made_by_hand() -> None:
    root = Path(__file__).resolve().parents[2]
    names = ("spiketrack", "conversion", "calibration", "simulation", "hardware")
    by_hand = re.compile(r"""['"]e?s['"] if""")
    files = [path for name in names for path in (root / name).rglob("*.py")]
    assert [path.name for path in files if by_hand.search(path.read_text("utf-8"))] == []
