"""Silicon records as a CSV file of measurements, in the form that `spiketrack fit` reads."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from hardware.energy.records import SiliconRecord
from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_text
from spiketrack.plain_text import spreadsheet_cell

COLUMNS = ("name", "synops.graded", "neuron_updates", "events", "steps", "dynamic_uj")


def write_measurements(path: Path, records: Iterable[SiliconRecord]) -> None:
    """Writes counts and dynamic energies of the records whose counts are known.

    Args:
        path: where; an existing file is replaced.
        records: which; those with bounds, or without counts, are left out.

    Raises:
        ReportError: the file cannot be written, or no record has known counts.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = [
        (
            spreadsheet_cell(one.name),
            one.activity.synops,
            one.activity.neuron_updates,
            one.activity.spikes,
            one.steps,
            one.measured["dynamic_uj"].value,
        )
        for one in records
        if one.activity is not None and one.activity_most is None and "dynamic_uj" in one.measured
    ]
    if not rows:
        raise ReportError("measurements of silicon records", "a record with known counts", "none")
    writer.writerows(rows)
    write_text(path, stream.getvalue(), error=ReportError)
