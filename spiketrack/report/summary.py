"""The top of the page: six figures, and words for what they mean and what they do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardware.energy import AuditReport
from hardware.energy.model import EnergyResult, count_of
from hardware.energy.phases import phase_of, track_phase
from spiketrack.report.units import count, digits, energy, percent, times


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure: the number, what it is, and the convention it follows."""

    value: str
    label: str
    convention: str


def headlines(profile: Mapping[str, Any], audit: AuditReport) -> tuple[Headline, ...]:
    """The six figures a reader should leave with; every energy names node and scope."""
    track = track_phase(profile)
    int8, loihi = _model(audit, "horowitz45-int8"), _model(audit, "davies2018-graded")
    rival = audit.rivals[0]
    graded = count_of(track.totals, "synops.graded") / track.frames
    return (
        Headline(
            count(graded),
            "SynOps per frame",
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
            "D once, T where it runs; 45 nm fp32, compute only",
        ),
        Headline(
            energy(int8.total_pj), "exact count, int8 weights", "unary SynOps; 45 nm, compute only"
        ),
        Headline(
            energy(rival.total_pj),
            "quantised ANN, same MACs",
            "every MAC at 0.23 pJ; 45 nm, compute only",
        ),
        Headline(
            energy(loihi.total_pj),
            "at Loihi 1 prices",
            "graded SynOps, neurons, messages; no static power",
        ),
    )


def sentences(profile: Mapping[str, Any], audit: AuditReport) -> tuple[tuple[str, str], ...]:
    """The summary in words: (what it is about, a few sentences)."""
    return (
        ("What was counted", _what_was_counted(profile, audit)),
        ("Paper's formula", _formula_against_count(audit)),
        ("Network without spikes", _against_rival(audit)),
        ("On a chip", _on_a_chip(audit)),
        ("Templates", _phases(profile, audit)),
        ("Limits", _left_out(audit)),
    )


def _what_was_counted(profile: Mapping[str, Any], audit: AuditReport) -> str:
    track = track_phase(profile)
    dense = count_of(track.totals, "dense_macs") / track.frames
    graded = count_of(track.totals, "synops.graded") / track.frames
    unary = count_of(track.totals, "synops.unary") / track.frames
    backend = profile.get("model", {}).get("backend", "")
    engine = f" on the {backend} engine" if backend else ""
    share = percent(graded / dense) if dense else "no share"
    frames = f"{audit.frames} tracked frame{'s' if audit.frames != 1 else ''}"
    return (
        f"{frames} of {audit.variant}{engine}, every spike, no sampling. A frame does "
        f"{count(graded)} graded SynOps, {share} of the {count(dense)} dense MACs of the same "
        f"network. Unrolled into binary spikes the same activity is {count(unary)} SynOps. "
        f"Borders are exact and zero weights are not counted."
    )


def _formula_against_count(audit: AuditReport) -> str:
    exact = _model(audit, "horowitz45-fp32")
    same_price = exact.group_pj("synapse") + exact.group_pj("rgb")
    single, double = audit.readings[0].total_pj, audit.readings[1].total_pj
    words = (
        f"The paper's formula gives {energy(single)} when D is counted once and {energy(double)} "
        f"when the mean integer, which already contains D, is multiplied by D again."
    )
    if audit.n_templates > 1:
        once, twice = (energy(reading.total_pj) for reading in audit.readings[2:])
        words += (
            f" With T = {audit.n_templates} on the whole network these become {once} and {twice}, "
            f"although the search backbone runs once a frame."
        )
    if same_price:
        words += (
            f" The exact count at the formula's own prices is {energy(same_price)}: counted once, "
            f"the formula is {_off(single / same_price)}. It has no term for neurons, memory, "
            f"messages or static power."
        )
    return words


def _against_rival(audit: AuditReport) -> str:
    int8, graded = _model(audit, "horowitz45-int8"), _model(audit, "horowitz45-graded")
    dense, sparse = audit.rivals[0].total_pj, audit.rivals[1].total_pj
    if not int8.total_pj or not dense:
        return "There is no energy to compare: nothing was counted."
    return (
        f"Like for like (45 nm, compute only, int8 weights): the spiking network "
        f"{energy(int8.total_pj)} unrolled (from {energy(int8.low_pj)} with 8-bit adders) or "
        f"{energy(graded.total_pj)} graded; the same MACs as a quantised network without spikes "
        f"{energy(dense)}, or {energy(sparse)} if it skips zeros. The advantage over the dense "
        f"rival is {times(dense / int8.total_pj)}, over the one that skips zeros "
        f"{times(sparse / int8.total_pj)}; an fp32 MAC over an fp32 addition would be 5.11x."
    )


def _on_a_chip(audit: AuditReport) -> str:
    unrolled, graded = _model(audit, "davies2018-unrolled"), _model(audit, "davies2018-graded")
    check = next(one for one in audit.silicon if one.model == "davies2018-graded")
    return (
        f"At Loihi 1's published prices a frame costs {energy(graded.total_pj)} with graded "
        f"spikes or {energy(unrolled.total_pj)} unrolled, without static power (104 mW per chip) "
        f"and without hops between tiles. No per-operation energy of Loihi 2 is public; on the "
        f"one record that allows a check these prices gave {times(check.ratio)} the measured "
        f"dynamic energy. That is one data point, not proof. Nothing on this page was measured "
        f"with a power meter."
    )


def _phases(profile: Mapping[str, Any], audit: AuditReport) -> str:
    parts = []
    for name, words in (("init", "Setting the template"), ("update", "Renewing it")):
        phase = phase_of(profile, name)
        if phase is None:
            continue
        per_frame = count_of(phase.totals, "synops.graded") / phase.frames
        budget = next(one for one in audit.phases if one.phase == name)
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
    return (
        f"{named}Counts are exact for the weights and the video they came from. Random or "
        f"untrained weights fire unlike trained ones: with them these are figures of a machine, "
        f"not of a tracker."
    )


def _off(ratio: float) -> str:
    if abs(ratio - 1) < 0.005:
        return "right to within half a percent"
    return f"{percent(abs(ratio - 1))} too {'high' if ratio > 1 else 'low'}"


def _model(audit: AuditReport, name: str) -> EnergyResult:
    return next(result for result in audit.counted if result.model == name)
