"""Writes what belongs beside mapping.json: pictures, each with its numbers, and the layer table."""

from pathlib import Path

from hardware.mapping import Layout, MappingRecord
from spiketrack.errors import ReportError
from spiketrack.files.atomic import write_bytes
from spiketrack.report.files import json_bytes
from spiketrack.report.mapping_figures import mapping_charts
from spiketrack.report.mapping_tables import layer_csv


def write_mapping_report(layout: Layout, record: MappingRecord, folder: Path) -> list[Path]:
    """Writes layers.csv and every picture with its JSON; returns the paths.

    Everything is drawn before the first file is touched, and each file appears whole or not at all.

    Raises:
        ReportError: a file cannot be written.
    """
    content = {"layers.csv": layer_csv(record).encode()}
    for chart in mapping_charts(layout):
        content[f"{chart.name}.png"] = chart.png
        content[f"{chart.name}.json"] = json_bytes({"title": chart.title, **chart.data})
    for name, data in content.items():
        write_bytes(folder / name, data, error=ReportError)
    return [folder / name for name in content]
