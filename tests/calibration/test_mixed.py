"""Mixed widths by hand: which layer loses bits first, and how far the budget lets it go."""

from collections.abc import Mapping

from calibration.mixed import most_allowed, steps_down

NOISES = {"big": {8: 0.0, 4: 0.8, 3: 2.0}, "small": {8: 0.0, 4: 0.1, 3: 0.2}}
SIZES = {"big": 100, "small": 10}


def test_the_step_with_the_least_noise_for_a_bit_comes_first() -> None:
    # Noise for each bit saved. big: 0.8 / (100 x 4) = 0.002, then 1.2 / (100 x 1) = 0.012.
    # small: 0.1 / (10 x 4) = 0.0025, then 0.1 / (10 x 1) = 0.01.
    assert steps_down(NOISES, SIZES) == [("big", 4), ("small", 4), ("small", 3), ("big", 3)]


def test_bisection_takes_as_many_steps_as_are_allowed() -> None:
    steps, asked = steps_down(NOISES, SIZES), []

    def allowed(widths: Mapping[str, int]) -> bool:
        asked.append(dict(widths))
        return widths["small"] >= 4

    found = most_allowed(steps, {"big": 8, "small": 8}, allowed)
    assert found == {"big": 4, "small": 4}
    # Of 4 steps: half of them, 2, is allowed; then 3 is not.
    assert asked == [{"big": 4, "small": 4}, {"big": 4, "small": 3}]


def test_a_budget_that_nothing_keeps_leaves_all_bits() -> None:
    steps, start = steps_down(NOISES, SIZES), {"big": 8, "small": 8}
    assert most_allowed(steps, start, lambda widths: False) == start
    assert most_allowed(steps, start, lambda widths: True) == {"big": 3, "small": 3}
