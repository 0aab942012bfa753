"""Tables of energies: models, formula, rivals, the gap between them, claims, rules, price lists. Per tracked frame."""

from collections.abc import Mapping
from typing import Any

from hardware.energy import AuditReport
from hardware.energy.gap import GapChain
from hardware.energy.model import EnergyResult
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import count, digits, energy, percent, times


def model_table(audit: AuditReport) -> TableData:
    """What every model says about the same counts."""
    return TableData(
        title="Exact counts under every price list, per tracked frame",
        columns=columns("model", "#energy", "range", "scope", "technology", "precision", "events priced"),
        rows=tuple(
            (
                text_cell(f"{result.title} ({result.model})"),
                number_cell(result.total_pj, energy),
                text_cell(_range(result)),
                text_cell(result.scope),
                text_cell(result.technology),
                text_cell(result.precision),
                text_cell(result.events),
            )
            for result in audit.counted
        ),
        note="Counts times published prices, not measurements. Compare only rows of the same scope and technology.",
    )


def formula_table(audit: AuditReport) -> TableData:
    """The paper's formula in each reading, beside the exact count at the same prices."""
    exact = next(result for result in audit.counted if result.model == "horowitz45-fp32")
    same_price = exact.group_pj("synapse") + exact.group_pj("rgb")
    rows = [
        (
            text_cell(f"formula: {reading.title}"),
            number_cell(reading.total_pj, energy),
            number_cell(reading.spiking_pj, energy),
            number_cell(reading.rgb_pj, energy),
            number_cell(reading.total_pj / same_price if same_price else 0.0, times),
        )
        for reading in audit.readings
    ]
    rows.append(
        (
            text_cell("exact unary SynOps and RGB MACs at the formula's prices"),
            number_cell(same_price, energy),
            number_cell(exact.group_pj("synapse"), energy),
            number_cell(exact.group_pj("rgb"), energy),
            number_cell(1.0 if same_price else 0.0, times),
        )
    )
    return TableData(
        title="The paper's formula in each reading, per tracked frame",
        columns=columns("reading", "#energy", "#spike-driven", "#RGB", "#to exact count"),
        rows=tuple(rows),
        note="fp32 at 45 nm (0.9 pJ per accumulate, 4.6 pJ per MAC), compute only.",
        total_rows=1,
    )


def rival_table(audit: AuditReport) -> TableData:
    """Networks without spikes on the same MACs, beside the compute-only models."""
    rows = [
        (text_cell(one.title), number_cell(one.total_pj, energy), number_cell(one.macs, count),
         text_cell(one.precision), text_cell(f"{digits(one.cost.value)} pJ"), text_cell(one.events))
        for one in audit.rivals
    ]
    return TableData(
        title="The rival: no spikes, same MACs, per frame",
        columns=columns("rival", "#energy", "#operations", "precision", "price", "events priced"),
        rows=tuple(rows),
        note="45 nm, compute only: set it beside the compute-only models, never beside a model with memory.",
    )


def gap_table(chain: GapChain, title: str) -> TableData:
    """One chain of corrections from the formula to a model."""
    rows = [
        (text_cell("formula, D twice, T on everything"), text_cell(""), number_cell(chain.start_pj, energy),
         text_cell("the largest reading"))
    ]
    for step in chain.steps:
        if abs(step.delta_pj) < 0.5:  # under a picojoule there is nothing to explain
            continue
        sign = "+" if step.delta_pj > 0 else "−"
        rows.append(
            (text_cell(step.name), text_cell(f"{sign} {energy(abs(step.delta_pj))}"),
             number_cell(step.after_pj, energy), text_cell(step.why))
        )
    return TableData(
        title=f"From the formula to: {title}",
        columns=columns("correction", "#change", "#leaves", "why"),
        rows=tuple(rows),
    )


def budget_table(audit: AuditReport) -> TableData:
    """Energy per frame of each phase under each model."""
    heads = [f"#{budget.phase}, {budget.frames} frame{'s' if budget.frames != 1 else ''}" for budget in audit.phases]
    return TableData(
        title="Separate budgets: energy per frame of each phase",
        columns=columns("model", *heads),
        rows=tuple(
            (text_cell(result.title), *(number_cell(b.counted_pj[result.model], energy) for b in audit.phases))
            for result in audit.counted
        ),
        note="init runs once a video, update only when a template is renewed: neither is spread over the track frames.",
    )


def term_table(result: EnergyResult) -> TableData:
    """One model's bill: count x times x price, line by line."""
    rows = [
        (text_cell(term.label), number_cell(term.count, count), number_cell(term.times, digits),
         text_cell(f"{digits(term.cost.value)} {term.cost.unit}"), number_cell(term.energy_pj, energy),
         number_cell(term.energy_pj / result.total_pj if result.total_pj else 0.0, percent))
        for term in result.terms
    ]
    left_out = "; ".join(result.omits)
    unpriced = f" Counted but not priced: {', '.join(result.unpriced)}." if result.unpriced else ""
    static = ""
    if result.static_power is not None:
        static = f" Static power, not added: {digits(result.static_power.value)} {result.static_power.unit} per chip."
    return TableData(
        title=f"The bill of {result.model}",
        columns=columns("term", "#counted, all frames", "#times", "price", "#energy per frame", "#share"),
        rows=tuple(rows),
        note=f"Leaves out: {left_out}.{unpriced}{static} {result.uncertainty}",
    )


def claim_table(audit: AuditReport) -> TableData:
    """The published claims for this variant, and the activity they imply."""
    return TableData(
        title="Published claims for this variant",
        columns=columns(
            "claim", "mark", "#claimed", "#to formula, D once", "#to formula, D twice", "#implied mean, D once",
            "#implied mean, D twice", "#mean counted here", "doubt",
        ),
        rows=tuple(
            (
                text_cell(check.claim.subject),
                text_cell(check.claim.mark),
                number_cell(check.claimed_mj * 1e9, energy),
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
            "Implied mean: the mean integer (0 to D) the formula needs to give the claim, with T where it runs. Marks: "
            "H primary source, M secondary source, D derived."
        ),
    )


def break_even_table(audit: AuditReport) -> TableData:
    """Published rules of thumb against the measured activity."""
    says = {"below": "below it: favours spikes", "inside": "inside its range", "above": "above it: favours the ANN"}
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
        note="Rules made for other networks and machines: they show where a network stands, not what it costs.",
    )


def silicon_table(audit: AuditReport) -> TableData:
    """How far each price list was off the one public Loihi 2 measurement."""
    return TableData(
        title="How far to trust the price lists: one PilotNet step on Loihi 2",
        columns=columns("model", "#predicted", "#measured", "#predicted / measured"),
        rows=tuple(
            (
                text_cell(check.model),
                number_cell(check.predicted_uj * 1e6, energy),
                number_cell(check.measured_uj * 1e6, energy),
                number_cell(check.ratio, times),
            )
            for check in audit.silicon
        ),
        note="One published record, dynamic energy, its input silent. Agreement is encouraging, not proof.",
    )


def constant_table(audit: AuditReport) -> TableData:
    """Every price and assumption used, with its source."""
    return TableData(
        title="Constants and assumptions used",
        columns=columns("used for", "#value", "unit", "source"),
        rows=tuple(
            (text_cell(name), number_cell(one.value, digits), text_cell(one.unit), text_cell(one.source))
            for name, one in audit.constants.items()
        ),
    )


def facts_table(title: str, facts: Mapping[str, Any]) -> TableData:
    """Nested facts (provenance, model, speed) as dotted names and values."""
    return TableData(
        title=title,
        columns=columns("fact", "value"),
        rows=tuple((text_cell(name), text_cell(value)) for name, value in _flatten("", facts)),
    )


def _flatten(prefix: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and prefix.count(".") < 8:
        return [
            row
            for key, inner in value.items()
            for row in _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
        ]
    if isinstance(value, (list, tuple)):
        return [(prefix, ", ".join(str(one) for one in value))]
    return [(prefix, str(value))]


def _range(result: EnergyResult) -> str:
    if result.low_pj == result.high_pj:
        return "–"
    return f"{energy(result.low_pj)} to {energy(result.high_pj)}"


def _span(low: float, high: float) -> str:
    return digits(low) if low == high else f"{digits(low)} to {digits(high)}"
