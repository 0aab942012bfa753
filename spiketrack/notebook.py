"""Tables and sentences as a piece of HTML that a notebook shows in place of a value.

Names in them come from files that nobody vouches for, so every text is escaped here.
"""

from collections.abc import Iterable
from html import escape

from spiketrack.plain_text import shown
from spiketrack.tables import TableData

MAX_ROWS = 60
"""Rows a table shows before it leaves out the middle."""


def html_of(title: str, tables: Iterable[TableData] = (), lines: Iterable[str] = ()) -> str:
    """A heading, tables, and sentences below them.

    Args:
        title: what the value is, in a few words.
        tables: shown one after the other.
        lines: notes and warnings, one paragraph each.
    """
    parts = [f"<p><b>{_text(title)}</b></p>", *(_table(table) for table in tables)]
    parts += [f"<p>{_text(line)}</p>" for line in lines]
    return f"<div>{''.join(parts)}</div>"


def _table(table: TableData) -> str:
    styles = ["text-align:right" if column.numeric else "text-align:left"
              for column in table.columns]  # fmt: skip
    head = "".join(
        f'<th style="{style}">{_text(column.title)}</th>'
        for column, style in zip(table.columns, styles, strict=True)
    )
    cells = [[cell.text for cell in row] for row in table.rows]
    if len(cells) > MAX_ROWS:
        gap = ["..."] * len(table.columns)
        cells = [*cells[: MAX_ROWS // 2], gap, *cells[-MAX_ROWS // 2 :]]
    rows = "".join(
        "<tr>" + "".join(f'<td style="{style}">{_text(text)}</td>'
                         for text, style in zip(row, styles, strict=True)) + "</tr>"
        for row in cells
    )  # fmt: skip
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    note = f"<p>{_text(table.note)}</p>" if table.note else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}"


def _text(text: str) -> str:
    return escape(shown(text))
