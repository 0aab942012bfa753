"""What `map` prints: tables for people, or one JSON value for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spiketrack.cli.show import notices, print_json, say
from spiketrack.cli.show_table import show_tables
from spiketrack.plain_text import plural
from spiketrack.provenance import random_words

if TYPE_CHECKING:
    from hardware.mapping import MappingRecord


def mapped(
    record: "MappingRecord", written: list[Path], alarms: Sequence[str], *, as_json: bool
) -> None:
    """The result of `map`."""
    notices((random_words(record.provenance),), alarms, as_json=as_json)
    if as_json:
        document = {
            "graph": record.graph,
            "target": record.target["name"],
            "board": record.board,
            "summary": record.summary,
            "provenance": record.provenance,
            "files": [str(path) for path in written],
        }
        print_json(document)
        return
    from spiketrack.report.mapping_tables import mapping_tables

    show_tables(mapping_tables(record))
    pictures = sum(path.suffix == ".png" for path in written)
    say(f"Wrote {written[-1]}, layers.csv and {plural(pictures, 'picture')} with the numbers")
