"""The page and the terminal show the tables that were worked out by hand, all of them, in order."""

import html
import re

import pytest

from hardware.energy import AuditReport, audit
from spiketrack.counts import profile_from
from spiketrack.report import summary_tables
from spiketrack.report.figures import audit_charts, profile_charts
from spiketrack.report.page import render_page
from tests.spiketrack.report.hand_profile import hand_profile

TABLES = (
    "Synaptic operations per tracked frame, by definition",
    "Work besides synaptic operations, per tracked frame",
    "By stage, per tracked frame",
    "Phases, each per frame of its own",
    "Listed, not counted",
    "Exact counts under every price list, per tracked frame",
    "The paper's formula in each reading, per tracked frame",
    "The rival: no spikes, same MACs, per frame",
    "Separate budgets: energy per frame of each phase",
    "From the formula to: Exact counts at the papers' fp32 price (horowitz45-fp32)",
    "Published claims for this variant",
    "Break-even rules against this run",
    "How far to trust the price lists: predicted over measured, on chips",
    "From the formula to: Exact counts, int8 weights, unrolled (horowitz45-int8)",
    "From the formula to: Exact counts, int8 weights, graded (horowitz45-graded)",
    "From the formula to: Exact counts, int8 weights, with SRAM (horowitz45-int8-sram)",
    "From the formula to: Lemaire 2022, with memory (lemaire2022)",
    "From the formula to: Loihi 1 prices, unrolled spikes (davies2018-unrolled)",
    "From the formula to: Loihi 1 prices, graded spikes (davies2018-graded)",
    "From the formula to: Loihi 1 fitted on silicon, graded spikes (sanafe-graded)",
    "The bill of horowitz45-fp32",
    "The bill of horowitz45-int8",
    "The bill of horowitz45-graded",
    "The bill of horowitz45-int8-sram",
    "The bill of lemaire2022",
    "The bill of davies2018-unrolled",
    "The bill of davies2018-graded",
    "The bill of sanafe-graded",
    "Connections, per frame of the track phase",
    "Neurons and stream arithmetic, per frame of the track phase",
    "Connections, per frame of the init phase",
    "Neurons and stream arithmetic, per frame of the init phase",
    "Model",
    "Constants and assumptions used",
    "Published prices not applied here",
)


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(profile_from(hand_profile()))


@pytest.fixture(scope="module")
def page(report: AuditReport) -> str:
    profile = hand_profile()
    charts = (*profile_charts(profile_from(profile), report), *audit_charts(report))
    return render_page(profile_from(profile), report, charts, True)


def rows_under(page: str, title: str) -> list[list[str]]:
    """The cells of a table on the page as text."""
    start = page.index(f"<figcaption>{title}</figcaption>")
    body = page[start : page.index("</table>", start)].split("<tbody>")[1]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", line, re.S) for line in body.split("</tr>")]
    return [[html.unescape(cell) for cell in line] for line in cells if line]


@pytest.mark.slow
def test_every_table_is_there_once_and_in_its_place(page: str) -> None:
    found = [html.unescape(one) for one in re.findall(r"<figcaption>(.*?)</figcaption>", page)]
    assert [one for one in found if one in TABLES] == list(TABLES)


@pytest.mark.slow
def test_the_page_shows_cells_in_the_order_of_their_columns(page: str) -> None:
    budgets = rows_under(page, "Separate budgets: energy per frame of each phase")
    assert budgets[1] == ["Exact counts, int8 weights, unrolled", "2.41 µJ", "1.33 µJ"]
    layers = rows_under(page, "Connections, per frame of the track phase")
    assert layers[-1] == [
        "decoder.conv1_ctr.0", "conv", "1", "1 M", "20 %", "0.300", "150 k", "240 k", "300 k",
    ]  # fmt: skip
    claims = rows_under(page, "Published claims for this variant")
    assert claims == [
        ["B256-T3, 1/7.6 of TransT", "D", "9.90 mJ", "614x", "268x", "785", "196", "0.550", ""]
    ]


@pytest.mark.slow
def test_the_cards_and_the_sentences_are_on_the_page(page: str) -> None:
    text = html.unescape(page)
    cards = re.findall(r'class="card"><strong>(.*?)</strong><span>(.*?)</span>', text)
    assert cards == [
        ("3.05 M", "SynOps per frame"),
        ("0.550", "mean integer, 0 to 4"),
        ("16.1 µJ", "the paper's formula"),
        ("1.26 µJ", "exact count, int8 weights"),
        ("4.83 µJ", "quantised ANN, same MACs"),
        ("118 µJ", "at Loihi 1 prices"),
    ]
    assert "the formula is 11.0 % too high." in text
    assert "All figures per tracked frame, mean of 2 frames." in text
    assert "the weights were drawn" in text


@pytest.mark.slow
def test_numbers_on_the_page_sort_by_their_value(page: str) -> None:
    start = page.index("<figcaption>Separate budgets")
    values = re.findall(r'data-v="([0-9.e+-]+)"', page[start : page.index("</table>", start)])
    assert float(values[2]) == pytest.approx(2.4075e6)  # int8, init, in pJ
    assert float(values[3]) == pytest.approx(1.3258e6)


def test_the_terminal_names_the_tables_of_a_profile_and_of_an_audit(report: AuditReport) -> None:
    profile = hand_profile()
    short = [str(one.title) for one in summary_tables(profile_from(profile), report, False)]
    assert short == [
        "By stage, per tracked frame",
        "Energy per tracked frame: counts times published prices, nothing was measured",
    ]
    long = [str(one.title) for one in summary_tables(profile_from(profile), report, True)]
    assert long == [
        "Verdicts on: SpikeTrack: A Spike-driven Framework for Efficient Visual Tracking",
        "Layers to look at",
        *short,
        "The paper's formula in each reading, per tracked frame",
        "From the formula to: horowitz45-fp32",
        "Published claims for this variant",
    ]
