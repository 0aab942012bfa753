"""Writing a report: profile.json, charts with their numbers, report.html, audit.json.

Everything is computed before the first file is touched, and each file appears whole or not at all.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hardware.energy import AuditReport, audit
from hardware.mapping import MappingRecord
from spiketrack.counts.profile import Profile
from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_bytes
from spiketrack.report.audit_json import audit_document
from spiketrack.report.canvas import Chart
from spiketrack.report.figures import audit_charts, profile_charts
from spiketrack.report.files import json_bytes
from spiketrack.report.page import render_page


def write_profile_report(profile: Profile, out_dir: Path) -> Path:
    """Writes profile.json, the charts and report.html.

    Args:
        profile: checked counts, from `read_profile` or from a run.
        out_dir: folder, made if it is not there.

    Returns:
        The path of report.html.

    Raises:
        ReportError: the profile has nothing to report on, or a file cannot be written.
    """
    report = audit(profile)
    charts = profile_charts(profile, report)
    files = {"profile.json": json_bytes(profile.document)}
    page = render_page(profile, report, charts, with_audit=False)
    return write_pages(files, charts, page, out_dir)


def write_audit_report(
    profile: Profile, report: AuditReport, out_dir: Path, mapping: MappingRecord | None = None
) -> Path:
    """Writes the same page with the audit section, and audit.json.

    Args:
        profile: the profile that was audited.
        report: its audit, from `hardware.energy.audit`.
        out_dir: folder, made if it is not there.
        mapping: what the audit was placed by; the page shows the load of its cores.

    Returns:
        The path of report.html.

    Raises:
        ReportError: as `write_profile_report`.
        MappingError: the mapping's sizes do not make a board.
    """
    charts = (*profile_charts(profile, report), *audit_charts(report, mapping))
    files = {
        "profile.json": json_bytes(profile.document),
        "audit.json": json_bytes(audit_document(profile, report)),
    }
    page = render_page(profile, report, charts, with_audit=True)
    return write_pages(files, charts, page, out_dir)


def write_pages(
    files: Mapping[str, bytes], charts: Sequence[Chart], page: str, out_dir: Path
) -> Path:
    """Writes files, charts with their numbers, and last report.html, whose path it returns.

    Raises:
        ReportError: a file cannot be written.
    """
    content = dict(files)
    for chart in charts:
        content[f"{chart.name}.png"] = chart.png
        content[f"{chart.name}.json"] = json_bytes({"title": chart.title, **chart.data})
    for name, data in content.items():
        write_bytes(out_dir / name, data, error=ReportError)
    # Last: it says that the rest is there.
    write_bytes(out_dir / "report.html", page.encode("utf-8"), error=ReportError)
    return out_dir / "report.html"
