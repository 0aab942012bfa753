"""Tables of energy per frame: models, formula, rivals, phases; and the price lists used."""

from collections.abc import Mapping

from hardware.energy import AuditReport, Placed
from hardware.energy.matched_rival import MatchedRival
from hardware.energy.model import EnergyResult
from hardware.energy.phases import MAIN_PHASES
from hardware.energy.placed import static_powers
from spiketrack.constants import FP32_ADD, FP32_MAC, MARKS, Constant
from spiketrack.plain_text import plural
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import count, digits, energy, exact, times

MARK_WORDS = f"Marks: {'; '.join(f'{mark} {words}' for mark, words in MARKS.items())}."


def model_table(audit: AuditReport) -> TableData:
    """Shows what every model says about the same counts."""
    return TableData(
        title=f"Exact counts under every price list, per {MAIN_PHASES[audit.phase]}",
        columns=columns(
            "model", "#energy", "range", "scope", "technology", "precision", "events priced"
        ),
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
        note=(
            "Counts times published prices, not measurements. Compare only rows of the same "
            "scope and technology."
        ),
    )


def formula_table(audit: AuditReport) -> TableData:
    """Shows the paper's formula in each reading, beside the exact count at the same prices."""
    counted = audit.exact
    real = "RGB MACs" if audit.phase == "track" else "MACs on real values"
    same_price = counted.total_pj
    rows = [
        (
            text_cell(f"formula: {reading.title}"),
            number_cell(reading.total_pj, energy),
            number_cell(reading.spiking_pj, energy),
            number_cell(reading.rgb_pj, energy),
            number_cell(reading.total_pj / same_price if same_price else 0.0, times),
        )
        for reading in (*audit.readings, *audit.further_readings)
    ]
    rows.append(
        (
            text_cell(f"exact unary SynOps and {real} at the formula's prices"),
            number_cell(same_price, energy),
            number_cell(counted.spiking_pj, energy),
            number_cell(counted.rgb_pj, energy),
            number_cell(1.0 if same_price else 0.0, times),
        )
    )
    return TableData(
        title=f"The paper's formula in each reading, per {MAIN_PHASES[audit.phase]}",
        columns=columns("reading", "#energy", "#spike-driven", f"#{real}", "#to exact count"),
        rows=tuple(rows),
        note=(
            f"fp32 at 45 nm ({FP32_ADD.value} pJ per accumulate, {FP32_MAC.value} pJ per MAC), "
            f"multiply and accumulate only.{_gate_words(audit)}"
        ),
        total_rows=1,
    )


def _gate_words(audit: AuditReport) -> str:
    if audit.phase != "track" and not audit.exact.gate_pj:
        return ""
    gate = f"the channel gate, {energy(audit.exact.gate_pj)}"
    return f" The last row leaves out {gate}, since the formula has no term for it."


def matched_table(audit: AuditReport) -> TableData:
    """Shows the rival of the same widths, memory on both sides, and where the two would meet."""
    rows = [
        (
            text_cell(matched.form),
            number_cell(matched.spiking_pj, energy),
            number_cell(matched.rival_pj, energy),
            text_cell(matched.measure),
            number_cell(matched.rate, digits),
            text_cell("–") if matched.crossover is None else number_cell(matched.crossover, digits),
            text_cell(_cheaper(matched)),
        )
        for matched in audit.matched
    ]
    return TableData(
        title="The rival at the same widths, memory on both sides, per frame",
        columns=columns(
            "form of the spiking network",
            "#spiking",
            "#rival",
            "rate",
            "#measured",
            "#crossover",
            "cheaper",
        ),
        rows=tuple(rows),
        note=(
            "Layers that spikes drive, int8 weights, inputs 0 to D, 45 nm, 32 KB buffers, no reuse "
            "of operands. Below the crossover the spiking network is cheaper, if every rate "
            "changes by one factor. The rival does every MAC; one that skips zeros would do what "
            "the graded form does. RGB, gate, neurons and residual sums are in no row."
        ),
    )


def _cheaper(matched: MatchedRival) -> str:
    if matched.crossover is None:
        return "silent: nothing to compare"
    return "spiking" if matched.rate < matched.crossover else "rival"


def rival_table(audit: AuditReport) -> TableData:
    """Shows networks without spikes on the same MACs, beside this one at equal scope."""
    rows = [
        (
            text_cell(rival.title),
            number_cell(rival.total_pj, energy),
            number_cell(rival.low_pj, energy),
            number_cell(rival.macs, count),
            text_cell(rival.precision),
            text_cell(f"{exact(rival.cost.value)} pJ"),
            text_cell(rival.events),
        )
        for rival in audit.rivals
    ]
    rows += [
        (
            text_cell(f"this network: {result.title}"),
            number_cell(result.multiply_accumulate_pj, energy),
            number_cell(result.low_multiply_accumulate_pj, energy),
            text_cell("–"),
            text_cell(result.precision),
            text_cell("–"),
            text_cell("SynOps and MACs on real values"),
        )
        for result in audit.counted
        if result.scope == "compute only"
    ]
    return TableData(
        title="The rival: no spikes, same MACs, per frame",
        columns=columns(
            "network",
            "#32-bit accumulators",
            "#8-bit accumulators",
            "#operations",
            "precision",
            "price",
            "events priced",
        ),
        rows=tuple(rows),
        note=(
            "45 nm, multiply and accumulate only, both sides; fp32 rows have one price. Neurons, "
            "membranes, rescaling and host work of the spiking network, activations and rescaling "
            "of the rival, and all memory are in no row."
        ),
        total_rows=sum(result.scope == "compute only" for result in audit.counted),
    )


def budget_table(audit: AuditReport) -> TableData:
    """Shows the energy per frame of each phase under each model."""
    heads = [f"#{budget.phase}, {plural(budget.frames, 'frame')}" for budget in audit.phases]
    return TableData(
        title="Separate budgets: energy per frame of each phase",
        columns=columns("model", *heads),
        rows=tuple(
            (
                text_cell(result.title),
                *(number_cell(b.counted_pj[result.model], energy) for b in audit.phases),
            )
            for result in audit.counted
        ),
        note=(
            "init runs once a video, and update only when a template is renewed. Neither is spread "
            "over the track frames."
            if audit.phase == "track"
            else ""
        ),
    )


def placed_table(audit: AuditReport, placed: Placed) -> TableData:
    """Shows what hops and static power add on one board."""
    frame = MAIN_PHASES[audit.phase]
    has_steps = any(cost.steps_pj for cost in placed.energies)
    return TableData(
        title=f"Placed on {placed.board} of {placed.target}, per {frame}",
        columns=columns(
            "model",
            "#counts",
            "#hops",
            "#idle visits",
            *(("#steps",) if has_steps else ()),
            "#dynamic",
            "#static, low estimate",
            "#static, high estimate",
        ),
        rows=tuple(
            (
                text_cell(f"{cost.title} ({cost.model})"),
                number_cell(cost.counted_pj, energy),
                number_cell(cost.hops_pj, energy),
                number_cell(cost.idle_pj, energy),
                *((number_cell(cost.steps_pj, energy),) if has_steps else ()),
                number_cell(cost.dynamic_pj, energy),
                number_cell(cost.static_low_pj, energy),
                number_cell(cost.static_high_pj, energy),
            )
            for cost in placed.energies
        ),
        note=(
            f"{count(placed.messages)} messages between cores, {count(placed.east_west_hops)} hops "
            f"east or west and {count(placed.north_south_hops)} north or south. "
            f"{_step_words(placed, audit)}, with {count(placed.idle_visits)} visits of neurons "
            f"without work (Loihi 1 visits them, and Loihi 2 is assumed to do so too). Static: "
            f"{_static_words(placed)}. The time of a {frame} is estimated, not bounded. "
            f"{_FITTED_WORDS if has_steps else ''}"
            f"These figures leave out: {'; '.join(placed.omits)}."
        ),
    )


_FITTED_WORDS = (
    "A price list with a price of a step was fitted to a chip: its events hold hops and idle "
    "visits already. "
)


def _step_words(placed: Placed, audit: AuditReport) -> str:
    frame = MAIN_PHASES[audit.phase]
    alone = "comes alone and" if audit.phase == "track" else "follows the last one in the pipeline,"
    return f"A {frame} {alone} takes {plural(placed.steps, 'step')}"


def _static_words(placed: Placed) -> str:
    low, high = (f"{exact(power.value)} {power.unit}" for power in static_powers())
    return (
        f"{plural(placed.chips_touched, 'chip')} in use at {low} (Loihi 1) for "
        f"{digits(placed.frame_low_us)} us, the shortest estimate, or all {placed.chips:,} of the "
        f"board at {high} (Loihi 2) for {digits(placed.frame_high_us)} us, the longest"
    )


def constant_table(audit: AuditReport) -> TableData:
    """Lists every price, threshold and assumption that a figure contains, with its source."""
    return _constants("Constants and assumptions used", audit.constants, "")


def not_applied_table(audit: AuditReport) -> TableData:
    """Lists published numbers to compare with, which no figure of the report contains."""
    note = "Reference points only: no figure of this report contains them."
    return _constants("Published prices not applied here", audit.not_applied, note)


def _constants(title: str, constants: Mapping[str, Constant], note: str) -> TableData:
    return TableData(
        title=title,
        columns=columns("what", "#value", "unit", "mark", "source"),
        rows=tuple(
            (
                text_cell(name),
                number_cell(price.value, exact),
                text_cell(price.unit),
                text_cell(price.mark),
                text_cell(price.source),
            )
            for name, price in constants.items()
        ),
        note=f"{note} {MARK_WORDS}".strip(),
    )


def facts_table(title: str, facts: Mapping[str, object]) -> TableData:
    """Shows nested facts (provenance, model, speed) as dotted names and values."""
    return TableData(
        title=title,
        columns=columns("fact", "value"),
        rows=tuple((text_cell(name), text_cell(value)) for name, value in _flatten("", facts)),
    )


def _flatten(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and prefix.count(".") < 8:
        return [
            row
            for key, inner in value.items()
            for row in _flatten(f"{prefix}.{key}" if prefix else str(key), inner)
        ]
    if isinstance(value, (list, tuple)):
        return [(prefix, ", ".join(str(member) for member in value))]
    return [(prefix, str(value))]


def _range(result: EnergyResult) -> str:
    if result.low_pj == result.high_pj:
        return "–"
    return f"{energy(result.low_pj)} to {energy(result.high_pj)}"
