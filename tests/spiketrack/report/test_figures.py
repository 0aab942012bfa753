"""Charts: the same bytes for the same numbers, and the plotted numbers beside them."""

import json

import pytest

from hardware.energy import audit
from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from spiketrack.report.figures import audit_charts, profile_charts
from spiketrack.report.files import json_bytes
from spiketrack.report.layer_figures import synops_by_stage, synops_per_layer
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile

PNG = b"\x89PNG\r\n\x1a\n"
NAMES = (
    "energy_by_model",
    "synops_by_stage",
    "formula_against_counted",
    "synops_per_layer",
    "firing_rate_per_layer",
)


def test_a_chart_is_the_same_bytes_every_time() -> None:
    phase = main_phase(profile_from(small_profile(connection())))
    assert synops_by_stage(phase).png == synops_by_stage(phase).png


def test_the_plotted_numbers_are_the_counts_per_frame() -> None:
    layers = (connection("encoder.block3.0.a"), connection("decoder.b"))
    data = synops_per_layer(main_phase(profile_from(small_profile(*layers, frames=2)))).data
    assert data["layers"] == ["encoder.block3.0.a", "decoder.b"]
    assert data["graded"] == [90, 90]
    assert data["unary"] == [225, 225]


@pytest.mark.slow
def test_a_small_profile_has_all_charts_and_their_numbers() -> None:
    profile = small_profile(connection(), {"name": "a", "kind": "add"})
    report = audit(profile_from(profile))
    charts = (*profile_charts(profile_from(profile), report), *audit_charts(report))
    assert tuple(chart.name for chart in charts) == (*NAMES, "gap")
    for chart in charts:
        assert chart.png.startswith(PNG)
        assert json.loads(json_bytes(dict(chart.data)))["unit"]
        assert chart.alt and chart.caption


def test_a_silent_profile_can_be_drawn() -> None:
    profile = small_profile({"name": "a", "kind": "add"})
    report = audit(profile_from(profile))
    assert len(profile_charts(profile_from(profile), report)) + len(audit_charts(report)) == 6


@pytest.mark.slow
def test_a_whole_network_has_one_line_per_layer() -> None:
    profile = sample_profile("s256-t3")
    charts = {
        chart.name: chart
        for chart in profile_charts(profile_from(profile), audit(profile_from(profile)))
    }
    assert len(charts["synops_per_layer"].data["layers"]) == 212
    assert len(charts["firing_rate_per_layer"].data["layers"]) == 211
    width, height = charts["synops_per_layer"].png[16:20], charts["synops_per_layer"].png[20:24]
    # A picture grows with its texts, so that a pixel more is no surprise.
    assert 9 * 120 <= int.from_bytes(width, "big") <= 9 * 120 + 2
    assert int.from_bytes(height, "big") > 15 * 212
