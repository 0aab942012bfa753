"""The energy audit: applies the paper's formula and every price list to the counts of a profile."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hardware.energy.alarms import find_alarms
from hardware.energy.audit_report import AuditReport, ClaimCheck, LayerEnergy, PhaseBudget
from hardware.energy.breakeven import break_even, break_even_constants
from hardware.energy.claims import (
    SEED,
    CheckedClaim,
    ClaimFile,
    check_claims,
    claims_about,
    implied_mean_integer,
    load_claims,
)
from hardware.energy.formula import (
    READINGS,
    ReadingEnergy,
    exact_energy,
    formula,
    formula_layer_pj,
    further_readings,
    readings_for,
)
from hardware.energy.gap import gap_chain
from hardware.energy.joules import to_pj
from hardware.energy.layer_alarms import find_layer_alarms
from hardware.energy.matched_rival import matched_rivals
from hardware.energy.model import EnergyModel, apply, constants_of
from hardware.energy.models import energy_models, require_own_names
from hardware.energy.phases import MAIN_PHASES, main_phase, real_macs, spiking_layers
from hardware.energy.placed import Placed, placed_energy
from hardware.energy.published import NOT_APPLIED
from hardware.energy.records import energy_scores, scored_constants
from hardware.energy.rivals import rival_constants, rivals
from spiketrack.constants import FP32_ADD, FP32_MAC, Constant
from spiketrack.counts.profile import PHASES, CountedLayer, CountedPhase, ModelFacts, Profile
from spiketrack.provenance import random_words

if TYPE_CHECKING:
    from hardware.mapping import MappingRecord


def audit(
    profile: Profile,
    mapping: "MappingRecord | None" = None,
    claims: Sequence[ClaimFile] = (),
    own_models: tuple[EnergyModel, ...] = (),
) -> AuditReport:
    """Holds the paper's formula against exact counts, priced by every model.

    Args:
        profile: checked counts, as `spiketrack.report.read_profile` reads them from a file.
        mapping: of the graph that was counted, with the spikes of this profile
            (`hardware.energy.placed.require_measured`); adds what hops and static power cost.
        claims: published claims to check, beside the shipped ones about this variant.
        own_models: price lists of the user, shown beside those of the project.

    Returns:
        Energies in pJ per frame of the track phase, or per sample of a network that is no tracker.

    Raises:
        ReportError: the profile has no track phase and no run phase, or a price list of the user
            has the name of another one.
        MappingError: the mapping lacks a figure.
    """
    track, model = main_phase(profile), profile.model
    models = (*energy_models(model.max_spike, as_if_int8=model.has_float_weights), *own_models)
    require_own_names(models)
    readings = tuple(
        formula(reading, track, model.n_templates, model.max_spike)
        for reading in readings_for(track, model.max_spike)
    )
    further = further_readings(readings[0], _template_energy(profile))
    counted = tuple(apply(prices, track.totals, track.frames) for prices in models)
    placed = None
    if mapping is not None:
        placed = placed_energy(
            mapping, counted, frames=track.frames, frames_overlap=track.name == "run"
        )
    return AuditReport(
        variant=model.variant,
        phase=track.name,
        frames=track.frames,
        n_templates=model.n_templates,
        max_spike=model.max_spike,
        as_if_int8=model.has_float_weights,
        mean_integer=mean_integer(track),
        readings=readings,
        further_readings=further,
        exact=exact_energy(track),
        counted=counted,
        rivals=rivals(track),
        matched=matched_rivals(track),
        gaps=tuple(gap_chain(readings, track, result) for result in counted),
        phases=_budgets(profile, models),
        layers=tuple(_layer(track, layer, models, model) for layer in track.layers),
        break_even=break_even(track, model.max_spike),
        claims=_claim_checks((*readings, *further), track, model),
        silicon=energy_scores((*energy_models(1), *own_models)),
        alarms=_alarms(profile, track),
        listed_not_counted=profile.listed_not_counted,
        constants=_constants(models, placed),
        not_applied=_not_applied(placed),
        placed=placed,
        banners=_banners(profile, track),
        verdicts=_checked(profile, claims),
        claim_files=tuple(claims),
        layer_alarms=find_layer_alarms(
            track, model.max_spike, has_wide_spikes=model.has_wide_spikes
        ),
    )


def _checked(profile: Profile, claims: Sequence[ClaimFile]) -> tuple[CheckedClaim, ...]:
    """Checks the given claims, and before them what SpikeTrack's paper says about this variant."""
    given = [one for papers in claims for one in check_claims(papers, profile)]
    if any(papers.name == SEED for papers in claims):
        return tuple(given)
    return (*claims_about(profile.model.variant, profile), *given)


def _template_energy(profile: Profile) -> ReadingEnergy | None:
    """Applies the first reading of the formula to one call of the template branch, if one ran."""
    template = profile.phase("init")
    if template is None:
        return None
    return formula(READINGS[0], template, profile.model.n_templates, profile.model.max_spike)


def _alarms(profile: Profile, track: CountedPhase) -> tuple[str, ...]:
    """Lists what the counter warned of, and what the counts themselves show beyond that."""
    model = profile.model
    checked = find_alarms(track, model.max_spike, has_wide_spikes=model.has_wide_spikes)
    return (*profile.alarms, *(alarm for alarm in checked if alarm not in profile.alarms))


def _banners(profile: Profile, track: CountedPhase) -> tuple[str, ...]:
    """Lists what must stand above every figure of a profile."""
    random = random_words(profile.facts("provenance"))
    counted = f"{track.frames:,} {MAIN_PHASES[track.name]}{'' if track.frames == 1 else 's'}"
    stopped = f"Interrupted: every figure is of the {counted} counted until then."
    return (*((random,) if random else ()), *((stopped,) if profile.is_interrupted else ()))


def mean_integer(phase: CountedPhase) -> float:
    """Computes the mean integer spike, weighted by the dense MACs that it drives.

    The formula calls it the spike firing rate (SFR) of the whole network.
    """
    _, spiking = _macs_per_frame(phase)
    rate_x_dense = phase.totals.rate_x_dense / phase.frames
    return rate_x_dense / spiking if spiking else 0.0


def _macs_per_frame(phase: CountedPhase) -> tuple[float, float]:
    """Returns the MACs on RGB and the dense MACs that spikes drive, both per frame."""
    rgb = sum(real_macs(layer) for layer in phase.layers)
    spiking = sum(layer.counters.dense_macs for layer in spiking_layers(phase))
    return rgb / phase.frames, spiking / phase.frames


def _budgets(profile: Profile, models: tuple[EnergyModel, ...]) -> tuple[PhaseBudget, ...]:
    phases = [phase for phase in map(profile.phase, PHASES) if phase is not None]
    return tuple(
        PhaseBudget(
            phase=phase.name,
            frames=phase.frames,
            counted_pj={
                model.name: apply(model, phase.totals, phase.frames).total_pj for model in models
            },
        )
        for phase in phases
    )


def _layer(
    phase: CountedPhase, layer: CountedLayer, models: tuple[EnergyModel, ...], facts: ModelFacts
) -> LayerEnergy:
    by_reading = {
        reading.name: sum(formula_layer_pj(reading, layer, facts.n_templates, facts.max_spike))
        / phase.frames
        for reading in readings_for(phase, facts.max_spike)
    }
    return LayerEnergy(
        name=layer.name,
        kind=layer.kind,
        dense_macs=layer.counters.dense_macs / phase.frames,
        mean_integer=layer.counters.mean_integer,
        formula_pj=by_reading,
        counted_pj={
            model.name: apply(model, layer.counters, phase.frames).total_pj for model in models
        },
    )


def _claim_checks(
    readings: tuple[ReadingEnergy, ...], phase: CountedPhase, facts: ModelFacts
) -> tuple[ClaimCheck, ...]:
    rgb, spiking = _macs_per_frame(phase)
    checks = []
    for claim in load_claims():
        if facts.variant not in claim.variants or claim.energy_mj is None or not spiking:
            continue
        energy = claim.energy_mj
        checks.append(
            ClaimCheck(
                claim=claim,
                claimed_mj=energy,
                ratio_to_reading={
                    reading.name: to_pj(energy, "mJ") / reading.total_pj
                    for reading in readings
                    if reading.total_pj
                },
                implied_mean_single_d=implied_mean_integer(energy, spiking, rgb, 1),
                implied_mean_double_d=implied_mean_integer(energy, spiking, rgb, facts.max_spike),
                measured_mean=mean_integer(phase),
            )
        )
    return tuple(checks)


def _not_applied(placed: Placed | None) -> dict[str, Constant]:
    applied = () if placed is None else tuple(placed.constants.values())
    return {name: price for name, price in NOT_APPLIED.items() if price not in applied}


def _constants(models: tuple[EnergyModel, ...], placed: Placed | None) -> dict[str, Constant]:
    return {
        "formula: E_AC": FP32_ADD,
        "formula: E_MAC": FP32_MAC,
        **constants_of(models),
        **rival_constants(),
        **break_even_constants(),
        **scored_constants(),
        **({} if placed is None else placed.constants),
    }
