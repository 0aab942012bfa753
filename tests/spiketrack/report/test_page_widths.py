"""Tables on the page: none is wider than a window of 1280 shows, none is cut on paper."""

import re
from pathlib import Path

from hardware.energy import audit
from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from spiketrack.report import audit_tables, count_tables, energy_tables, page
from spiketrack.report.page import column_classes
from spiketrack.tables import TableData
from tests.hardware.energy.sample_profile import sample_profile

CSS = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")
# 72 rem of 16 pixels, without the padding of 1.25 rem on both sides.
ROOM_PX = 72 * 16 - 2 * 1.25 * 16
# A wide letter of a font of 0.87 rem; a text column's least width; padding between columns.
LETTER_PX, TEXT_PX, PADDING_PX = 0.87 * 16 * 0.6, 7.5 * 16, (0.7 + 0.9) * 16


def least_px(table: TableData) -> float:
    """How wide a table is at least: titles wrap at spaces, numbers and short words do not."""
    total = 0.0
    for i, (column, kind) in enumerate(zip(table.columns, column_classes(table), strict=True)):
        cells = [row[i].text for row in table.rows] if kind else []
        letters = max(map(len, [*column.title.split(), *cells]), default=0)
        total += max(letters * LETTER_PX, 0 if kind else TEXT_PX) + PADDING_PX
    return total


def test_no_table_of_an_audit_is_wider_than_a_page_of_1280() -> None:
    profile = sample_profile()
    report = audit(profile_from(profile))
    track = main_phase(profile_from(profile))
    tables = [
        audit_tables.claim_table(report), audit_tables.break_even_table(report),
        audit_tables.silicon_table(report), energy_tables.model_table(report),
        energy_tables.formula_table(report), energy_tables.rival_table(report),
        energy_tables.budget_table(report), count_tables.stage_table(track),
        count_tables.layer_table(track), count_tables.other_table(track),
        count_tables.definition_table(track),
    ]  # fmt: skip
    wide = {table.title: least_px(table) for table in tables if least_px(table) > ROOM_PX}
    assert report.claims and wide == {}


def rule(selector: str) -> str:
    found = re.search(rf"^ *{re.escape(selector)} {{(.*?)}}", CSS, re.MULTILINE)
    assert found, selector
    return found[1]


def test_titles_wrap_and_numbers_do_not() -> None:
    assert "nowrap" not in rule("th") and "nowrap" not in rule(".n")
    assert "nowrap" in rule("td.n") and "nowrap" in rule("td.w")


def test_a_chart_is_never_higher_than_a_printed_page() -> None:
    printed = CSS[CSS.index("@media print") :]
    height = re.search(r"\.chart img {[^}]*max-height: (\d+)mm", printed)
    # A page of 279 mm (letter, the shorter one) less two margins of 14 mm and three lines of words.
    assert height and int(height[1]) <= 279 - 2 * 14 - 3 * 8
    assert "details .chart { break-inside: auto" not in CSS
