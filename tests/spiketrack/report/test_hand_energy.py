"""Every number of the tables of energy, worked out by hand from `hand_profile`, in pJ per frame."""

import pytest

from hardware.energy import AuditReport, audit
from spiketrack.counts import profile_from
from spiketrack.report import energy_tables
from tests.spiketrack.report.hand_profile import hand_profile
from tests.spiketrack.report.read_aloud import heads, require_rows

UJ = 1e6
"""Picojoules in a microjoule."""


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(profile_from(hand_profile()))


def test_the_formula_in_each_reading(report: AuditReport) -> None:
    table = energy_tables.formula_table(report)
    assert heads(table) == [
        "reading", "#energy", "#spike-driven", "#RGB MACs", "#to exact count",
    ]  # fmt: skip
    # Exact: 6.94 M unary SynOps x 0.9 pJ, and 1.8 M MACs on RGB inside the borders x 4.6 pJ.
    exact = 6.94 * 0.9 + 1.8 * 4.6  # 6.246 + 8.28 = 14.526
    # The formula: 7.7 M (rate x dense) x 0.9 pJ, and all 2 M dense MACs on RGB x 4.6 pJ.
    once = 7.7 * 0.9  # 6.93
    rgb = 2.0 * 4.6  # 9.2
    # T on everything: layers of one step x 3, the read of three steps as it is; RGB x 3.
    on_all = (3 * 5.0 + 2.4 + 3 * 0.3) * 0.9  # 16.47
    # One template call: 28.5 M x 0.9 pJ = 25.65 uJ, no MACs on RGB.
    call = 28.5 * 0.9
    require_rows(
        table,
        ("formula: D once, T where it runs", ("16.1 µJ", (once + rgb) * UJ),
         ("6.93 µJ", once * UJ), ("9.20 µJ", rgb * UJ), ("1.11x", 16.13 / exact)),
        ("formula: D twice, T where it runs", ("36.9 µJ", (4 * once + rgb) * UJ),
         ("27.7 µJ", 4 * once * UJ), ("9.20 µJ", rgb * UJ), ("2.54x", 36.92 / exact)),
        ("formula: D once, T on everything", ("44.1 µJ", (on_all + 3 * rgb) * UJ),
         ("16.5 µJ", on_all * UJ), ("27.6 µJ", 3 * rgb * UJ), ("3.03x", 44.07 / exact)),
        ("formula: D twice, T on everything", ("93.5 µJ", (4 * on_all + 3 * rgb) * UJ),
         ("65.9 µJ", 4 * on_all * UJ), ("27.6 µJ", 3 * rgb * UJ), ("6.44x", 93.48 / exact)),
        ("formula: D once, T where it runs, a MAC counted as two FLOPs",
         ("32.3 µJ", 2 * 16.13 * UJ), ("13.9 µJ", 2 * once * UJ), ("18.4 µJ", 2 * rgb * UJ),
         ("2.22x", 32.26 / exact)),
        ("formula: D once, T where it runs, one template call spread over 25 frames",
         ("17.2 µJ", (16.13 + call / 25) * UJ), ("7.96 µJ", (once + call / 25) * UJ),
         ("9.20 µJ", rgb * UJ), ("1.18x", 17.156 / exact)),
        ("formula: D once, T where it runs, one template call spread over 40 frames",
         ("16.8 µJ", (16.13 + call / 40) * UJ), ("7.57 µJ", (once + call / 40) * UJ),
         ("9.20 µJ", rgb * UJ), ("1.15x", 16.77125 / exact)),
        ("exact unary SynOps and RGB MACs at the formula's prices", ("14.5 µJ", exact * UJ),
         ("6.25 µJ", 6.94 * 0.9 * UJ), ("8.28 µJ", 1.8 * 4.6 * UJ), ("1x", 1.0)),
    )  # fmt: skip
    # The gate: 0.1 M MACs x 4.6 pJ.
    assert table.note == (
        "fp32 at 45 nm (0.9 pJ per accumulate, 4.6 pJ per MAC), multiply and accumulate only. The "
        "last row leaves out the channel gate, 460 nJ, since the formula has no term for it."
    )


def test_what_every_price_list_says(report: AuditReport) -> None:
    table = energy_tables.model_table(report)
    assert table.title == "Exact counts under every price list, per tracked frame"
    assert heads(table)[:5] == ["model", "#energy", "range", "scope", "technology"]
    # fp32: synapses, real MACs, 4 comparisons of 15 k neurons, additions, rescaling, host.
    fp32 = 6.94 * 0.9 + 1.9 * 4.6 + 0.015 * 4 * 0.9 + 0.013 * 0.9 + 0.014 * 3.7 + 0.003 * 3.7
    rest = 0.015 * 4 * 0.1 + 0.013 * 0.1 + 0.014 * 3.1 + 0.003 * 3.7  # 0.0618
    unrolled = 6.94 * 0.1 + 1.9 * 0.3 + rest  # low: 6.94 x 0.03 + 1.9 x 0.23 + rest = 0.707
    graded = 3.05 * 0.3 + 1.9 * 0.3 + rest  # low: (3.05 + 1.9) x 0.23 + rest = 1.2003
    bytes_mb = 3.8 + 7.32 + 2 * 0.045  # a message is written once and read once
    lemaire = 6.94 * 0.1 + 1.9 * 3.1 + 0.013 * 0.1 + 0.014 * 3.1  # 6.6287
    binary = (6.94 + 1.9) * 23.6 + 0.015 * 4 * 81 + 0.0385 * 1.7  # low: updates at 52 pJ
    one_each = (3.05 + 1.9) * 23.6 + 0.015 * 81 + 0.017 * 1.7
    fitted = (3.05 + 1.9) * 24 + 0.015 * (51.2 + 21.6) + 0.040 * 69.3 + 0.017 * 111
    shown = [
        ("Exact counts at the papers' fp32 price (horowitz45-fp32)", "15.1 µJ", fp32, "–"),
        ("Exact counts, int8 weights, unrolled (horowitz45-int8)", "1.33 µJ", unrolled,
         "707 nJ to 1.33 µJ"),
        ("Exact counts, int8 weights, graded (horowitz45-graded)", "1.55 µJ", graded,
         "1.20 µJ to 1.55 µJ"),
        # 0.707 + 11.21 x 1.25 = 14.7195 and 1.3258 + 11.21 x 12.5 = 141.4508
        ("Exact counts, int8 weights, with SRAM (horowitz45-int8-sram)", "29.4 µJ",
         unrolled + bytes_mb * 2.5, "14.7 µJ to 141 µJ"),
        # 6.6287 + 11.21 x 2.5 = 34.6537 and 6.6287 + 11.21 x 25 = 286.8787
        ("Lemaire 2022, with memory (lemaire2022)", "62.7 µJ", lemaire + bytes_mb * 5,
         "34.7 µJ to 287 µJ"),
        # low: 208.624 + 0.06 x 52 + 0.06545 = 211.80945
        ("Loihi 1 prices, unrolled spikes (davies2018-unrolled)", "214 µJ", binary,
         "212 µJ to 214 µJ"),
        # low: 116.82 + 0.015 x 52 + 0.0289 = 117.6289
        ("Loihi 1 prices, graded spikes (davies2018-graded)", "118 µJ", one_each,
         "118 µJ to 118 µJ"),
        # high: 3.05 x 35.5 + 1.9 x 24 + 5.751 = 159.626
        ("Loihi 1 fitted on silicon, graded spikes (sanafe-graded)", "125 µJ", fitted,
         "125 µJ to 160 µJ"),
    ]  # fmt: skip
    assert [[cell.text for cell in line[:3]] for line in table.rows] == [
        [name, text, span] for name, text, _, span in shown
    ]
    for (name, _, microjoules, _), line in zip(shown, table.rows, strict=True):
        assert line[1].sort == pytest.approx(microjoules * UJ, rel=1e-12), name
    scopes = ["compute only"] * 3 + ["with memory"] * 2 + ["chip dynamic"] * 3
    assert [line[3].text for line in table.rows] == scopes


def test_the_rivals_on_the_same_macs(report: AuditReport) -> None:
    table = energy_tables.rival_table(report)
    assert heads(table)[:4] == [
        "network", "#32-bit accumulators", "#8-bit accumulators", "#operations",
    ]  # fmt: skip
    every, nonzero = 16 + 0.1, 3.05 + 1.9  # M; the rival has the gate too
    shown = [
        ("Quantised ANN, every MAC", ("4.83 µJ", every * 0.3), ("3.70 µJ", every * 0.23),
         "16.1 M", "0.3 pJ"),
        ("Quantised ANN that skips zeros", ("1.49 µJ", nonzero * 0.3), ("1.14 µJ", nonzero * 0.23),
         "4.95 M", "0.3 pJ"),
        ("Float ANN, every MAC", ("74.1 µJ", every * 4.6), ("74.1 µJ", every * 4.6),
         "16.1 M", "4.6 pJ"),
        ("this network: Exact counts at the papers' fp32 price",
         ("15.0 µJ", 6.94 * 0.9 + 1.9 * 4.6), ("15.0 µJ", 6.94 * 0.9 + 1.9 * 4.6), "–", "–"),
        ("this network: Exact counts, int8 weights, unrolled",
         ("1.26 µJ", 6.94 * 0.1 + 1.9 * 0.3), ("645 nJ", 6.94 * 0.03 + 1.9 * 0.23), "–", "–"),
        ("this network: Exact counts, int8 weights, graded",
         ("1.49 µJ", (3.05 + 1.9) * 0.3), ("1.14 µJ", (3.05 + 1.9) * 0.23), "–", "–"),
    ]  # fmt: skip
    found = [[cell.text for cell in line] for line in table.rows]
    assert [[*line[:4], line[5]] for line in found] == [
        [name, wide[0], narrow[0], macs, price] for name, wide, narrow, macs, price in shown
    ]
    for (name, wide, narrow, _, _), line in zip(shown, table.rows, strict=True):
        assert line[1].sort == pytest.approx(wide[1] * UJ, rel=1e-12), name
        assert line[2].sort == pytest.approx(narrow[1] * UJ, rel=1e-12), name
    assert table.total_rows == 3


def test_the_budget_of_each_phase(report: AuditReport) -> None:
    table = energy_tables.budget_table(report)
    assert heads(table) == ["model", "#init, 1 frame", "#track, 2 frames"]
    rest = 0.09 * 4 * 0.1 + 0.08 * 0.1 + 0.085 * 3.1  # 0.3075
    memory_mb = 9 + 10 + 2 * 0.066
    require_rows(
        table,
        ("Exact counts at the papers' fp32 price",
         ("19.6 µJ", (21 * 0.9 + 0.09 * 4 * 0.9 + 0.08 * 0.9 + 0.085 * 3.7) * UJ), "15.1 µJ"),
        ("Exact counts, int8 weights, unrolled", ("2.41 µJ", (21 * 0.1 + rest) * UJ), "1.33 µJ"),
        ("Exact counts, int8 weights, graded", ("3.61 µJ", (11 * 0.3 + rest) * UJ), "1.55 µJ"),
        ("Exact counts, int8 weights, with SRAM",
         ("50.2 µJ", (21 * 0.1 + rest + memory_mb * 2.5) * UJ), "29.4 µJ"),
        ("Lemaire 2022, with memory",
         ("98.0 µJ", (21 * 0.1 + 0.08 * 0.1 + 0.085 * 3.1 + memory_mb * 5) * UJ), "62.7 µJ"),
        ("Loihi 1 prices, unrolled spikes",
         ("525 µJ", (21 * 23.6 + 0.09 * 4 * 81 + 0.165 * 1.7) * UJ), "214 µJ"),
        ("Loihi 1 prices, graded spikes",
         ("267 µJ", (11 * 23.6 + 0.09 * 81 + 0.09 * 1.7) * UJ), "118 µJ"),
        ("Loihi 1 fitted on silicon, graded spikes",
         ("285 µJ", (11 * 24 + 0.09 * (51.2 + 21.6) + 0.06 * 69.3 + 0.09 * 111) * UJ), "125 µJ"),
    )  # fmt: skip


def test_the_rival_of_the_same_widths(report: AuditReport) -> None:
    table = energy_tables.matched_table(report)
    assert heads(table) == [
        "form of the spiking network", "#spiking", "#rival", "rate", "#measured", "#crossover",
        "cheaper",
    ]  # fmt: skip
    # A MAC costs 0.3 pJ and moves 9 bytes at 2.5 pJ in a convolution, 12 in the read of a memory.
    rival = 14 * 0.3 + 2.5 * (10 * 9 + 3 * 12 + 1 * 9 + 2 * 0.015)  # 341.775
    unrolled = 6.94 * 0.1 + 2.5 * (4.5 * 9 + 2.2 * 12 + 0.24 * 9)  # 173.344
    graded = 3.05 * 0.3 + 2.5 * (1.8 * 9 + 1.1 * 12 + 0.15 * 9 + 2 * 0.010)  # 77.84
    require_rows(
        table,
        ("unrolled, arithmetic", ("694 nJ", 0.694 * UJ), ("4.20 µJ", 4.2 * UJ),
         "unary SynOps per MAC", ("0.496", 6.94 / 14), ("3", 3.0), "spiking"),
        ("unrolled, with memory", ("173 µJ", unrolled * UJ), ("342 µJ", rival * UJ),
         "unary SynOps per MAC", ("0.496", 6.94 / 14), ("0.977", 6.94 / 14 * rival / unrolled),
         "spiking"),
        ("graded, with memory", ("77.8 µJ", graded * UJ), ("342 µJ", rival * UJ),
         "graded SynOps per MAC", ("0.218", 3.05 / 14), ("0.957", 3.05 / 14 * rival / graded),
         "spiking"),
    )  # fmt: skip
