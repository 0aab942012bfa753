"""The contents of audit.json: every figure of an audit, and what it was made from.

The provenance names inputs by their hash and the program by its version, and no path: the same
inputs give the same bytes everywhere, so that anybody can repeat the audit and compare.
"""

import dataclasses

from hardware.energy import AuditReport
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


def profile_hash(profile: Profile) -> str:
    """The hash of a profile as it is written.

    Args:
        profile: checked counts.
    """
    return sha256_bytes(json_bytes(profile.document))
