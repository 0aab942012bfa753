"""Published numbers carry unit and source, and derived ones agree with what they come from."""

import dataclasses

import pytest

from spiketrack import constants
from spiketrack.constants import Constant

ALL = {name: value for name, value in vars(constants).items() if isinstance(value, Constant)}


def test_every_constant_names_a_source_that_can_be_looked_up() -> None:
    assert len(ALL) > 50
    for name, one in ALL.items():
        assert len(one.source) > 20, name
        assert one.value > 0, name


def test_derived_constants_are_sums_and_quotients_of_published_ones() -> None:
    assert constants.FP32_MAC.value == pytest.approx(0.9 + 3.7)
    assert constants.INT8_MAC.value == pytest.approx(
        constants.INT8_ADD.value + constants.INT8_MULTIPLY.value
    )
    assert constants.INT8_MAC_INT32.value == pytest.approx(
        constants.INT32_ADD.value + constants.INT8_MULTIPLY.value
    )
    assert constants.SRAM_32KB_READ.value == 20 / 8
    assert constants.DRAM_READ_HIGH.value == 2600 / 8


def test_a_constant_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
        constants.FP32_ADD.value = 1.0  # type: ignore[misc]


def test_a_constant_without_unit_or_source_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a unit and a source"):
        Constant(1.0, "", "somewhere", "H")
    with pytest.raises(ValueError, match="needs a unit and a source"):
        Constant(1.0, "pJ", "", "H")


def test_a_constant_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="must be finite, found nan"):
        Constant(float("nan"), "pJ", "somewhere", "H")


def test_a_mark_is_one_of_the_known_and_fits_the_source() -> None:
    with pytest.raises(ValueError, match="one of H, M, D, A, U, not 'X'"):
        Constant(1.0, "pJ", "somewhere", "X")
    with pytest.raises(ValueError, match="mark H does not fit the source 'assumed: so'"):
        Constant(1.0, "pJ", "assumed: so", "H")
    with pytest.raises(ValueError, match="mark A does not fit the source 'somewhere'"):
        Constant(1.0, "pJ", "somewhere", "A")
