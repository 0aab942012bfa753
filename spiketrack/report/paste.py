r"""Tables in the forms that people paste into papers: LaTeX, Markdown, CSV.

Text comes from files of strangers: in LaTeX every character with a meaning is escaped, so that a
name cannot hold a command; in Markdown a bar or a tag cannot break the table; in CSV no cell is
taken for a formula.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping

from spiketrack.plain_text import shown, spreadsheet_cell
from spiketrack.tables import TableData

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "µ": r"$\mu$", "×": r"$\times$", "–": "--", "−": "$-$", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def as_latex(table: TableData) -> str:
    """A `table` environment with a caption; needs no package.

    Args:
        table: what to write.
    """
    align = "".join("r" if column.numeric else "l" for column in table.columns)
    caption, tabular = rf"\caption{{{_latex(table.title)}}}", rf"\begin{{tabular}}{{{align}}}"
    lines = [r"\begin{table}", caption, tabular, r"\hline"]
    lines.append(_latex_row([column.title for column in table.columns]))
    lines.append(r"\hline")
    first_total = len(table.rows) - table.total_rows
    for index, row in enumerate(table.rows):
        if table.total_rows and index == first_total:
            lines.append(r"\hline")
        lines.append(_latex_row([cell.text for cell in row]))
    lines += [r"\hline", r"\end{tabular}"]
    if table.note:
        lines.append(rf"\par\footnotesize {_latex(table.note)}")
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def as_markdown(table: TableData) -> str:
    """A table with its title in bold and its note below.

    Args:
        table: what to write.
    """
    rule = " | ".join("---:" if column.numeric else "---" for column in table.columns)
    lines = [f"**{_markdown(table.title)}**", "",
             _markdown_row([column.title for column in table.columns]), f"| {rule} |"]  # fmt: skip
    lines += [_markdown_row([cell.text for cell in row]) for row in table.rows]
    if table.note:
        lines += ["", _markdown(table.note)]
    return "\n".join(lines) + "\n"


def as_csv(table: TableData) -> str:
    """Comma-separated values: titles, then rows; a number is written in full beside its text.

    Args:
        table: what to write.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads: list[str] = []
    for column in table.columns:
        heads += [column.title, f"{column.title}, value"] if column.numeric else [column.title]
    writer.writerow([spreadsheet_cell(shown(head)) for head in heads])
    for row in table.rows:
        cells: list[str] = []
        for column, cell in zip(table.columns, row, strict=True):
            cells.append(spreadsheet_cell(shown(cell.text)))
            if column.numeric:
                cells.append("" if cell.sort is None else repr(cell.sort))
        writer.writerow(cells)
    return out.getvalue()


FORMS: Mapping[str, Callable[[TableData], str]] = {
    "latex": as_latex,
    "markdown": as_markdown,
    "csv": as_csv,
}
"""Every form by its name."""


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in shown(text))


def _latex_row(cells: list[str]) -> str:
    return " & ".join(map(_latex, cells)) + r" \\"


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", shown(text))


def _markdown_row(cells: list[str]) -> str:
    return f"| {' | '.join(map(_markdown, cells))} |"
