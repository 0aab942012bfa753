"""The energy audit: the paper's formula in every reading beside exact counts, priced.

Energies are per frame of the track phase; setting the template (init) and renewing it (update) have
budgets of their own, since they happen at other times. Of a network that is no tracker they are per
sample. Nothing here measures energy: every figure is counts times a price list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.energy.alarms import find_alarms
from hardware.energy.breakeven import BreakEven, break_even, break_even_constants
from hardware.energy.claims import Claim, implied_mean_integer, load_claims
from hardware.energy.formula import (
    READINGS,
    ExactEnergy,
    ReadingEnergy,
    exact_energy,
    formula,
    formula_layer_pj,
    further_readings,
    readings_for,
)
from hardware.energy.gap import GapChain, gap_chain
from hardware.energy.model import EnergyModel, EnergyResult, apply, constants_of
from hardware.energy.models import energy_models
from hardware.energy.phases import MAIN_PHASES, main_phase, real_macs, spiking_layers
from hardware.energy.pilotnet import SiliconCheck, silicon_checks, silicon_constants
from hardware.energy.placed import Placed, placed_energy
from hardware.energy.published import NOT_APPLIED
from hardware.energy.rivals import Rival, rival_constants, rivals
from spiketrack.constants import FP32_ADD, FP32_MAC, Constant
from spiketrack.counts.profile import (
    PHASES,
    CountedLayer,
    CountedPhase,
    ModelFacts,
    PhaseName,
    Profile,
)
from spiketrack.provenance import random_words

if TYPE_CHECKING:
    from hardware.mapping import MappingRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEnergy:
    """One layer, pJ per track frame, keyed by the name of the reading or the model."""

    name: str
    kind: str
    dense_macs: float
    mean_integer: float
    formula_pj: Mapping[str, float]
    counted_pj: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBudget:
    """Energy per frame of one phase under each model, in pJ, keyed by model name."""

    phase: PhaseName
    frames: int
    counted_pj: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheck:
    """A published claim for this variant beside the formula, and the mean integer it implies."""

    claim: Claim
    claimed_mj: float
    ratio_to_reading: Mapping[str, float]
    implied_mean_single_d: float
    implied_mean_double_d: float
    measured_mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Everything the audit found; energies in pJ per track frame unless a field says otherwise.

    `phase`: "track", or "run" for a network that is no tracker; a frame is then one sample.
    `as_if_int8`: float weights were counted; models of integer weights price them as one byte.
    `placed`: hops and static power, where a mapping of the same spikes was given.
    `banners`: what must stand above every figure (random weights, an interrupted run).
    """

    variant: str
    phase: PhaseName
    frames: int
    n_templates: int
    max_spike: int
    as_if_int8: bool
    mean_integer: float
    readings: tuple[ReadingEnergy, ...]
    further_readings: tuple[ReadingEnergy, ...]
    exact: ExactEnergy
    counted: tuple[EnergyResult, ...]
    rivals: tuple[Rival, ...]
    gaps: tuple[GapChain, ...]
    phases: tuple[PhaseBudget, ...]
    layers: tuple[LayerEnergy, ...]
    break_even: tuple[BreakEven, ...]
    claims: tuple[ClaimCheck, ...]
    silicon: tuple[SiliconCheck, ...]
    alarms: tuple[str, ...]
    listed_not_counted: tuple[str, ...]
    constants: Mapping[str, Constant]
    not_applied: Mapping[str, Constant]
    placed: Placed | None = None
    banners: tuple[str, ...] = ()


def audit(profile: Profile, mapping: "MappingRecord | None" = None) -> AuditReport:
    """Holds the paper's formula against exact counts, priced by every model.

    Args:
        profile: checked counts, as `spiketrack.report.read_profile` reads them from a file.
        mapping: of the graph that was counted, with the spikes of this profile
            (`hardware.energy.placed.require_measured`); adds what hops and static power cost.

    Returns:
        Energies in pJ per frame of the track phase, or per sample of a network that is no tracker.

    Raises:
        ReportError: the profile has no track phase and no run phase.
        MappingError: the mapping lacks a figure.
    """
    track, model = main_phase(profile), profile.model
    models = energy_models(model.max_spike, as_if_int8=model.has_float_weights)
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
        gaps=tuple(gap_chain(readings, track, result) for result in counted),
        phases=_budgets(profile, models),
        layers=tuple(_layer(track, layer, models, model) for layer in track.layers),
        break_even=break_even(track, model.max_spike),
        claims=_claim_checks((*readings, *further), track, model),
        silicon=silicon_checks(energy_models(1)),
        alarms=_alarms(profile, track),
        listed_not_counted=profile.listed_not_counted,
        constants=_constants(models, placed),
        not_applied=_not_applied(placed),
        placed=placed,
        banners=_banners(profile, track),
    )


def _template_energy(profile: Profile) -> ReadingEnergy | None:
    """The first reading of the formula on one call of the template branch, if there was one."""
    template = profile.phase("init")
    if template is None:
        return None
    return formula(READINGS[0], template, profile.model.n_templates, profile.model.max_spike)


def _alarms(profile: Profile, track: CountedPhase) -> tuple[str, ...]:
    """What the counter warned of, and what the counts themselves show beyond it."""
    model = profile.model
    checked = find_alarms(track, model.max_spike, has_wide_spikes=model.has_wide_spikes)
    return (*profile.alarms, *(alarm for alarm in checked if alarm not in profile.alarms))


def _banners(profile: Profile, track: CountedPhase) -> tuple[str, ...]:
    """What must stand above every figure of a profile."""
    random = random_words(profile.facts("provenance"))
    counted = f"{track.frames:,} {MAIN_PHASES[track.name]}{'' if track.frames == 1 else 's'}"
    stopped = f"Interrupted: every figure is of the {counted} counted until then."
    return (*((random,) if random else ()), *((stopped,) if profile.is_interrupted else ()))


def mean_integer(phase: CountedPhase) -> float:
    """Mean integer spike, weighted by the dense MACs it drives: the formula's overall SFR."""
    _, spiking = _macs_per_frame(phase)
    rate_x_dense = phase.totals.rate_x_dense / phase.frames
    return rate_x_dense / spiking if spiking else 0.0


def _macs_per_frame(phase: CountedPhase) -> tuple[float, float]:
    """(MACs on RGB, dense MACs fed by spikes), per frame."""
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
                    reading.name: energy * 1e9 / reading.total_pj
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
        **silicon_constants(),
        **({} if placed is None else placed.constants),
    }
