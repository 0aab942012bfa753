"""A table as data: what the terminal and the page show, and what tests read.

A cell knows how it is read and how it is sorted.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the text people read and the number it is sorted by (None: sorted as text)."""

    text: str
    sort: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column; numbers are set to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableData:
    """A table; `note` says what to make of it, the last `total_rows` rows are never sorted."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    total_rows: int = 0

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table '{self.title}' has {len(self.columns)} columns, found a row of "
                    f"{len(row)} cells"
                )


def text_cell(value: object) -> Cell:
    """A cell of words."""
    return Cell(str(value))


def number_cell(value: float, show: Callable[[float], str]) -> Cell:
    """A cell of a number, shown by `show`."""
    return Cell(show(value), float(value))


def columns(*titles: str) -> tuple[Column, ...]:
    """Columns from their titles; a title that starts with "#" holds numbers."""
    return tuple(Column(title.lstrip("#"), title.startswith("#")) for title in titles)


def words_table(title: str, titles: tuple[Column, ...], *rows: tuple[object, ...]) -> TableData:
    """A table whose cells are shown as they are and sorted as text."""
    cells = tuple(tuple(text_cell(value) for value in row) for row in rows)
    return TableData(title=title, columns=titles, rows=cells)
