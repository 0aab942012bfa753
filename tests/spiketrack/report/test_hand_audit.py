"""Every number of the tables that only an audit has, worked out by hand from `hand_profile`."""

import pytest

from hardware.energy import AuditReport, audit
from hardware.energy.gap import GapChain
from hardware.energy.model import EnergyResult
from spiketrack.counts import profile_from
from spiketrack.report import audit_tables
from tests.spiketrack.report.hand_profile import hand_profile
from tests.spiketrack.report.read_aloud import heads, require_rows

UJ = 1e6


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(profile_from(hand_profile()))


def chain_of(report: AuditReport, model: str) -> GapChain:
    return next(chain for chain in report.gaps if chain.model == model)


def result_of(report: AuditReport, model: str) -> EnergyResult:
    return next(result for result in report.counted if result.model == model)


def test_the_gap_to_the_papers_own_prices(report: AuditReport) -> None:
    table = audit_tables.gap_table(chain_of(report, "horowitz45-fp32"), "fp32")
    assert table.title == "From the formula to: fp32"
    assert heads(table) == ["correction", "#change", "#leaves", "why"]
    # 93.48: D twice, T on everything; 44.07: D once; 16.13: T where it runs (see the formula).
    # 7.35 M unary SynOps of all weights x 0.9 + 8.28 on RGB = 14.895; 6.94 M: 14.526.
    # The gate's 0.1 M x 4.6 = 0.46; 60 k comparisons x 0.9 = 0.054; 13 k additions x 0.9 and
    # 14 k rescalings x 3.7 = 0.0635; 3 k host operations x 3.7 = 0.0111.
    require_rows(
        table,
        ("formula, D twice, T on everything", "", ("93.5 µJ", 93.48 * UJ), "the largest reading"),
        ("D counted twice", "− 49.4 µJ", ("44.1 µJ", 44.07 * UJ),
         "The mean integer already contains D."),
        ("T on everything", "− 27.9 µJ", ("16.1 µJ", 16.13 * UJ),
         "The search backbone runs once a frame."),
        ("borders and where spikes lie", "− 1.24 µJ", ("14.9 µJ", (7.35 * 0.9 + 8.28) * UJ),
         "A spike at the border has fewer targets; busy channels may have more or fewer than "
         "the mean."),
        ("zero weights", "− 369 nJ", ("14.5 µJ", (6.94 * 0.9 + 8.28) * UJ),
         "A weight that is zero costs nothing."),
        ("channel gate", "+ 460 nJ", ("15.0 µJ", (14.526 + 0.46) * UJ),
         "Its weighted sum of memories is real MACs that the formula has no term for."),
        ("neuron updates", "+ 54 nJ", ("15.0 µJ", (14.986 + 0.054) * UJ),
         "The formula has no neurons in it."),
        ("membrane and rescale arithmetic", "+ 63.5 nJ", ("15.1 µJ", (15.04 + 0.0635) * UJ),
         "Residual sums, biases, pooling and requantisation."),
        ("host work", "+ 11.1 nJ", ("15.1 µJ", (15.1035 + 0.0111) * UJ),
         "Sigmoids and the window on the logits, outside the chip."),
    )  # fmt: skip


def test_the_gap_to_the_prices_of_loihi_1(report: AuditReport) -> None:
    table = audit_tables.gap_table(chain_of(report, "davies2018-graded"), "Loihi 1")
    names = [line[0].text for line in table.rows]
    changes = {line[0].text: (line[1].text, line[2].text) for line in table.rows}
    assert names[3:] == [
        "borders and where spikes lie", "zero weights", "graded spikes", "channel gate",
        "price of one operation", "neuron updates", "messages",
    ]  # fmt: skip
    # 3.05 M x 0.9 + 8.28 = 11.025, 3.501 below 14.526; then (3.05 + 1.9) M x 23.6 = 116.82.
    assert changes["graded spikes"] == ("− 3.50 µJ", "11.0 µJ")
    assert changes["channel gate"] == ("+ 460 nJ", "11.5 µJ")
    assert changes["price of one operation"] == ("+ 105 µJ", "117 µJ")
    assert changes["neuron updates"] == ("+ 1.22 µJ", "118 µJ")
    assert changes["messages"] == ("+ 28.9 nJ", "118 µJ")


def test_the_bill_of_unrolled_int8(report: AuditReport) -> None:
    table = audit_tables.term_table(result_of(report, "horowitz45-int8"))
    assert table.title == "The bill of horowitz45-int8"
    assert heads(table) == [
        "term", "#counted, all frames", "#times", "price", "#energy per frame", "#share",
    ]  # fmt: skip
    whole = 0.694 + 0.57 + 0.006 + 0.0013 + 0.0434 + 0.0111  # 1.3258
    require_rows(
        table,
        ("synaptic operation", ("13.9 M", 2 * 6.94e6), ("1", 1), "0.1 pJ",
         ("694 nJ", 0.694 * UJ), ("52.3 %", 0.694 / whole)),
        ("MAC on real values (RGB, gate)", ("3.80 M", 2 * 1.9e6), ("1", 1), "0.3 pJ",
         ("570 nJ", 0.57 * UJ), ("43.0 %", 0.57 / whole)),
        ("neuron update, 4 comparisons", ("30 k", 2 * 15e3), ("4", 4), "0.1 pJ",
         ("6 nJ", 0.006 * UJ), ("0.453 %", 0.006 / whole)),
        ("membrane addition", ("26 k", 2 * 13e3), ("1", 1), "0.1 pJ",
         ("1.30 nJ", 0.0013 * UJ), ("0.0981 %", 0.0013 / whole)),
        ("rescale multiplication", ("28 k", 2 * 14e3), ("1", 1), "3.1 pJ",
         ("43.4 nJ", 0.0434 * UJ), ("3.27 %", 0.0434 / whole)),
        ("host float operation", ("6 k", 2 * 3e3), ("1", 1), "3.7 pJ",
         ("11.1 nJ", 0.0111 * UJ), ("0.837 %", 0.0111 / whole)),
    )  # fmt: skip
    assert "Counted but not priced: memory.weight_bytes_read, memory.state_bytes" in table.note


def test_the_bill_at_the_prices_of_loihi_1(report: AuditReport) -> None:
    table = audit_tables.term_table(result_of(report, "davies2018-unrolled"))
    whole = 163.784 + 44.84 + 4.86 + 0.06545
    require_rows(
        table,
        ("synaptic operation", ("13.9 M", 2 * 6.94e6), ("1", 1), "23.6 pJ",
         ("164 µJ", 6.94 * 23.6 * UJ), ("76.7 %", 163.784 / whole)),
        ("MAC on real values as a synaptic operation", ("3.80 M", 2 * 1.9e6), ("1", 1), "23.6 pJ",
         ("44.8 µJ", 1.9 * 23.6 * UJ), ("21.0 %", 44.84 / whole)),
        ("neuron update, active, 4 sub-steps", ("30 k", 2 * 15e3), ("4", 4), "81 pJ",
         ("4.86 µJ", 0.015 * 4 * 81 * UJ), ("2.28 %", 4.86 / whole)),
        ("spike within a tile", ("77 k", 2 * 38.5e3), ("1", 1), "1.7 pJ",
         ("65.5 nJ", 0.0385 * 1.7 * UJ), ("0.0306 %", 0.06545 / whole)),
    )  # fmt: skip
    assert "Static power, not added: 104 mW per chip." in table.note


def test_the_claim_and_the_activity_that_it_implies(report: AuditReport) -> None:
    table = audit_tables.claim_table(report)
    assert heads(table) == [
        "claim", "mark", "#claimed", "#to formula, D once", "#to formula, D twice",
        "#implied mean, D once", "#implied mean, D twice", "#mean counted here", "doubt",
    ]  # fmt: skip
    # 9.9 mJ = 9,900 uJ; less 2 M x 4.6 pJ on RGB; over 14 M x 0.9 pJ = 12.6 uJ a unit of the mean.
    once = (9900 - 9.2) / 12.6
    require_rows(
        table,
        ("B256-T3, 1/7.6 of TransT", "D", ("9.90 mJ", 9.9e9), ("614x", 9900 / 16.13),
         ("268x", 9900 / 36.92), ("785", once), ("196", once / 4), ("0.550", 7.7 / 14), ""),
    )  # fmt: skip


def test_the_rules_of_thumb_and_their_verdicts(report: AuditReport) -> None:
    table = audit_tables.break_even_table(report)
    assert heads(table) == ["rule", "#measured", "#threshold", "verdict", "unit"]
    # 38.5 k integers over 70 k inputs x 4 binary steps. 7.35 M additions of all weights over the
    # synapses of one step: 10 + 3 / 3 + 1 = 12 M, since the read runs three steps over the same.
    rate, per_synapse = 38.5 / (70 * 4), 7.35 / 12
    of_rate, of_synapse = "spikes per neuron per binary step", "spikes per synapse per inference"
    require_rows(
        table,
        ("Yan et al. 2026", ("0.138", rate), "0.057", "above it: favours the ANN", of_rate),
        ("Shen et al. 2024", ("0.138", rate), "0.1 to 0.15", "inside its range", of_rate),
        ("Dampfhoffer et al. 2022", ("0.613", per_synapse), "0.15 to 1.38", "inside its range",
         of_synapse),
        ("Davidson & Furber 2021", ("0.613", per_synapse), "1.72",
         "below it: favours spikes", of_synapse),
    )  # fmt: skip


# Millions of SynOps, updates and spikes, and the measured uJ, of every record with known counts.
SILICON = {
    "Autoencoder 256-32-256 on a Loihi 2 box": (0.3, 0.01, 0.02, 40.6),
    "NTIDIGITS on Loihi 1": (10.514929, 3000 * 754 / 1e6, 0.067107, 575.963),
    "PilotNet SNN on Loihi 2": (36.315366, 16 * 158_509 / 1e6, 0.553715, 1093.544),
}
# uJ for a million of each.
PRICES = {
    "horowitz45-fp32": (0.9, 0.9, 0.0),
    "horowitz45-int8": (0.1, 0.1, 0.0),
    "horowitz45-graded": (0.3, 0.1, 0.0),
    "davies2018-unrolled": (23.6, 81.0, 1.7),
    "davies2018-graded": (23.6, 81.0, 1.7),
    "sanafe-graded": (24.0, 51.2 + 21.6, 69.3 + 111.0),
}


def predicted_uj(model: str, record: str) -> float:
    return sum(n * price for n, price in zip(SILICON[record][:3], PRICES[model], strict=True))


def test_how_far_each_price_list_was_off_the_silicon(report: AuditReport) -> None:
    table = audit_tables.silicon_table(report)
    assert heads(table) == ["model", "record", "#predicted", "#measured", "#predicted / measured"]
    shown = [(line[0].text, line[1].text) for line in table.rows]
    assert shown == [(model, record) for model in PRICES for record in SILICON]
    for (model, record), line in zip(shown, table.rows, strict=True):
        predicted, measured = predicted_uj(model, record), SILICON[record][3]
        assert [cell.sort for cell in line[2:]] == pytest.approx(
            [predicted * UJ, measured * UJ, predicted / measured], rel=1e-9
        )
    texts = {
        pair: [cell.text for cell in line[2:]] for pair, line in zip(shown, table.rows, strict=True)
    }
    assert texts["davies2018-graded", "NTIDIGITS on Loihi 1"] == ["431 µJ", "576 µJ", "0.749x"]
    assert texts["horowitz45-fp32", "PilotNet SNN on Loihi 2"] == ["35.0 µJ", "1.09 mJ", "0.032x"]


def test_the_error_bar_of_a_chip_figure_is_the_figure_over_the_scores(report: AuditReport) -> None:
    table = audit_tables.error_bar_table(report)
    assert heads(table) == [
        "model", "#predicted", "#lowest score", "#highest score", "#a chip drew at least",
        "#at most",
    ]  # fmt: skip
    chips = ["davies2018-unrolled", "davies2018-graded", "sanafe-graded"]
    assert [line[0].text for line in table.rows] == chips
    for line in table.rows:
        model = line[0].text
        scores = [predicted_uj(model, one) / SILICON[one][3] for one in SILICON]
        here = result_of(report, model).total_pj
        assert [cell.sort for cell in line[1:]] == pytest.approx(
            [here, min(scores), max(scores), here / max(scores), here / min(scores)], rel=1e-9
        )
    # 118.03 uJ over 0.9724 and over 0.1952.
    assert [cell.text for cell in table.rows[1]][1:] == [
        "118 µJ", "0.195x", "0.972x", "121 µJ", "605 µJ",
    ]  # fmt: skip
