"""The contents of audit.json: every figure of an audit, and what it was made from.

The provenance names inputs by their hash and the program by its version, and no path: the same
inputs give the same bytes everywhere, so that anybody can repeat the audit and compare.
"""

import dataclasses

from hardware.energy import AuditReport
from hardware.energy.audit_report import ClaimCheck
from spiketrack.counts.profile import Profile
from spiketrack.provenance import sha256_bytes
from spiketrack.report.files import json_bytes
from spiketrack.version import VERSION


def audit_document(profile: Profile, report: AuditReport) -> dict[str, object]:
    """Makes the whole document as plain JSON values.

    Args:
        profile: the profile that was audited.
        report: its audit.

    Raises:
        ReportError: the profile holds something that JSON has no form for.
    """
    return {
        **dataclasses.asdict(report),
        "claims": [_claim_check(check) for check in report.claims],
        "verdicts": [one.to_dict() for one in report.verdicts],
        "claim_files": [
            {"name": papers.name, "text": papers.text} for papers in report.claim_files
        ],
        "provenance": {
            "spiketrack": VERSION,
            "profile_sha256": profile_hash(profile),
            "with_mapping": report.placed is not None,
        },
    }


def _claim_check(check: ClaimCheck) -> dict[str, object]:
    """A claim beside the formula; its energy as a plain number, besides the digits as printed."""
    claim = {**dataclasses.asdict(check.claim), "energy_mj": check.claim.energy_mj}
    return {**dataclasses.asdict(check), "claim": claim}


def profile_hash(profile: Profile) -> str:
    """The hash of a profile as it is written.

    Args:
        profile: checked counts.
    """
    return sha256_bytes(json_bytes(profile.document))
