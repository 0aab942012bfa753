"""The one way a table reaches a terminal, a pipe or a file: no number is ever cut.

On a terminal a table that is too wide first wraps its words: titles at spaces, text columns down to
their longest word. Where that does not do, or cells would become towers, every row becomes a block
of "title: value" instead. In a pipe or a file no width is assumed and nothing is wrapped.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from spiketrack.plain_text import shown
from spiketrack.tables import Column, TableData

GAP = "  "
WORD = 32
"""Cells that a word of a text column may ask for; a longer one is folded."""
SHORT = 16
"""Cells up to which the text of a cell stays on one line: a number and its unit."""
TALLEST = 6
"""Lines that a cell may take before blocks are easier to read."""
_INDENT = "    "
_BETWEEN = " | "
_Row = tuple[str, ...]


def plain_console() -> Console:
    """A console on stdout that takes no text for markup or emoji: names come from files."""
    return Console(markup=False, highlight=False, emoji=False)


def show_tables(tables: Iterable[TableData]) -> None:
    """Prints tables, as wide as the terminal is, or as they are where nobody knows a width."""
    console = plain_console()
    width = console.width if console.is_terminal else None
    for table in tables:
        for line in table_lines(table, width):
            console.print(line, soft_wrap=True)


def table_lines(table: TableData, width: int | None) -> list[Text]:
    """A table as lines: an empty one, title, head, rows, note.

    Args:
        table: what to show.
        width: columns of the terminal; None where no width is known.
    """
    rows = [tuple(shown(cell.text) for cell in row) for row in table.rows]
    lines = [Text()]
    if table.title:
        lines += [Text(line, "italic") for line in _wrapped(shown(table.title), width)]
    widths = _widths(table.columns, rows, width)
    body = _blocks(table, rows, width) if widths is None else _grid(table, rows, widths)
    note = [Text(line, "dim italic") for line in _wrapped(shown(table.note), width)]
    return [*lines, *body, *(note if table.note else [])]


def _widths(columns: Sequence[Column], rows: Sequence[_Row], width: int | None) -> list[int] | None:
    """Width of each column, or None if only blocks keep every number whole."""
    natural = [
        max([cell_len(column.title), *(cell_len(row[i]) for row in rows)])
        for i, column in enumerate(columns)
    ]
    if width is None or _needed(natural) <= width:
        return natural
    least = [_least(column, [row[i] for row in rows]) for i, column in enumerate(columns)]
    spare = width - _needed(least)
    if spare < 0:
        return None
    # The columns that ask for least are served first; what they leave goes to the others.
    wishes = sorted(range(len(columns)), key=lambda i: natural[i] - least[i])
    widths = list(least)
    for place, i in enumerate(wishes):
        given = min(natural[i] - least[i], spare // (len(wishes) - place))
        widths[i] += given
        spare -= given
    tallest = max((len(_wrapped(cell, size)) for row in rows
                   for cell, size in zip(row, widths, strict=True)), default=0)  # fmt: skip
    return None if tallest > TALLEST else widths


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _least(column: Column, cells: Sequence[str]) -> int:
    """A column of numbers holds its longest cell, one of words its longest word."""
    title = max(map(cell_len, column.title.split()), default=0)
    if column.numeric:
        return max([title, *map(cell_len, cells)])
    words = (cell_len(word) for cell in cells
             for word in ([cell] if cell_len(cell) <= SHORT else cell.split()))  # fmt: skip
    return max(title, min(WORD, max(words, default=0)))


def _grid(table: TableData, rows: Sequence[_Row], widths: Sequence[int]) -> list[Text]:
    rule = Text("─" * _needed(widths))
    titles = tuple(shown(column.title) for column in table.columns)
    head = _line_block(table.columns, titles, widths, at_bottom=True)
    lines = [*(Text(line, "bold") for line in head), rule]
    first_total = len(rows) - table.total_rows
    for index, row in enumerate(rows):
        if table.total_rows and index == first_total:
            lines.append(rule)
        lines += [Text(line) for line in _line_block(table.columns, row, widths)]
    return lines


def _line_block(
    columns: Sequence[Column], row: _Row, widths: Sequence[int], *, at_bottom: bool = False
) -> list[str]:
    cells = [_wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    lines = []
    for level in range(height):
        line = []
        for column, cell, size in zip(columns, cells, widths, strict=True):
            at = level - (height - len(cell) if at_bottom else 0)
            part = cell[at] if 0 <= at < len(cell) else ""
            space = " " * (size - cell_len(part))
            line.append(space + part if column.numeric else part + space)
        lines.append(GAP.join(line).rstrip())
    return lines


def _blocks(table: TableData, rows: Sequence[_Row], width: int | None) -> list[Text]:
    """Every row under its first cell, the others as "title: value"."""
    lines = []
    first, others = table.columns[0], table.columns[1:]
    for row in rows:
        head = f"{shown(first.title)} {row[0]}" if first.numeric else row[0]
        lines += [Text(line, "bold") for line in _wrapped(head, width)]
        pairs = [(f"{shown(column.title)}: {cell}", column.numeric)
                 for column, cell in zip(others, row[1:], strict=True) if cell]  # fmt: skip
        lines += [Text(line) for line in _flowed(pairs, width)]
    return lines


def _flowed(pairs: Sequence[tuple[str, bool]], width: int | None) -> list[str]:
    """Pairs one after another; one that does not fit starts a line, and numbers are not wrapped."""
    room = None if width is None else max(1, width - len(_INDENT))
    lines: list[str] = []
    for text, numeric in pairs:
        joined = f"{lines[-1]}{_BETWEEN}{text}" if lines else ""
        if lines and (room is None or cell_len(joined) <= room):
            lines[-1] = joined
        else:
            lines += [text] if numeric else _wrapped(text, room)
    return [_INDENT + line for line in lines]


def _wrapped(text: str, width: int | None) -> list[str]:
    """Lines of at most `width` cells, broken at spaces, a longer word anywhere."""
    if width is None or cell_len(text) <= width:
        return [text]
    return [line.plain.rstrip() for line in Text(text).wrap(_MEASURE, max(1, width))]


_MEASURE = Console(width=80, markup=False, emoji=False)
