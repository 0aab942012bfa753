"""Two files belong together if the first hash that both know is the same."""

import pytest

from spiketrack.errors import PairError
from spiketrack.pairs import LABELS, MODEL_KEYS, Side, check_pair, hashes_in, sha256_json

A, B = "a" * 64, "b" * 64


def test_the_first_hash_that_both_have_decides() -> None:
    made = Side("profile 'p'", {"model_content": A, "model": A})
    again = Side("model 'm.stk'", {"model_content": A, "model": B})
    assert check_pair(made, again, MODEL_KEYS, "Profile it") is None
    other = Side("model 'm.stk'", {"model_content": B, "model": A})
    with pytest.raises(PairError) as found:
        check_pair(made, other, MODEL_KEYS, "Profile it")
    assert str(found.value) == (
        "profile 'p' and model 'm.stk': needed the same integer graphs, found sha256 "
        f"{A[:12]} and {B[:12]}. Profile it"
    )


def test_an_older_file_is_compared_by_what_it_says() -> None:
    model = Side("model 'm.stk'", {"model_content": A, "model": B})
    assert check_pair(Side("p", {"model": B}), model, MODEL_KEYS, "") is None
    with pytest.raises(PairError, match="p and model 'm.stk': needed the same model file"):
        check_pair(Side("p", {"model": A}), model, MODEL_KEYS, "")


def test_where_nothing_can_be_compared_the_silent_side_is_named() -> None:
    model = Side("model 'm.stk'", {"model_content": A})
    told = check_pair(Side("profile 'p'", {"video": B}), model, MODEL_KEYS, "")
    assert told is not None and "could not be checked: profile 'p' does not say" in told
    told = check_pair(Side("profile 'p'", {"weights": B}), model, MODEL_KEYS, "")
    assert told is not None and "could not be checked: model 'm.stk' does not say" in told


@pytest.mark.parametrize(
    "provenance",
    [
        None,
        3,
        [],
        {},
        {"sha256": None},
        {"sha256": [A]},
        {"sha256": {"model": 3, "video": "A" * 64}},
    ],
)
def test_a_provenance_from_anywhere_has_no_hash_that_is_none(provenance: object) -> None:
    assert hashes_in(provenance) == {}


def test_every_key_that_decides_has_words() -> None:
    assert set(MODEL_KEYS) <= LABELS.keys()


def test_json_values_have_one_hash_whatever_the_order() -> None:
    assert sha256_json({"a": 1, "b": [2]}) == sha256_json({"b": [2], "a": 1})
    assert sha256_json({"a": 1}) != sha256_json({"a": 2})
    with pytest.raises(ValueError, match="JSON"):
        sha256_json(float("nan"))
