"""The report of a network that is no tracker speaks of samples and of nothing a tracker has."""

from pathlib import Path

import pytest

from hardware.energy import audit
from spiketrack.counts import profile_from
from spiketrack.report import (
    read_profile,
    summary_tables,
    write_audit_report,
    write_profile_report,
)
from spiketrack.report.summary import sentences
from tests.hardware.energy.sample_profile import connection, row
from tests.hardware.energy.test_runs import run_profile

TRACKER_WORDS = ("tracked frame", "template queue", "template is renewed", "TransT", "search back")


def test_the_page_has_no_word_of_a_tracker(tmp_path: Path) -> None:
    profile = run_profile(connection("head.block3", n_steps=10))
    page = write_audit_report(
        profile_from(profile), audit(profile_from(profile)), tmp_path
    ).read_text("utf-8")
    assert [word for word in TRACKER_WORDS if word in page] == []
    assert "All figures per sample, mean of 2 samples." in page
    assert "Connections, per sample" in page and "By stage" not in page
    assert not (tmp_path / "synops_by_stage.png").exists()
    assert (tmp_path / "synops_per_layer.png").exists()
    assert read_profile(tmp_path / "profile.json").phases["run"].frames == 2


def test_a_profile_of_a_run_is_written_without_an_audit(tmp_path: Path) -> None:
    page = write_profile_report(profile_from(run_profile()), tmp_path).read_text("utf-8")
    assert "every sample" in page and "per sample" in page


def test_the_terminal_shows_layers_instead_of_stages() -> None:
    profile = run_profile()
    titles = [
        str(one.title)
        for one in summary_tables(
            profile_from(profile), audit(profile_from(profile)), with_audit=True
        )
    ]
    assert titles[0] == "Layers to look at"
    assert titles[1].startswith("Connections, per sample")


@pytest.mark.parametrize(("max_spike", "is_binary"), [(1, True), (4, False)])
def test_the_limits_say_what_binary_spikes_mean(max_spike: int, is_binary: bool) -> None:
    profile = run_profile(max_spike=max_spike)
    words = dict(sentences(profile_from(profile), audit(profile_from(profile))))
    assert ("Its spikes are binary" in words["Limits"]) == is_binary
    assert (
        "Templates" not in words and "formula of the SpikeTrack paper" in words["Paper's formula"]
    )
    assert ("multiplied by D again" in words["Paper's formula"]) != is_binary


def test_macs_on_real_values_are_told_where_there_are_any() -> None:
    real = row(name="first", kind="dense_conv", dense_macs=100, true_macs=90)
    for layers, told in (((connection(), real), True), ((connection(),), False)):
        profile = run_profile(*layers)
        words = dict(sentences(profile_from(profile), audit(profile_from(profile))))[
            "What was counted"
        ]
        assert ("MACs are on values that are not spikes" in words) == told
