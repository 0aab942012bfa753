"""Fitted rounding by hand: what the bias takes up, what later weights make up for, which steps."""

import numpy as np
import pytest

from calibration.fit_weights import (
    MANTISSA_BITS,
    Moments,
    best_steps,
    few_bits,
    fit_weights,
    nearest,
    round_in_order,
)

ONE = np.array([1.0])
TOGETHER = np.array([[1.0, 1.0], [1.0, 1.0]]) + 1e-6 * np.eye(2)
"""Two inputs that are always the same."""


def test_the_second_weight_makes_up_for_the_first_where_inputs_go_together() -> None:
    rows = np.array([[0.4, 0.4]])
    # Each alone: 0 and 0, and the sum of both inputs is off by 0.8. In order: 0.4 -> 0 leaves 0.4
    # to the second, 0.8 -> 1, and the sum is off by 0.2.
    assert nearest(rows, ONE, 7).tolist() == [[0.0, 0.0]]
    assert round_in_order(rows, TOGETHER, ONE, 7).tolist() == [[0.0, 1.0]]


def test_inputs_that_have_nothing_to_do_with_each_other_are_rounded_to_the_nearest() -> None:
    rows = np.array([[0.4, 1.6, -2.4]])
    rounded = round_in_order(rows, np.diag([1.0, 5.0, 2.0]), ONE, 7)
    assert rounded.tolist() == [[0.0, 2.0, -2.0]]


def test_half_of_an_error_is_handed_to_an_input_that_follows_by_half() -> None:
    # C = [[4, 2], [2, 2]]: input 1 has cov/var = 2/2 = 1 on input 0's error. For a fixed error e of
    # the first weight, (e, d) C (e, d)^T = 4 e^2 + 4 e d + 2 d^2 is least at d = -e.
    # First 0.3 -> 0, e = 0.3, so that the second weight 0.3 becomes 0.3 + 0.3 = 0.6 -> 1.
    rounded = round_in_order(np.array([[0.3, 0.3]]), np.array([[4.0, 2.0], [2.0, 2.0]]), ONE, 7)
    assert rounded.tolist() == [[0.0, 1.0]]


def test_the_bias_gains_the_mean_of_what_the_weights_lost() -> None:
    weight = np.array([0.4, 1.0]).reshape(1, 2, 1, 1)
    moments = Moments(np.array([[2.0, 3.0]]), np.array([np.diag([1e-6, 1.0])]))
    fitted = fit_weights(weight, moments, 2)
    # 2 bits hold -1, 0 and 1 steps. Only the second input varies, so the step that keeps its
    # weight, 1.0, is best; 0.4 becomes 0.
    assert fitted.weight.reshape(-1).tolist() == [0.0, 1.0]
    assert fitted.bias_gain.tolist() == [pytest.approx(0.4 * 2.0)]


def test_groups_are_fitted_each_to_its_own_inputs() -> None:
    weight = np.array([0.4, 0.4]).reshape(2, 1, 1, 1)
    moments = Moments(np.array([[1.0], [10.0]]), np.ones((2, 1, 1)))
    fitted = fit_weights(weight, moments, 8)
    lost = weight.reshape(-1) - fitted.weight.reshape(-1)
    assert fitted.bias_gain == pytest.approx(lost * [1.0, 10.0])


def test_a_smaller_step_is_taken_where_the_largest_weight_hardly_counts() -> None:
    # With 3 steps up to 1.0 the weight 0.5 lies between 1/3 and 2/3. Three quarters of that step,
    # 0.25, hold it exactly, and cut 1.0 to 0.75, which an input that hardly varies pays for.
    found = best_steps(np.array([[1.0, 0.5]]), np.diag([1e-4, 1.0]), 3, power_of_two=False)
    assert found == pytest.approx([0.25], rel=1e-5)


def test_steps_are_powers_of_two_where_hardware_wants_them() -> None:
    found = best_steps(np.array([[1.0, 0.5]]), np.eye(2), 3, power_of_two=True)
    # 1/3 rounded up is 1/2, which holds both weights; 1/4 would cut 1.0 to 0.75.
    assert found.tolist() == [0.5]


def test_multiples_of_a_step_are_exact() -> None:
    steps = few_bits(np.array([1 / 3, 0.1, 7.7]))
    assert np.abs(steps / [1 / 3, 0.1, 7.7] - 1).max() <= 2.0**-MANTISSA_BITS
    for step in steps:
        mantissa = np.frexp(step)[0] * 2.0**MANTISSA_BITS
        assert mantissa == int(mantissa)


def test_a_channel_of_zeros_stays_zero() -> None:
    fitted = fit_weights(np.zeros((1, 2, 1, 1)), Moments(np.ones((1, 2)), np.ones((1, 2, 2))), 4)
    assert not fitted.weight.any() and not fitted.bias_gain.any()
