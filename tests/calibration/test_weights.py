"""Weights on 2..8 bits: how far a weight moves, and when it does not move at all."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from calibration.weights import channel_steps, quantise_weights
from spiketrack.errors import QuantisationError

bits_2_to_8 = st.integers(2, 8)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, channels: int = 3) -> NDArray[Any]:
    """Weights (channels, 2, 3, 3), each channel of a size of its own."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((channels, 2, 3, 3)) * 2.0 ** rng.integers(
        -20, 20, (channels, 1, 1, 1)
    )


@given(seeds, bits_2_to_8, st.booleans())
def test_no_weight_moves_by_more_than_half_a_step(seed: int, bits: int, power: bool) -> None:
    weight = drawn(seed)
    found = quantise_weights("w", weight, bits, power_of_two=power)
    step = found.scale[:, None, None, None]
    assert found.weight_q.dtype == np.int8 and abs(found.weight_q).max() <= 2 ** (bits - 1) - 1
    assert (abs(found.weight_q * step - weight) <= step / 2 * (1 + 1e-12)).all()


@given(seeds, bits_2_to_8)
def test_the_largest_weight_takes_the_largest_integer(seed: int, bits: int) -> None:
    found = quantise_weights("w", drawn(seed), bits)
    assert (abs(found.weight_q).max(axis=(1, 2, 3)) == 2 ** (bits - 1) - 1).all()


@given(seeds, bits_2_to_8, st.integers(-30, 30), st.integers(1, 1001))
def test_a_channel_on_a_grid_keeps_its_values_exactly(
    seed: int, bits: int, exponent: int, odd: int
) -> None:
    limit = 2 ** (bits - 1) - 1
    steps = np.random.default_rng(seed).integers(-limit, limit + 1, (4, 2, 3, 3))
    weight = steps * (odd * 2.0**exponent)
    found = quantise_weights("w", weight, bits)
    assert found.exact.all()
    assert (found.weight_q * found.scale[:, None, None, None] == weight).all()


@given(seeds, bits_2_to_8)
def test_power_of_two_steps_are_powers_of_two_and_keep_dyadic_channels(
    seed: int, bits: int
) -> None:
    found = quantise_weights("w", drawn(seed), bits, power_of_two=True)
    assert (np.frexp(found.scale)[0] == 0.5).all()
    limit = 2 ** (bits - 1) - 1
    steps = np.random.default_rng(seed).integers(-limit, limit + 1, (4, 2, 3, 3))
    steps[:, 0, 0, 0] = limit
    dyadic = quantise_weights("w", steps * 2.0**-9, bits, power_of_two=True)
    assert dyadic.exact.all() and (dyadic.weight_q == steps).all()


def test_steps_of_a_hand_made_channel() -> None:
    weight = np.array([[127.0, -127.0, 1.0], [0.0, 0.0, 0.0], [0.3, -0.7, 0.1], [6.0, -3.0, 9.0]])
    found = quantise_weights("w", weight[:, :, None, None], 8)
    assert found.scale.tolist() == [1.0, 1.0, 0.7 / 127, 3.0]
    expected = [[127, -127, 1], [0, 0, 0], [54, -127, 18], [2, -1, 3]]  # 0.3 * 127 / 0.7 = 54.4
    assert found.weight_q[:, :, 0, 0].tolist() == expected
    assert found.exact.tolist() == [True, True, False, True]


def test_a_channel_of_zeros_is_exact_with_step_one() -> None:
    found = quantise_weights("w", np.zeros((2, 1, 1, 1)), 4)
    assert found.scale.tolist() == [1.0, 1.0] and found.exact.all() and not found.weight_q.any()


@pytest.mark.parametrize("bits", [0, 1, 9])
def test_other_widths_are_refused_with_the_layer(bits: int) -> None:
    with pytest.raises(QuantisationError, match=f"weight bits of 'fc': needed 2..8, found {bits}"):
        quantise_weights("fc", np.ones((1, 1, 1, 1)), bits)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused_with_the_layer(bad: float) -> None:
    message = "weights of 'fc': needed finite numbers, found NaN or infinity"
    with pytest.raises(QuantisationError, match=message):
        quantise_weights("fc", np.full((1, 1, 1, 1), bad), 8)


def test_the_step_of_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    rng = np.random.default_rng(0)
    on_a_grid = rng.integers(-127, 128, (4, 9)) * 2.0 ** np.array([[-30], [-7], [0], [3]])
    sparse = np.where(rng.random((4, 9)) < 0.6, 0.0, rng.normal(size=(4, 9)))
    rows = np.concatenate([rng.normal(size=(4, 9)), on_a_grid, np.zeros((2, 9)), sparse])
    rows = np.concatenate([rows, rows * 1e300, rows * 1e-300])
    for limit, power_of_two in ((127, False), (7, False), (127, True)):
        alone = [channel_steps(row[None], limit, power_of_two)[0] for row in rows]
        assert channel_steps(rows, limit, power_of_two).tolist() == alone


def test_a_row_without_weights_has_the_step_of_a_row_of_zeros() -> None:
    assert channel_steps(np.zeros((3, 0)), 127, False).tolist() == [1.0, 1.0, 1.0]
