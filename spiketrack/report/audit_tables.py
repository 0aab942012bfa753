"""Tables only an audit has: the gap, claims, break-even rules, silicon, bills."""

from hardware.energy import AuditReport
from hardware.energy.gap import GapChain
from hardware.energy.joules import to_pj
from hardware.energy.model import EnergyResult
from hardware.energy.phases import MAIN_PHASES
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import count, digits, energy, exact, percent, times


def gap_table(chain: GapChain, title: str) -> TableData:
    """Shows one chain of corrections from the formula to a model."""
    rows = [
        (
            text_cell(f"formula, {chain.start}"),
            text_cell(""),
            number_cell(chain.start_pj, energy),
            text_cell("the largest reading"),
        )
    ]
    for step in chain.steps:
        if abs(step.delta_pj) < 0.5:  # under a picojoule there is nothing to explain
            continue
        sign = "+" if step.delta_pj > 0 else "−"
        rows.append(
            (
                text_cell(step.name),
                text_cell(f"{sign} {energy(abs(step.delta_pj))}"),
                number_cell(step.after_pj, energy),
                text_cell(step.why),
            )
        )
    return TableData(
        title=f"From the formula to: {title}",
        columns=columns("correction", "#change", "#leaves", "why"),
        rows=tuple(rows),
    )


def term_table(result: EnergyResult) -> TableData:
    """Shows one model's bill: count x times x price, line by line."""
    rows = [
        (
            text_cell(term.label),
            number_cell(term.count, count),
            number_cell(term.times, digits),
            text_cell(f"{exact(term.cost.value)} {term.cost.unit}"),
            number_cell(term.energy_pj, energy),
            number_cell(term.energy_pj / result.total_pj if result.total_pj else 0.0, percent),
        )
        for term in result.terms
    ]
    left_out = "; ".join(result.omits)
    unpriced = f" Counted but not priced: {', '.join(result.unpriced)}." if result.unpriced else ""
    static = ""
    if result.static_power is not None:
        power = f"{exact(result.static_power.value)} {result.static_power.unit}"
        static = f" Static power, not added: {power} per chip."
    if result.per_step is not None:
        step = energy(result.per_step.value)
        static += f" A step, not added, since counts have none: {step}."
    return TableData(
        title=f"The bill of {result.model}",
        columns=columns(
            "term", "#counted, all frames", "#times", "price", "#energy per frame", "#share"
        ),
        rows=tuple(rows),
        note=f"This price list leaves out: {left_out}.{unpriced}{static} {result.uncertainty}",
    )


def claim_table(audit: AuditReport) -> TableData:
    """Shows the published claims for this variant, and the activity that they imply."""
    return TableData(
        title="Published claims for this variant",
        columns=columns(
            "claim",
            "mark",
            "#claimed",
            "#to formula, D once",
            "#to formula, D twice",
            "#implied mean, D once",
            "#implied mean, D twice",
            "#mean counted here",
            "doubt",
        ),
        rows=tuple(
            (
                text_cell(check.claim.subject),
                text_cell(check.claim.mark),
                number_cell(to_pj(check.claimed_mj, "mJ"), energy),
                number_cell(check.ratio_to_reading.get("single-d", 0.0), times),
                number_cell(check.ratio_to_reading.get("double-d", 0.0), times),
                number_cell(check.implied_mean_single_d, digits),
                number_cell(check.implied_mean_double_d, digits),
                number_cell(check.measured_mean, digits),
                text_cell(check.claim.note),
            )
            for check in audit.claims
        ),
        note=(
            "The implied mean is the mean integer (0 to D) that the formula needs to give the "
            "claim, with T where it runs. Marks: H primary source, M secondary source, D derived."
        ),
    )


def break_even_table(audit: AuditReport) -> TableData:
    """Compares published rules of thumb with the measured activity."""
    says = {
        "below": "below it: favours spikes",
        "inside": "inside its range",
        "above": "above it: favours the ANN",
        "silent": "none: the network is silent",
    }
    return TableData(
        title="Break-even rules against this run",
        columns=columns("rule", "#measured", "#threshold", "verdict", "unit"),
        rows=tuple(
            (
                text_cell(rule.rule),
                number_cell(rule.measured, digits),
                text_cell(_span(rule.low.value, rule.high.value)),
                text_cell(says[rule.verdict]),
                text_cell(rule.measure),
            )
            for rule in audit.break_even
        ),
        note=(
            "The rules were made for other networks and machines: they show where a network "
            "stands, not what it costs."
        ),
    )


def silicon_table(audit: AuditReport) -> TableData:
    """Shows how far each price list was off every public measurement whose counts are known."""
    return TableData(
        title="How far to trust the price lists: predicted over measured, on chips",
        columns=columns("model", "record", "#predicted", "#measured", "#predicted / measured"),
        rows=tuple(
            (
                text_cell(score.model),
                text_cell(score.record_title),
                number_cell(score.predicted_uj * 1e6, energy),
                number_cell(score.measured_uj * 1e6, energy),
                number_cell(score.ratio, times),
            )
            for score in audit.silicon
            if score.kind == "network"
        ),
        note=(
            "Dynamic energy of a sample. Static power is apart, and what dynamic power includes "
            "differs from record to record: `spiketrack records` tells."
        ),
    )


def error_bar_table(audit: AuditReport) -> TableData:
    """Shows what the scores of the price lists of chips make of this run's energies."""
    rows = []
    for result in audit.counted:
        bar = audit.error_bar_of(result.model)
        if bar is None or result.scope != "chip dynamic":
            continue
        least, most = bar.measured_pj(result.total_pj)
        rows.append(
            (
                text_cell(result.model),
                number_cell(result.total_pj, energy),
                number_cell(bar.low, times),
                number_cell(bar.high, times),
                number_cell(least, energy),
                number_cell(most, energy),
            )
        )
    return TableData(
        title=f"The error bar of a chip figure, per {MAIN_PHASES[audit.phase]}",
        columns=columns(
            "model", "#predicted", "#lowest score", "#highest score", "#a chip drew at least",
            "#at most",
        ),
        rows=tuple(rows),
        note=(
            "A score is predicted over measured, on the records of the table of silicon; the last "
            "two columns are the prediction over the highest and over the lowest score. They say "
            "what chips drew where this price list predicted so much, and bound nothing."
        ),
    )  # fmt: skip


def _span(low: float, high: float) -> str:
    return exact(low) if low == high else f"{exact(low)} to {exact(high)}"
