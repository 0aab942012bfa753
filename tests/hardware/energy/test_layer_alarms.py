"""Layers to look at, each at its edge: dead, silent, saturated, or far from the formula."""

from typing import Any

import pytest

from hardware.energy import audit
from hardware.energy.layer_alarms import LayerAlarm
from spiketrack.counts import profile_from
from spiketrack.report.claim_tables import layer_alarm_tables
from tests.hardware.energy.sample_profile import connection, small_profile

CLOSE = {"graded": 180, "unary": 450, "all_weights": 200, "unary_all_weights": 480}
"""SynOps of a connection that the formula meets: rate x dense is 450 to 495."""


def alarms(*layers: dict[str, Any], **model: Any) -> tuple[LayerAlarm, ...]:
    return audit(profile_from(small_profile(*layers, **model))).layer_alarms


def neurons(name: str, messages: int, spikes: int, kind: str = "neuron") -> dict[str, Any]:
    """100 neurons updated once."""
    memory = {"messages": messages, "unary_messages": spikes}
    return {"name": name, "kind": kind, "outputs": 100, "neuron_updates": 100, "memory": memory}


def close(rate_x_dense: int = 450) -> dict[str, Any]:
    return connection("conv", synops={**CLOSE, "rate_x_dense": rate_x_dense})


def test_neurons_that_send_nothing_are_dead_and_the_last_ones_a_silent_output() -> None:
    found = alarms(close(), neurons("n1", 0, 0), neurons("n2", 3, 3), neurons("n3", 0, 0))
    assert found == (LayerAlarm("dead layer", "n1"), LayerAlarm("silent output", "n3"))


def test_an_input_that_sends_nothing_is_silent() -> None:
    quiet = {"name": "in", "kind": "input", "outputs": 9}
    assert alarms(quiet, close()) == (LayerAlarm("silent input", "in"),)
    assert alarms({**quiet, "memory": {"messages": 1}}, close()) == ()


@pytest.mark.parametrize(
    ("messages", "spikes", "share"),
    [
        (40, 40 * 3 + 25, 0.25),  # 25 of 40 messages must be at 4 where the rest is at 3
        (40, 40 * 3 + 24, None),
        (100, 400, 1.0),
    ],
)
def test_values_that_must_be_at_d_are_counted_from_their_sums(
    messages: int, spikes: int, share: float | None
) -> None:
    found = alarms(close(), neurons("n", messages, spikes))
    assert found == (() if share is None else (LayerAlarm("saturated neurons", "n", share),))


def test_a_binary_neuron_is_saturated_in_half_of_its_steps() -> None:
    assert alarms(close(), neurons("n", 49, 49), max_spike=1)[:1] == ()
    found = alarms(close(), neurons("n", 50, 50), max_spike=1)
    assert LayerAlarm("saturated neurons", "n", 0.5) in found


def test_a_formula_more_than_a_tenth_off_is_told_with_its_sign() -> None:
    assert alarms(close(495)) == () and alarms(close(405)) == ()
    (high,) = alarms(close(496))
    assert (high.kind, high.layer) == ("formula off", "conv")
    assert high.share == pytest.approx(496 / 450 - 1)
    (low,) = alarms(close(404))
    assert low.share == pytest.approx(404 / 450 - 1)


def test_wide_spikes_have_no_levels_and_no_formula() -> None:
    assert alarms(close(900), neurons("n", 100, 900), neuron_model="sigma-delta") != ()


def test_the_table_names_the_three_largest_and_counts_the_rest() -> None:
    layers = [
        connection(f"c{index}", synops={**CLOSE, "rate_x_dense": 450 * index})
        for index in (2, 3, 4, 5)
    ]
    report = audit(profile_from(small_profile(*layers)))
    (table,) = layer_alarm_tables(report)
    assert [cell.text for cell in table.rows[0]] == [
        "formula off", "4", "c5 (400 %), c4 (300 %), c3 (200 %) and 1 more",
    ]  # fmt: skip
    assert layer_alarm_tables(audit(profile_from(small_profile(close())))) == []
