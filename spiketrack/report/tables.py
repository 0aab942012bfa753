"""A table as data, shown by rich in a terminal or by the template on the page.

A cell knows how it is read and how it is sorted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text


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


def rich_table(table: TableData) -> Table:
    """The table for a terminal. Names from files are shown as they are, never read as markup."""
    shown = Table(
        title=Text(table.title), title_justify="left", box=box.SIMPLE_HEAD, caption_justify="left"
    )
    if table.note:
        shown.caption = Text(table.note)
    for column in table.columns:
        shown.add_column(Text(column.title), justify="right" if column.numeric else "left")
    first_total = len(table.rows) - table.total_rows
    for index, row in enumerate(table.rows):
        if index == first_total:
            shown.add_section()
        shown.add_row(*(Text(cell.text) for cell in row))
    return shown


def rich_tables(tables: Iterable[TableData]) -> list[Table]:
    """Several tables for a terminal."""
    return [rich_table(table) for table in tables]
