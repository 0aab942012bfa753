"""Values from outside are given as they are, or refused with their name, the need and the find."""

from collections.abc import Callable
from typing import Any

import pytest

from spiketrack.errors import MappingError, ReportError
from spiketrack.json_fields import Fields, count_in, object_in, texts_in

GOOD: dict[str, Any] = {
    "text": "a", "whole": 3, "number": 2.5, "flag": False, "inner": {"x": 1}, "inners": [{"x": 1}],
}  # fmt: skip


def fields(**changes: Any) -> Fields:
    return Fields("mapping 'board'", {**GOOD, **changes}, MappingError, "Map again")


def test_members_are_given_as_they_are() -> None:
    good = fields()
    assert (good.text("text"), good.whole("whole"), good.number("number")) == ("a", 3, 2.5)
    assert good.number("whole") == 3 and good.flag("flag") is False
    assert good.inner("inner").whole("x") == 1
    assert [entry.whole("x") for entry in good.inners("inners")] == [1]


@pytest.mark.parametrize(
    ("read", "key", "wrong", "needed"),
    [
        (Fields.text, "text", 3, "text"),
        (Fields.whole, "whole", True, "a whole number from 0"),
        (Fields.whole, "whole", -1, "a whole number from 0"),
        (Fields.whole, "whole", 1.0, "a whole number from 0"),
        (Fields.whole, "whole", 1 << 62, "a whole number from 0"),
        (Fields.number, "number", True, "a number from 0"),
        (Fields.number, "number", "2", "a number from 0"),
        (Fields.number, "number", float("nan"), "a number from 0"),
        (Fields.flag, "flag", 1, "true or false"),
        (Fields.inner, "inner", [], "an object"),
        (Fields.inners, "inners", {}, "a list of objects"),
        (Fields.inners, "inners", [3], "a list of objects"),
    ],
)
def test_a_wrong_member_is_refused_by_name(
    read: Callable[[Fields, str], object], key: str, wrong: object, needed: str
) -> None:
    for value in (wrong, None):
        message = f"mapping 'board' '{key}': needed {needed}, found .*. Map again"
        with pytest.raises(MappingError, match=message):
            read(fields(**{key: value}), key)


def test_members_of_members_are_named_by_their_way() -> None:
    with pytest.raises(MappingError, match="mapping 'board' 'inners' 0 'y': needed text"):
        fields().inners("inners")[0].text("y")


def test_single_values_are_refused_by_name() -> None:
    assert object_in("a", GOOD, ReportError) is GOOD
    with pytest.raises(ReportError, match="a: needed an object, found list"):
        object_in("a", [], ReportError)
    assert count_in("a", 2**63 - 1, ReportError) == 2**63 - 1
    with pytest.raises(ReportError, match=r"a: needed an integer from 0 to 2\^63-1, found True"):
        count_in("a", True, ReportError)
    assert texts_in("a", ["x"], ReportError) == ("x",)
    with pytest.raises(ReportError, match="a: needed a list of texts, found 'x'"):
        texts_in("a", "x", ReportError)
