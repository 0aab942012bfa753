"""The table of a tracked video: where the target is in every frame."""

from collections.abc import Mapping
from typing import Any

from spiketrack.tables import TableData, columns, words_table

MAX_ROWS = 24
"""Frames a table shows before it leaves out the middle."""


def boxes_table(tracked: Mapping[str, Any]) -> TableData:
    """A row for every frame, of a long video the first and the last ones."""
    rows = tracked["frames"]
    lines = [_frame_row(row) for row in rows]
    if len(rows) > MAX_ROWS:
        lines = [*lines[: MAX_ROWS // 2], ("...",) * 7, *lines[-MAX_ROWS // 2 :]]
    titles = columns("#frame", "#x", "#y", "#width", "#height", "#confidence", "#new template")
    return words_table(f"{tracked['source']} on the {tracked['engine']}", titles, *lines)


def _frame_row(row: dict[str, Any]) -> tuple[str, ...]:
    box = (f"{value:.1f}" for value in row["box"])
    renewed = "yes" if row["template_updated"] else ""
    return (str(row["frame_index"]), *box, f"{row['confidence']:.3f}", renewed)
