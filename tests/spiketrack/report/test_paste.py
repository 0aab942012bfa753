"""Tables to paste: nothing in a cell can break out of the form that it is written in."""

import csv
import io

from spiketrack.report.paste import as_csv, as_latex, as_markdown
from spiketrack.tables import TableData, columns, number_cell, text_cell

TABLE = TableData(
    title="50 % of a_b",
    columns=columns("net", "#energy"),
    rows=(
        (text_cell("a & b"), number_cell(1500.0, lambda value: f"{value / 1e3:.1f} nJ")),
        (text_cell("=1+1"), number_cell(2.0, lambda value: f"{value:.0f} pJ")),
    ),
    note="A $note$.",
    total_rows=1,
)


def test_latex_is_a_table_with_a_rule_before_the_totals() -> None:
    assert as_latex(TABLE) == "\n".join([
        r"\begin{table}", r"\caption{50 \% of a\_b}", r"\begin{tabular}{lr}", r"\hline",
        r"net & energy \\", r"\hline", r"a \& b & 1.5 nJ \\", r"\hline", r"=1+1 & 2 pJ \\",
        r"\hline", r"\end{tabular}", r"\par\footnotesize A \$note\$.", r"\end{table}", "",
    ])  # fmt: skip


def test_markdown_is_a_table_with_its_title_and_note() -> None:
    assert as_markdown(TABLE) == (
        "**50 % of a\\_b**\n\n| net | energy |\n| --- | ---: |\n| a & b | 1.5 nJ |\n"
        "| =1+1 | 2 pJ |\n\nA $note$.\n"
    )


def test_csv_has_every_number_in_full_and_no_formula() -> None:
    assert list(csv.reader(io.StringIO(as_csv(TABLE)))) == [
        ["net", "energy", "energy, value"],
        ["a & b", "1.5 nJ", "1500.0"],
        ["'=1+1", "2 pJ", "2.0"],
    ]


def test_a_name_holds_no_command_no_tag_and_no_line_break() -> None:
    nasty = "\\input{x} <b> | `y` [z](w)\n# *"
    table = TableData(title=nasty, columns=columns("a"), rows=((text_cell(nasty),),))
    latex = as_latex(table)
    assert "\\input" not in latex and "\\textbackslash{}input\\{x\\}" in latex
    markdown = as_markdown(table)
    assert "\n#" not in markdown and "<b>" not in markdown.replace("\\<b\\>", "")
    row = next(line for line in markdown.splitlines() if line.startswith("| \\\\input"))
    assert row.count("|") - row.count("\\|") == 2
