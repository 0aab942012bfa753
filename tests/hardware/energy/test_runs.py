"""The audit of a network that is no tracker: one phase 'run', a frame for every sample."""

from typing import Any

import pytest

from hardware.energy import audit
from hardware.energy.alarms import WIDE_SPIKES
from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from tests.hardware.energy.sample_profile import connection, small_profile


def run_profile(*layers: dict[str, Any], **model: Any) -> dict[str, Any]:
    """Two samples of 10 steps."""
    about = {"variant": "net", "max_spike": 1, "kind": "generic", **model}
    phases = {"run": {"frames": 2, "layers": list(layers or [connection(n_steps=10)])}}
    return {"model": about, "phases": phases}


def test_figures_are_per_sample() -> None:
    report = audit(profile_from(run_profile()))
    assert (report.phase, report.frames, report.n_templates) == ("run", 2, 1)
    # 500 / 2 samples x 0.9 pJ
    assert report.readings[0].total_pj == pytest.approx(225)
    assert report.exact.spiking_pj == pytest.approx(450 / 2 * 0.9)
    assert [budget.phase for budget in report.phases] == ["run"]


def test_steps_of_its_own_are_not_read_as_templates() -> None:
    assert [one.name for one in audit(profile_from(run_profile())).readings] == ["single-d"]
    graded = audit(profile_from(run_profile(max_spike=4)))
    assert [one.name for one in graded.readings] == ["single-d", "double-d"]
    tracker = audit(profile_from(small_profile(connection())))
    assert len(tracker.readings) == 4


@pytest.mark.parametrize("max_spike", [1, 4])
def test_the_corrections_add_up_from_the_last_reading_to_the_count(max_spike: int) -> None:
    report = audit(profile_from(run_profile(max_spike=max_spike)))
    for chain, result in zip(report.gaps, report.counted, strict=True):
        assert chain.start == report.readings[-1].title
        assert chain.start_pj == report.readings[-1].total_pj
        total = chain.start_pj + sum(step.delta_pj for step in chain.steps)
        assert total == pytest.approx(result.total_pj) and chain.end_pj == pytest.approx(total)
        assert ("D counted twice" in {step.name for step in chain.steps}) == (max_spike > 1)


def test_no_claim_is_compared_with() -> None:
    assert audit(profile_from(run_profile())).claims == ()


def test_spikes_that_are_no_levels_are_said_and_not_checked_against_d() -> None:
    assert any("Spikes above D = 1" in one for one in audit(profile_from(run_profile())).alarms)
    wide = audit(profile_from(run_profile(graded=True))).alarms
    assert wide == (WIDE_SPIKES,)


def test_a_tracker_with_a_run_beside_is_still_a_tracker() -> None:
    profile = small_profile(connection())
    profile["phases"]["run"] = run_profile()["phases"]["run"]
    assert main_phase(profile_from(profile)).name == "track"
