"""Writing a report: profile.json, charts with their numbers, report.html, audit.json.

Everything is computed before the first file is touched, and each file appears whole or not at all.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hardware.energy import AuditReport, audit
from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_bytes
from spiketrack.report.canvas import Chart
from spiketrack.report.figures import audit_charts, profile_charts
from spiketrack.report.files import json_bytes
from spiketrack.report.page import render_page
from spiketrack.report.read import check_profile


def write_profile_report(profile: Mapping[str, Any], out_dir: Path) -> Path:
    """Write profile.json, the charts and report.html.

    Args:
        profile: counts as described in `spiketrack.report.read`.
        out_dir: folder, made if it is not there.

    Returns:
        The path of report.html.

    Raises:
        ReportError: the profile is not one, has nothing to report on, or a file cannot be written.
    """
    checked = check_profile(dict(profile))
    report = audit(checked)
    charts = profile_charts(checked, report)
    files = {"profile.json": json_bytes(checked)}
    return _write(files, charts, render_page(checked, report, charts, with_audit=False), out_dir)


def write_audit_report(profile: Mapping[str, Any], report: AuditReport, out_dir: Path) -> Path:
    """Write the same page with the audit section, and audit.json.

    Args:
        profile: the profile that was audited.
        report: `hardware.energy.audit(profile)`.
        out_dir: folder, made if it is not there.

    Returns:
        The path of report.html.

    Raises:
        ReportError: as `write_profile_report`.
    """
    checked = check_profile(dict(profile))
    charts = (*profile_charts(checked, report), *audit_charts(report))
    files = {
        "profile.json": json_bytes(checked),
        "audit.json": json_bytes(dataclasses.asdict(report)),
    }
    return _write(files, charts, render_page(checked, report, charts, with_audit=True), out_dir)


def _write(files: Mapping[str, bytes], charts: Sequence[Chart], page: str, out_dir: Path) -> Path:
    content = dict(files)
    for chart in charts:
        content[f"{chart.name}.png"] = chart.png
        content[f"{chart.name}.json"] = json_bytes({"title": chart.title, **chart.data})
    for name, data in content.items():
        write_bytes(out_dir / name, data, error=ReportError)
    # Last: it says that the rest is there.
    write_bytes(out_dir / "report.html", page.encode("utf-8"), error=ReportError)
    return out_dir / "report.html"
