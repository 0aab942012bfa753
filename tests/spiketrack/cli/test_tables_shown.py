"""Tables in a terminal, in a pipe: at every width each number of the data is whole."""

import re

import pytest
from rich.cells import cell_len

from hardware.energy import audit
from hardware.energy.phases import main_phase
from spiketrack.cli.show_table import SHORT, table_lines
from spiketrack.counts import profile_from
from spiketrack.report import audit_tables, count_tables, energy_tables, summary_tables
from spiketrack.report.constant_list import constant_tables
from spiketrack.tables import TableData, columns, words_table
from tests.hardware.energy.sample_profile import sample_profile

WIDTHS = (60, 80, 120, None)
A_NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def all_tables() -> list[TableData]:
    profile = sample_profile()
    report = audit(profile_from(profile))
    return [
        *summary_tables(profile_from(profile), report, with_audit=True),
        *(make(main_phase(profile_from(profile))) for make in (
            count_tables.definition_table, count_tables.left_out_table, count_tables.stage_table,
            count_tables.layer_table, count_tables.other_table,
        )),
        count_tables.phase_table(profile_from(profile)), *constant_tables(),
        *(make(report) for make in (
            energy_tables.model_table, energy_tables.formula_table, energy_tables.rival_table,
            energy_tables.budget_table, energy_tables.constant_table, audit_tables.claim_table,
            audit_tables.break_even_table, audit_tables.silicon_table,
        )),
    ]  # fmt: skip


def shown_at(table: TableData, width: int | None) -> list[str]:
    return [line.plain for line in table_lines(table, width)]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_number_of_every_table_is_whole(width: int | None) -> None:
    for table in all_tables():
        shown = shown_at(table, width)
        words = set(A_NUMBER.findall("\n".join(shown)))
        lines = "\n".join(shown)
        for row in table.rows:
            for column, cell in zip(table.columns, row, strict=True):
                if column.numeric or cell_len(cell.text) <= SHORT:
                    assert cell.text in lines, (table.title, column.title, cell.text)
                assert set(A_NUMBER.findall(cell.text)) <= words, (table.title, cell.text)
        for column in table.columns[1:]:
            assert all(word in lines for word in column.title.split()), column.title
        assert "…" not in lines


@pytest.mark.parametrize("width", (60, 80, 120))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for table in all_tables():
        assert max(map(cell_len, shown_at(table, width))) <= width


def test_in_a_pipe_a_row_is_one_line() -> None:
    for table in all_tables():
        # An empty line, a title, the head, a rule, one more rule before totals, the note.
        furniture = 4 + bool(table.total_rows) + bool(table.note)
        assert len(shown_at(table, None)) == len(table.rows) + furniture


def test_titles_wrap_before_a_table_becomes_blocks() -> None:
    table = words_table("t", columns("layer", "#graded SynOps", "#rate x dense"),
                        ("conv1", "16.6 k", "34"))  # fmt: skip
    assert shown_at(table, 21) == [
        "", "t", "       graded  rate x", "layer  SynOps   dense", "─" * 21,
        "conv1  16.6 k      34",
    ]  # fmt: skip


def test_a_row_that_does_not_fit_becomes_a_block_with_every_title() -> None:
    table = words_table("t", columns("layer", "#graded SynOps", "#dense MACs", "why"),
                        ("conv1", "16,616,616", "34,000,000", "a b c"))  # fmt: skip
    assert shown_at(table, 26) == [
        "", "t", "conv1", "    graded SynOps: 16,616,616", "    dense MACs: 34,000,000",
        "    why: a b c",
    ]  # fmt: skip


def test_a_name_is_folded_and_a_wide_character_takes_two_cells() -> None:
    table = words_table("", columns("layer", "#n"), ("x" * 70, "12"), ("層" * 20, "345"))
    shown = shown_at(table, 40)
    assert max(map(cell_len, shown)) <= 40
    assert "".join(line.split()[0] for line in shown if "x" in line) == "x" * 70


def test_the_total_is_set_off_by_a_rule() -> None:
    titles = columns("a", "#b")
    rows = words_table("", titles, ("x", "1"), ("all", "10")).rows
    table = TableData(title="t", columns=titles, rows=rows, total_rows=1)
    assert shown_at(table, 80) == ["", "t", "a     b", "───────", "x     1", "───────", "all  10"]
