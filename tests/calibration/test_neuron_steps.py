"""Steps chosen with the threshold: it becomes a whole number of them, and weights pay little."""

from typing import Any

import numpy as np
import pytest

from calibration.neuron_steps import split_level, steps_for_neuron, whole
from calibration.weights import quantise_weights
from spiketrack.graph import float_nodes as f
from tests.calibration.small_neurons import lif, readout


def steps(
    weight: Any, neuron: f.FloatCubaLIF | f.FloatCubaLI, *, unit: float = 1.0, bias: float = 0.0,
    power_of_two: bool = False,
) -> list[float]:  # fmt: skip
    """Steps of a dense layer in front of a neuron."""
    kernel = np.atleast_2d(np.asarray(weight, np.float64))[:, :, None, None]
    biases = np.full(len(kernel), bias)
    found = steps_for_neuron(kernel, biases, neuron, unit, 8, power_of_two)
    return [float(step) for step in found]


def test_an_exact_grid_stays_where_the_threshold_lies_on_it() -> None:
    assert steps([3.0, -6.0], lif("n", "c", threshold=9.0)) == [3.0]


def test_an_exact_grid_is_divided_until_the_threshold_lies_on_it() -> None:
    assert steps([3.0, -6.0], lif("n", "c", threshold=10.0)) == [1.0]
    assert steps([3.0, -6.0], lif("n", "c", threshold=10.0), unit=0.5) == [1.0]  # 20 = 20 * 1


def test_an_exact_grid_without_a_common_divisor_is_divided_until_fine() -> None:
    # pi / 1 steps are 3.14; 64 steps want a division by 21, and 127 / 5 = 25 allow it
    assert steps([5.0, 4.0], lif("n", "c", threshold=np.pi)) == [1.0 / 21]


def test_rounded_weights_take_the_next_coarser_step_that_divides_the_threshold() -> None:
    # max / 127 = 0.0078740 goes into 0.5 63.5 times, so 63
    found = steps([0.1, 1.0, np.pi / 4], lif("n", "c", threshold=0.5))
    assert found == [0.5 / 63]


def test_thresholds_that_differ_within_a_channel_leave_the_step_alone() -> None:
    levels = np.array([[[0.5, 0.7]]])
    assert steps([0.1, 1.0, np.pi / 4], lif("n", "c", threshold=levels)) == [1.0 / 127]


def test_a_threshold_beyond_its_width_makes_the_steps_coarser() -> None:
    assert steps([1.0], lif("n", "c", threshold=2.0**18)) == [2.0**18 / (2**17 - 1)]


def test_a_drive_beyond_its_width_makes_the_steps_coarser() -> None:
    drive = 4095 * 128 / 64 * 3
    assert steps([1.0], lif("n", "c", v_drive=drive)) == [3.0]
    assert steps([1.0], readout("n", "c"), bias=drive) == [3.0]


def test_a_channel_without_weights_has_steps_of_its_threshold() -> None:
    assert steps([0.0], lif("n", "c", threshold=32.0)) == [0.5]
    assert steps([0.0], readout("n", "c")) == [1.0]


def test_an_exact_grid_is_divided_until_a_bias_into_a_current_lies_on_it() -> None:
    slow = lif("n", "c", threshold=9.0, u_keep=0.5)
    assert steps([3.0, -6.0], slow, bias=1.5) == [1.5]
    # 10 / 3 asks for thirds, which 0.7 is not on: then the threshold counts
    assert steps([3.0, -6.0], lif("n", "c", threshold=10.0, u_keep=0.5), bias=0.7) == [1.0 / 10]
    assert steps([3.0, -6.0], slow, bias=np.pi / 4) == [3.0]


def test_exact_weights_are_rounded_for_a_bias_only_where_a_current_never_leaks() -> None:
    # 6 / 127 goes into pi / 4 16.6 times
    endless = lif("n", "c", threshold=np.pi, u_keep=1.0)
    assert steps([3.0, -6.0], endless, bias=np.pi / 4) == [np.pi / 64]


def test_a_bias_of_few_steps_leaves_the_step_alone_if_the_current_leaks() -> None:
    weight, bias = [0.1, 1.0, np.pi / 4], 4.5 / 127
    fires = lif("n", "c", threshold=0.5, u_keep=0.9)
    assert steps(weight, fires, bias=bias) == [0.5 / 63]
    endless = lif("n", "c", threshold=0.5, u_keep=1.0)
    assert steps(weight, endless, bias=bias) == [bias / 4]


def test_steps_that_suit_a_bias_alike_are_chosen_for_the_threshold() -> None:
    # 40.5 steps of 1/127: 40 to 35 of them; 1.25 times 36 is the first whole number of steps
    weight, bias = [0.1, 1.0, np.pi / 4], 40.5 / 127
    assert steps(weight, lif("n", "c", threshold=1.25 * bias, u_keep=0.9), bias=bias) == [bias / 40]
    fires = lif("n", "c", threshold=bias * 25 / 18, u_keep=0.9)
    assert steps(weight, fires, bias=bias) == [bias / 36]


def test_a_channel_without_weights_has_steps_of_its_bias() -> None:
    # 32 = 128 / 4 and 5.25 = 21 / 4: the first step of which both are whole.
    assert steps([0.0], lif("n", "c", threshold=32.0, u_keep=0.5), bias=5.25) == [0.25]
    # No step of 4095 or more suits both: 5.25 is whole where the current never leaks.
    endless = lif("n", "c", threshold=10 * np.pi, u_keep=1.0)
    (found,) = steps([0.0], endless, bias=5.25)
    assert 5.25 / found == pytest.approx(round(5.25 / found), abs=1e-9)


def test_a_channel_without_weights_has_steps_of_its_drive_and_threshold() -> None:
    # 1/8 and 3/8: a step of 1/8 suits both, and 22 times finer the threshold has 66 steps.
    found = steps([0.0], lif("n", "c", threshold=0.375), bias=0.125)
    assert found == [0.375 / 96]
    # 0.3 and 0.7 of float noise; 0.1 suits both, and 16 times finer is enough.
    assert steps([0.0], lif("n", "c", threshold=0.7, v_drive=0.3)) == [0.7 / 112]


def test_an_exact_grid_is_divided_until_a_drive_lies_on_its_64ths() -> None:
    # 1/8 is a sixth of 6/8, whose 64ths are reached with a division by 3.
    assert steps([0.0, -0.75], lif("n", "c", threshold=1.5), bias=0.125) == [0.25]


def test_a_threshold_of_few_steps_does_not_make_many_rounded_weights_coarser() -> None:
    # 8.95 steps of 1/127: 8 of them would make the step of 40 weights an eighth coarser.
    weight = np.sin(np.arange(1, 41))
    found = steps(weight / np.abs(weight).max(), lif("n", "c", threshold=8.95 / 127))
    assert found == [1.0 / 127]
    # Of 8.1 steps, which cost an eightieth, a whole threshold is worth more.
    found = steps(weight / np.abs(weight).max(), lif("n", "c", threshold=8.1 / 127))
    assert found == [8.1 / 127 / 8]


def test_recurrent_weights_count_in_units_of_the_input() -> None:
    # 3 and 12 * 1/2 in one row: whole multiples of 3
    recurrent = np.array([[6.0]])
    assert steps([3.0], lif("n", "c", threshold=9.0, recurrent=recurrent), unit=2.0) == [1.5]


def test_steps_stay_powers_of_two_where_they_must() -> None:
    assert steps([0.3], lif("n", "c", threshold=0.7), power_of_two=True) == [2.0**-8]
    wide = lif("n", "c", threshold=2.0**18)
    assert steps([0.3], wide, power_of_two=True) == [4.0]
    bare = lif("n", "c", threshold=0.375, v_drive=0.125)
    assert steps([0.0], bare, power_of_two=True) == [2.0**-8]


def test_float_noise_is_put_right_and_nothing_else() -> None:
    assert whole(np.array([0.1 * 3 / 0.1, 2.5, 1e-12])).tolist() == [3.0, 2.5, 0.0]


def test_a_level_is_a_threshold_less_a_drive() -> None:
    threshold, drive = split_level(np.array([3.0, -2.0]))
    assert (threshold.tolist(), drive.tolist()) == ([3.0, 0.0], [0.0, 2.0])


@pytest.mark.parametrize("bits", [4, 8])
def test_given_steps_are_taken_as_they_are(bits: int) -> None:
    weight = np.array([[0.3, -1.0]])[:, :, None, None]
    found = quantise_weights("c", weight, bits, steps=np.array([0.25]))
    assert found.weight_q.ravel().tolist() == [1, -4] and found.scale.tolist() == [0.25]
    assert found.exact.tolist() == [False]
