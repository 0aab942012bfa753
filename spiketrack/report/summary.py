"""The top of the page: six figures, and words for what they mean and what they do not."""

from dataclasses import dataclass

from hardware.energy import AuditReport
from hardware.energy.model import EnergyResult
from hardware.energy.models import AS_IF_INT8
from hardware.energy.phases import MAIN_PHASES, main_phase, spiking_layers
from spiketrack.constants import INT8_MAC_INT32, INT32_ADD, LOIHI1_STATIC
from spiketrack.counts.profile import PhaseName, Profile
from spiketrack.plain_text import plural
from spiketrack.report.rival_words import against_rival
from spiketrack.report.units import count, digits, energy, percent, times

_FLOAT_WEIGHTS = (
    f" The weights counted are float: every figure for integer weights is {AS_IF_INT8}, one byte "
    f"per weight read, and the zeros are those of the float weights."
)


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure: the number, what it is, and the convention it follows."""

    value: str
    label: str
    convention: str


def headlines(profile: Profile, audit: AuditReport) -> tuple[Headline, ...]:
    """Makes the six figures that a reader should leave with; every energy names node and scope."""
    track = main_phase(profile)
    int8, loihi = audit.result_of("horowitz45-int8"), audit.result_of("davies2018-graded")
    rival = audit.rivals[0]
    graded = track.totals.graded / track.frames
    return (
        Headline(
            count(graded),
            f"SynOps per {'sample' if audit.phase == 'run' else 'frame'}",
            "graded: one per event and non-zero weight, exact borders",
        ),
        Headline(
            digits(audit.mean_integer),
            f"mean integer, 0 to {audit.max_spike}",
            "weighted by dense MACs",
        ),
        Headline(
            energy(audit.readings[0].total_pj),
            "the paper's formula",
            "D once, T where it runs; 45 nm fp32, multiply/accumulate only",
        ),
        Headline(
            energy(int8.multiply_accumulate_pj),
            f"exact count, {AS_IF_INT8 if audit.as_if_int8 else 'int8 weights'}",
            f"unary SynOps at {INT32_ADD.value:g} pJ, real MACs at {INT8_MAC_INT32.value:g} pJ; "
            f"45 nm, multiply/accumulate only",
        ),
        Headline(
            energy(rival.total_pj),
            "quantised ANN, same MACs",
            f"every MAC at {INT8_MAC_INT32.value:g} pJ; 45 nm, multiply/accumulate only",
        ),
        Headline(
            energy(loihi.total_pj),
            "at Loihi 1 prices",
            "graded SynOps, neurons, messages; no static power",
        ),
    )


def sentences(profile: Profile, audit: AuditReport) -> tuple[tuple[str, str], ...]:
    """Writes the summary as pairs: what it is about, and a few sentences."""
    return (
        ("What was counted", _what_was_counted(profile, audit)),
        ("Paper's formula", _formula_against_count(audit)),
        ("Network without spikes", against_rival(audit, _graded_synops(profile))),
        ("On a chip", _on_a_chip(audit)),
        *((("Templates", _phases(profile, audit)),) if audit.phase == "track" else ()),
        ("Limits", _left_out(audit)),
    )


def _what_was_counted(profile: Profile, audit: AuditReport) -> str:
    track = main_phase(profile)
    driven = sum(layer.counters.dense_macs for layer in spiking_layers(track)) / track.frames
    rgb = track.totals.dense_macs / track.frames - driven
    graded = track.totals.graded / track.frames
    unary = track.totals.unary / track.frames
    backend = profile.model.backend
    engine = f" on the {backend} engine" if backend else ""
    share = percent(graded / driven) if driven else "no share"
    work = f"{MAIN_PHASES[audit.phase]}" if audit.phase == "run" else "frame"
    frames = plural(audit.frames, MAIN_PHASES[audit.phase])
    return (
        f"{frames} of {audit.variant}{engine}, every spike, no sampling. A {work} does "
        f"{count(graded)} graded SynOps, {share} of the {count(driven)} dense MACs of the layers "
        f"that spikes drive{_real_work(audit, rgb)}. Unrolled into binary spikes "
        f"the same activity is {count(unary)} SynOps. Borders are exact and zero weights are not "
        f"counted."
        f"{_FLOAT_WEIGHTS if audit.as_if_int8 else ''}"
    )


def _real_work(audit: AuditReport, macs: float) -> str:
    """Mentions MACs on values that are not spikes, if the network does any."""
    values = "RGB values" if audit.phase == "track" else "values that are not spikes"
    return f"; {count(macs)} more MACs are on {values}" if macs or audit.phase == "track" else ""


def _formula_against_count(audit: AuditReport) -> str:
    same_price = audit.exact.total_pj
    single = audit.readings[0].total_pj
    whose = "paper's formula" if audit.phase == "track" else (
        "formula of the SpikeTrack paper (rate x dense MACs x price of an addition)"
    )  # fmt: skip
    words = f"The {whose} gives {energy(single)}"
    if len(audit.readings) > 1:
        words += (
            f" when D is counted once and {energy(audit.readings[1].total_pj)} when the mean "
            f"integer, which already contains D, is multiplied by D again"
        )
    words += "."
    if audit.n_templates > 1 and audit.phase == "track":
        once, twice = (energy(reading.total_pj) for reading in audit.readings[2:])
        words += (
            f" With T = {audit.n_templates} on the whole network these become {once} and {twice}, "
            f"although the search backbone runs once a frame."
        )
    if same_price:
        words += (
            f" The exact count of the same work at the formula's own prices is "
            f"{energy(same_price)}: with D once, the formula is {_off(single / same_price)}. It "
            f"has no term for neurons, memory, messages or static power"
        )
        gate = audit.exact.gate_pj
        words += f", nor for the channel gate, another {energy(gate)}." if gate else "."
    return words


def _on_a_chip(audit: AuditReport) -> str:
    unrolled, graded = audit.result_of("davies2018-unrolled"), audit.result_of("davies2018-graded")
    work = "sample" if audit.phase == "run" else "frame"
    return (
        f"At Loihi 1's published prices a {work} costs {energy(graded.total_pj)} with graded "
        f"spikes or {energy(unrolled.total_pj)} unrolled, without static power "
        f"({LOIHI1_STATIC.value:g} {LOIHI1_STATIC.unit} per chip) and without hops between tiles. "
        f"{_placed_words(audit, work)}"
        f"No per-operation energy of Loihi 2 is public. {error_bar_words(audit, graded)} Nothing "
        f"on this page was measured with a power meter."
    )


def error_bar_words(audit: AuditReport, result: EnergyResult) -> str:
    """Says what the public measurements make of a chip figure.

    Args:
        audit: the audit that the figure is of.
        result: the figure.
    """
    bar = audit.error_bar_of(result.model)
    if bar is None:
        return "No public measurement tells how far these prices are off."
    least, most = bar.measured_pj(result.total_pj)
    return (
        f"On {plural(len(bar.records), 'public record')} of chips whose counts are known these "
        f"prices gave {times(bar.low)} to {times(bar.high)} the measured dynamic energy, so that "
        f"the error bar of {energy(result.total_pj)} is {energy(least)} to {energy(most)}."
    )


def _placed_words(audit: AuditReport, work: str) -> str:
    placed = audit.placed
    if placed is None or not placed.energies:
        return ""
    cost = placed.energies[0]
    return (
        f"Placed on {placed.board} of {placed.target}, hops add {energy(cost.hops_pj)}, visits of "
        f"neurons without work {energy(cost.idle_pj)}, and static power "
        f"{energy(cost.static_low_pj)} to {energy(cost.static_high_pj)} while the {work} lasts "
        f"(estimates, not bounds). "
    )


def _phases(profile: Profile, audit: AuditReport) -> str:
    parts = []
    renewals: tuple[tuple[PhaseName, str], ...] = (
        ("init", "Setting the template"),
        ("update", "Renewing it"),
    )
    for name, words in renewals:
        phase = profile.phase(name)
        if phase is None:
            continue
        per_frame = phase.totals.graded / phase.frames
        budget = next(budget for budget in audit.phases if budget.phase == name)
        cost = energy(budget.counted_pj["davies2018-graded"])
        parts.append(
            f"{words} costs {count(per_frame)} graded SynOps each time ({cost} at Loihi 1 prices)."
        )
    if not parts:
        return "Only tracking was profiled: the cost of setting the template is not on this page."
    return " ".join(parts) + " These budgets are kept apart and are not in the figures per frame."


def _left_out(audit: AuditReport) -> str:
    n_named = len(audit.listed_not_counted)
    kinds = "One kind of work is" if n_named == 1 else f"{n_named} kinds of work are"
    named = f"{kinds} listed, not counted. " if n_named else ""
    if audit.phase == "run":
        return (
            f"{named}Counts are exact for the weights and the input they came from."
            f"{_unclaimed_words(audit)}{_binary_words(audit)}"
        )
    return (
        f"{named}Counts are exact for the weights and the video they came from. Random or "
        f"untrained weights fire unlike trained ones: with them these are figures of a machine, "
        f"not of a tracker."
    )


def _unclaimed_words(audit: AuditReport) -> str:
    if audit.verdicts:
        return ""
    return (
        " No published energy of this network is known here, so there is no claim to compare with."
    )


def _binary_words(audit: AuditReport) -> str:
    if audit.max_spike > 1:
        return ""
    return (
        " Its spikes are binary: a graded synaptic operation is an addition then, and rows that "
        "price it as a multiply-accumulate are upper bounds; the rival has 3-bit activations, as "
        "for a network of several levels."
    )


def _graded_synops(profile: Profile) -> int:
    return main_phase(profile).totals.graded


def _off(ratio: float) -> str:
    if abs(ratio - 1) < 0.005:
        return "right to within half a percent"
    return f"{percent(abs(ratio - 1))} too {'high' if ratio > 1 else 'low'}"
