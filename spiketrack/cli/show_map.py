"""What `map` prints: tables for people, or one JSON value for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spiketrack.cli.show import notices, print_json, say
from spiketrack.cli.show_table import show_tables
from spiketrack.plain_text import plural
from spiketrack.provenance import random_words

if TYPE_CHECKING:
    from spiketrack.verbs.results import Mapped


def mapped(result: "Mapped", written: list[Path], alarms: Sequence[str], *, as_json: bool) -> None:
    """The result of `map`."""
    notices((random_words(result.record.provenance),), alarms, as_json=as_json)
    if as_json:
        print_json({**result.to_dict(), "files": [str(path) for path in written]})
        return
    from spiketrack.report.mapping_tables import mapping_tables

    show_tables(mapping_tables(result.record))
    pictures = sum(path.suffix == ".png" for path in written)
    say(f"Wrote {written[-1]}, layers.csv and {plural(pictures, 'picture')} with the numbers")
