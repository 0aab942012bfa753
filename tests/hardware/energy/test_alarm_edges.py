"""Alarms at their very edge: what is just possible raises none, one more does."""

from typing import Any

import pytest

from hardware.energy import audit
from spiketrack.counts import profile_from
from tests.hardware.energy.sample_profile import connection, small_profile

BINARY: dict[str, Any] = {"graded": 100, "unary": 100, "all_weights": 120, "unary_all_weights": 120}
"""Of binary spikes, of which a graded and a unary operation are the same thing."""


def alarms(max_spike: int = 4, **counts: Any) -> tuple[str, ...]:
    return audit(profile_from(small_profile(connection("a", **counts), max_spike=max_spike))).alarms


@pytest.mark.parametrize(
    "counts",
    [
        {"events": 100, "unary_spikes": 400},  # all 100 inputs fire, all as often as they can
        {"events": 20, "unary_spikes": 4 * 20},
        {"synops": {**BINARY, "rate_x_dense": 100}, "unary_spikes": 20},
        {"synops": {"graded": 9, "unary": 480, "unary_all_weights": 480}},  # no weight is zero
    ],
)
def test_what_is_just_possible_raises_no_alarm(counts: dict[str, Any]) -> None:
    assert alarms(**counts) == ()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"events": 101, "unary_spikes": 400}, "More events than inputs in 1 layer: a."),
        ({"events": 20, "unary_spikes": 4 * 20 + 1}, "Spikes above D = 4 in 1 layer: a."),
        ({"synops": {**BINARY, "graded": 101}}, "More graded than unary SynOps in 1 layer: a."),
        (
            {"synops": {"graded": 9, "unary": 481, "unary_all_weights": 480}},
            "Fewer SynOps with all weights than with the non-zero ones in 1 layer: a.",
        ),
        ({"events": 0, "unary_spikes": 0}, "No spike arrives at all in 1 layer: a."),
    ],
)
def test_one_more_is_said_with_the_layer(counts: dict[str, Any], message: str) -> None:
    assert alarms(**counts) == (message,)


def test_a_binary_network_whose_spikes_are_all_one_raises_no_alarm() -> None:
    assert alarms(1, synops=BINARY, events=20, unary_spikes=20) == ()
