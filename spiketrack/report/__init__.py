"""Tables, charts and one self-contained page from a profile and its audit.

Door: `read_profile` reads and checks profile.json; `write_profile_report` and `write_audit_report`
write the page with its charts and numbers; `summary_tables` are the few tables that the terminal
shows.

Why late imports: reading a profile must not wait for the library that draws charts.
"""

from typing import TYPE_CHECKING

from spiketrack import own_packages  # noqa: F401
from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from spiketrack.report.read import read_profile
    from spiketrack.report.terminal import summary_tables
    from spiketrack.report.write import write_audit_report, write_profile_report
else:
    __getattr__ = late_names(
        __name__,
        {
            "read_profile": "spiketrack.report.read",
            "summary_tables": "spiketrack.report.terminal",
            "write_audit_report": "spiketrack.report.write",
            "write_profile_report": "spiketrack.report.write",
        },
    )

__all__ = [
    "read_profile",
    "summary_tables",
    "write_audit_report",
    "write_profile_report",
]
