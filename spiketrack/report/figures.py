"""All charts of a report, in the order they appear."""

from hardware.energy import AuditReport
from hardware.energy.phases import main_phase
from hardware.mapping import MappingRecord
from spiketrack.counts.profile import Profile
from spiketrack.report.canvas import Chart
from spiketrack.report.energy_figures import energy_by_model, formula_against_counted, gap_figure
from spiketrack.report.layer_figures import firing_rate_per_layer, synops_by_stage, synops_per_layer
from spiketrack.report.mapping_figures import core_map_of

GAP_MODEL = "horowitz45-fp32"
"""The model whose gap is drawn: it keeps the formula's prices, so counting alone shows."""


def profile_charts(profile: Profile, audit: AuditReport) -> tuple[Chart, ...]:
    """Draws the charts that every report has.

    Raises:
        ReportError: the profile has no track phase and no run phase.
    """
    phase = main_phase(profile)
    if phase.name == "run":  # No stages are known of a network that is no SpikeTrack.
        return (
            energy_by_model(audit),
            synops_per_layer(phase),
            firing_rate_per_layer(phase, audit.max_spike),
        )
    return (
        energy_by_model(audit),
        synops_by_stage(phase),
        formula_against_counted(audit),
        synops_per_layer(phase),
        firing_rate_per_layer(phase, audit.max_spike),
    )


def audit_charts(audit: AuditReport, mapping: MappingRecord | None = None) -> tuple[Chart, ...]:
    """Draws the charts that an audit adds; with the mapping it was placed by, also its cores."""
    gap = gap_figure(audit.gap_of(GAP_MODEL), audit.result_of(GAP_MODEL).title)
    return (gap, *((core_map_of(mapping),) if mapping is not None else ()))
