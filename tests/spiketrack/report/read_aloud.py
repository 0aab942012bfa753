"""What people read of a table, and how it is compared with what was worked out by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from spiketrack.report.tables import TableData

Shown = str | tuple[str, float]
"""An expected cell: its text, or its text and the number behind it, written as arithmetic."""


def heads(table: TableData) -> list[str]:
    """The titles of the columns; of numbers with a "#"."""
    return [f"{'#' * column.numeric}{column.title}" for column in table.columns]


def require_rows(table: TableData, *expected: Sequence[Shown]) -> None:
    """Every row, every cell, in their order; the number behind a cell to twelve digits."""
    found: list[Any] = [[cell.text for cell in line] for line in table.rows]
    assert found == [[one if isinstance(one, str) else one[0] for one in line] for line in expected]
    for line, cells in zip(expected, table.rows, strict=True):
        for one, cell in zip(line, cells, strict=True):
            if not isinstance(one, str):
                assert cell.sort == pytest.approx(one[1], rel=1e-12), one
