"""Fixed-point arithmetic, against exact fractions and numbers worked out by hand."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from spiketrack.errors import OverflowBoundError, QuantisationError
from spiketrack.fixed_point import (
    MAX_SHIFT,
    as_multiplier,
    check_width,
    firing_thresholds,
    fraction_bits,
    last_bit_exponents,
    shift_round,
    signed_bits,
)


def int64(*values: int) -> NDArray[Any]:
    return np.array(values, np.int64)


def test_a_right_shift_rounds_half_up_and_a_left_shift_is_exact() -> None:
    x = int64(-6, -5, -3, -2, -1, 0, 1, 2, 3, 5, 6)
    assert shift_round(x, 2).tolist() == [-1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2]  # -6/4 = -1.5 -> -1
    assert shift_round(x, 0).tolist() == x.tolist()
    assert shift_round(int64(-3, 5), -4).tolist() == [-48, 80]


def test_shifts_per_channel_broadcast() -> None:
    shift = np.array([1, -1], np.int8)[:, None]
    assert shift_round(int64(3, 4)[None], shift).tolist() == [[2, 2], [6, 8]]


@given(st.integers(-(2**40), 2**40), st.integers(-20, 50))
def test_a_shift_equals_the_floor_of_the_exact_fraction_plus_a_half(x: int, shift: int) -> None:
    exact = Fraction(x) / Fraction(2) ** shift
    expected = exact if shift <= 0 else (exact + Fraction(1, 2)).__floor__()
    assert shift_round(int64(x), shift).item() == expected


@pytest.mark.parametrize(("x", "shift"), [(3, -62), (-3, -62), (1 << 40, -30), (2**63 - 1, 1)])
def test_a_shift_that_would_wrap_raises(x: int, shift: int) -> None:
    with pytest.raises(OverflowBoundError, match=r"a shifted value: needed 64 bits signed, found"):
        shift_round(int64(x), shift)


def test_widths_are_those_of_twos_complement() -> None:
    ranges = [(0, 0), (-1, 0), (0, 1), (-128, 127), (-129, 0), (0, 128), (5, 7), (-8, -8)]
    assert [signed_bits(low, high) for low, high in ranges] == [1, 1, 2, 8, 9, 9, 4, 4]


@given(st.integers(-(2**30), 2**30), st.integers(-(2**30), 2**30))
def test_the_smallest_width_holds_a_range_and_one_bit_less_does_not(a: int, b: int) -> None:
    low, high = min(a, b), max(a, b)
    bits = signed_bits(low, high)
    assert check_width(int64(low, high), bits, "x").tolist() == [low, high]
    if bits > 1:
        with pytest.raises(OverflowBoundError, match=rf"x: needed a value within {bits - 1} bits"):
            check_width(int64(low, high), bits - 1, "x")


@pytest.mark.parametrize("worst", [128, -129])
def test_overflow_names_the_thing_the_width_and_the_value(worst: int) -> None:
    message = f"stream 's': needed a value within 8 bits signed, found {worst}"
    with pytest.raises(OverflowBoundError, match=message):
        check_width(int64(0, worst), 8, "stream 's'")
    assert check_width(int64(), 8, "nothing").size == 0


@given(st.integers(1, 2**16 - 1), st.integers(-40, 40))
def test_a_16_bit_integer_times_a_power_of_two_is_an_exact_multiplier(m: int, e: int) -> None:
    mantissa, shift = as_multiplier(np.array([m * 2.0**e]))
    assert Fraction(int(mantissa[0])) / Fraction(2) ** int(shift[0]) == Fraction(m * 2.0**e)
    assert mantissa[0] % 2 == 1  # lowest terms


@given(st.floats(2.0**-46, 2.0**60))
def test_any_multiplier_errs_by_at_most_2_to_the_minus_16(ratio: float) -> None:
    mantissa, shift = as_multiplier(np.array([ratio]))
    found = Fraction(int(mantissa[0])) / Fraction(2) ** int(shift[0])
    assert abs(found - Fraction(ratio)) <= Fraction(ratio) / 2**16
    assert 0 < mantissa[0] < 1 << 16


@given(st.floats(0.0, 2.0**-46))
def test_a_nearly_dead_channel_errs_by_at_most_2_to_the_minus_63(ratio: float) -> None:
    mantissa, shift = as_multiplier(np.array([ratio]))
    found = Fraction(int(mantissa[0])) / Fraction(2) ** int(shift[0])
    assert abs(found - Fraction(ratio)) <= Fraction(1, 2**63)


def test_a_mantissa_that_rounds_up_to_17_bits_is_carried() -> None:
    mantissa, shift = as_multiplier(np.array([2.0**16 - 0.25, 0.0, 1.0]))
    assert mantissa.tolist() == [1, 0, 1] and shift.tolist() == [-16, 0, 0]


@given(st.floats(2.0**-60, 2.0**60))
def test_power_of_two_multipliers_are_within_a_factor_of_root_two(ratio: float) -> None:
    mantissa, shift = as_multiplier(np.array([ratio]), power_of_two=True)
    assert mantissa[0] == 1
    assert 2**-0.5000001 <= ratio * 2.0 ** int(shift[0]) <= 2**0.5000001


def test_power_of_two_multipliers_beyond_the_smallest_shift_are_zero() -> None:
    mantissa, shift = as_multiplier(np.array([2.0**-80, 0.0, 2.0**-62]), power_of_two=True)
    assert mantissa.tolist() == [0, 0, 1] and shift.tolist() == [0, 0, MAX_SHIFT]


@pytest.mark.parametrize("bad", [-0.5, np.nan, np.inf])
def test_a_factor_that_is_no_finite_positive_number_is_refused(bad: float) -> None:
    message = f"a rescale factor: needed a finite number >= 0, found {bad}"
    with pytest.raises(QuantisationError, match=message):
        as_multiplier(np.array([1.0, bad]))


@pytest.mark.parametrize("power_of_two", [True, False])
def test_a_factor_too_large_for_any_shift_is_refused(power_of_two: bool) -> None:
    with pytest.raises(QuantisationError, match=r"a rescale factor: needed at most 2\*\*62, found"):
        as_multiplier(np.array([2.0**63]), power_of_two=power_of_two)


def test_ties_go_to_the_even_spike_as_in_the_float_network() -> None:
    found = firing_thresholds(lambda q: q * 0.5, 1, 4, -100, 100)
    assert found.tolist() == [[2, 3, 6, 7]]  # 0.5 stays 0, 1.5 -> 2, 2.5 stays 2, 3.5 -> 4


def brute_force(unit: float, bias: float, max_spike: int, low: int, high: int) -> list[int]:
    """Rounds every integer's real value as torch does and looks for the first of each spike."""
    spikes = [round(min(max(q * unit + bias, 0.0), float(max_spike))) for q in range(low, high + 1)]
    firsts = [[q for q, s in enumerate(spikes, low) if s >= k] for k in range(1, max_spike + 1)]
    return [first[0] if first else high + 1 for first in firsts]


@given(
    st.lists(st.tuples(st.floats(2.0**-6, 2.0), st.floats(-8.0, 8.0)), min_size=1, max_size=4),
    st.integers(1, 7),
)
def test_thresholds_equal_a_search_through_all_integers(
    channels: list[tuple[float, float]], max_spike: int
) -> None:
    unit, bias = (np.array(column)[:, None] for column in zip(*channels, strict=True))
    found = firing_thresholds(lambda q: q * unit + bias, len(channels), max_spike, -200, 200)
    assert found.tolist() == [brute_force(u, b, max_spike, -200, 200) for u, b in channels]


@given(st.integers(-64, 64), st.integers(0, 6))
def test_thresholds_of_dyadic_units_meet_every_tie(bias: int, fraction: int) -> None:
    unit = 2.0**-fraction
    found = firing_thresholds(lambda q: q * unit + bias / 64, 1, 4, -1000, 1000)
    assert found[0].tolist() == brute_force(unit, bias / 64, 4, -1000, 1000)


def test_thresholds_at_the_ends_mean_always_and_never() -> None:
    assert firing_thresholds(lambda q: q * 0.0 + 9.0, 1, 2, -3, 3).tolist() == [[-3, -3]]
    assert firing_thresholds(lambda q: q * 0.0, 1, 2, -3, 3).tolist() == [[4, 4]]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_last_bits_are_those_of_the_exact_fractions(values: list[float]) -> None:
    found = last_bit_exponents(np.array(values))
    for value, exponent in zip([v for v in values if v], found.tolist(), strict=True):
        odd = abs(Fraction(value)) / Fraction(2) ** exponent
        assert odd.denominator == 1 and odd.numerator % 2 == 1


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=5), st.integers(-10, 30))
def test_fraction_bits_are_the_fewest_that_make_integers(steps: list[int], fraction: int) -> None:
    values = np.array(steps) * 2.0**-fraction
    bits = fraction_bits(values)
    scaled = [Fraction(float(v)) * Fraction(2) ** bits for v in values]
    assert all(v.denominator == 1 for v in scaled)
    if any(steps):
        assert any(v.numerator % 2 for v in scaled)


def test_fraction_bits_stay_within_their_limit() -> None:
    assert fraction_bits(np.array([0.75, 3.0])) == 2
    assert fraction_bits(np.array([8.0, 24.0])) == -3
    assert fraction_bits(np.array([2.0**-100, 1.0])) == 60
    assert fraction_bits(np.zeros(3)) == -60
