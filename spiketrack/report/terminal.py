"""What the terminal shows after a profile or an audit: few tables, the same ones as on the page."""

from hardware.energy import AuditReport
from hardware.energy.model import EnergyResult
from hardware.energy.phases import MAIN_PHASES, main_phase
from spiketrack.counts.profile import Profile
from spiketrack.report import audit_tables as audits
from spiketrack.report import count_tables as counts
from spiketrack.report import energy_tables as energies
from spiketrack.report.claim_tables import lead_tables
from spiketrack.report.figures import GAP_MODEL
from spiketrack.report.tables import TableData, columns, text_cell
from spiketrack.report.units import energy


def summary_tables(profile: Profile, audit: AuditReport, with_audit: bool) -> list[TableData]:
    """Makes the few tables that a terminal shows.

    Args:
        profile: a checked profile.
        audit: its audit.
        with_audit: the formula, the gap and the claims as well.

    Raises:
        ReportError: the profile has no track phase and no run phase.
    """
    track = main_phase(profile)
    by_part = counts.layer_table if track.name == "run" else counts.stage_table
    lead = lead_tables(audit) if with_audit else []
    shown = [*lead, by_part(track), _energies(audit)]
    if with_audit:
        chain = audit.gap_of(GAP_MODEL)
        shown += [energies.formula_table(audit), audits.gap_table(chain, chain.model)]
        shown += [audits.claim_table(audit)] if audit.claims else []
        shown += [energies.placed_table(audit, audit.placed)] if audit.placed else []
    return shown


def _energies(audit: AuditReport) -> TableData:
    rows: list[tuple[str, ...]] = [
        (
            result.title,
            energy(result.total_pj),
            _error_bar(audit, result),
            result.scope,
            result.technology,
        )
        for result in audit.counted
    ]
    rows += [
        (rival.title, energy(rival.total_pj), "", rival.scope, rival.technology)
        for rival in audit.rivals
    ]
    return TableData(
        title=(
            f"Energy per {MAIN_PHASES[audit.phase]}: counts times published prices, nothing was "
            f"measured"
        ),
        columns=columns("model", "#energy", "error bar", "scope", "technology"),
        rows=tuple(tuple(text_cell(text) for text in row) for row in rows),
        note=(
            "The error bar of a chip figure is what measured chips drew where these prices "
            "predicted so much (`spiketrack records`)."
        ),
    )


def _error_bar(audit: AuditReport, result: EnergyResult) -> str:
    bar = audit.error_bar_of(result.model)
    if bar is None or result.scope != "chip dynamic":
        return ""
    least, most = bar.measured_pj(result.total_pj)
    return f"{energy(least)} to {energy(most)}"
