"""Tables, charts and one self-contained page from a profile and its audit.

Door: `read_profile`, `write_profile_report`, `write_audit_report`; `summary_tables` for the
terminal.
"""

from spiketrack import own_packages  # noqa: F401
from spiketrack.report.read import read_profile
from spiketrack.report.terminal import summary_tables
from spiketrack.report.write import write_audit_report, write_profile_report

__all__ = ["read_profile", "summary_tables", "write_audit_report", "write_profile_report"]
