"""The energy audit: the paper's formula in every reading beside exact counts, priced.

Energies are per frame of the track phase; setting the template (init) and renewing it (update) have
budgets of their own, since they happen at other times. Of a network that is no tracker they are per
sample. Nothing here measures energy: every figure is counts times a price list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
from hardware.energy.model import EnergyModel, EnergyResult, apply, constants_of, count_of
from hardware.energy.models import energy_models
from hardware.energy.phases import (
    MAIN_PHASES,
    PHASES,
    Counts,
    Phase,
    main_phase,
    phase_of,
    real_macs,
    spiking_layers,
)
from hardware.energy.pilotnet import SiliconCheck, silicon_checks, silicon_constants
from hardware.energy.placed import Placed, placed_energy
from hardware.energy.published import NOT_APPLIED
from hardware.energy.rivals import Rival, rival_constants, rivals
from spiketrack.constants import DEFAULT_MAX_SPIKE, FP32_ADD, FP32_MAC, Constant
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

    phase: str
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
    phase: str
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


def audit(profile: Mapping[str, Any], mapping: "MappingRecord | None" = None) -> AuditReport:
    """Audit a profile.

    Args:
        profile: counts as in `profile.json`, every counter of `hardware.energy.phases.COUNTERS`.
        mapping: of the graph that was counted, with the spikes of this profile
            (`hardware.energy.placed.require_measured`).

    Raises:
        ReportError: the profile has no track phase and no run phase, or a layer lacks a counter.
        MappingError: the mapping lacks a figure.
    """
    track = main_phase(profile)
    about = profile.get("model", {})
    variant = str(about.get("variant", "unknown"))
    n_templates = max(1, int(about.get("n_templates", 1)))
    max_spike = max(1, int(about.get("max_spike", DEFAULT_MAX_SPIKE)))
    as_if_int8 = "float" in str(about.get("backend", ""))
    models = energy_models(max_spike, as_if_int8)
    readings = tuple(
        formula(reading, track, n_templates, max_spike)
        for reading in readings_for(track, max_spike)
    )
    template = phase_of(profile, "init")
    further = further_readings(
        readings[0],
        formula(READINGS[0], template, n_templates, max_spike) if template is not None else None,
    )
    counted = tuple(apply(model, track.totals, track.frames) for model in models)
    checked = find_alarms(track, max_spike, wide_spikes=about.get("graded") is True)
    placed = None
    if mapping is not None:
        placed = placed_energy(
            mapping, counted, frames=track.frames, frames_overlap=track.name == "run"
        )
    named = tuple(str(alarm) for alarm in profile.get("alarms", ()))
    return AuditReport(
        variant=variant,
        phase=track.name,
        frames=track.frames,
        n_templates=n_templates,
        max_spike=max_spike,
        as_if_int8=as_if_int8,
        mean_integer=mean_integer(track),
        readings=readings,
        further_readings=further,
        exact=exact_energy(track),
        counted=counted,
        rivals=rivals(track),
        gaps=tuple(gap_chain(readings, track, result) for result in counted),
        phases=_budgets(profile, models),
        layers=tuple(_layer(track, one, models, n_templates, max_spike) for one in track.layers),
        break_even=break_even(track, max_spike),
        claims=_claim_checks(variant, (*readings, *further), track, max_spike),
        silicon=silicon_checks(energy_models(1)),
        alarms=(*named, *(one for one in checked if one not in named)),
        listed_not_counted=tuple(str(one) for one in profile.get("listed_not_counted", ())),
        constants=_constants(models, placed),
        not_applied=_not_applied(placed),
        placed=placed,
        banners=_banners(profile, track),
    )


def _banners(profile: Mapping[str, Any], track: Phase) -> tuple[str, ...]:
    """What must stand above every figure of a profile."""
    random = random_words(profile.get("provenance"))
    counted = f"{track.frames:,} {MAIN_PHASES[track.name]}{'' if track.frames == 1 else 's'}"
    stopped = f"Interrupted: every figure is of the {counted} counted until then."
    return (*((random,) if random else ()), *((stopped,) if profile.get("interrupted") else ()))


def mean_integer(phase: Phase) -> float:
    """Mean integer spike, weighted by the dense MACs it drives: the formula's overall SFR."""
    _, spiking = _macs_per_frame(phase)
    rate_x_dense = count_of(phase.totals, "synops.rate_x_dense") / phase.frames
    return rate_x_dense / spiking if spiking else 0.0


def _macs_per_frame(phase: Phase) -> tuple[float, float]:
    """(MACs on RGB, dense MACs fed by spikes), per frame."""
    rgb = sum(real_macs(layer) for layer in phase.layers)
    spiking = sum(count_of(layer, "dense_macs") for layer in spiking_layers(phase))
    return rgb / phase.frames, spiking / phase.frames


def _budgets(
    profile: Mapping[str, Any], models: tuple[EnergyModel, ...]
) -> tuple[PhaseBudget, ...]:
    phases = [phase for phase in (phase_of(profile, name) for name in PHASES) if phase is not None]
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
    phase: Phase, layer: Counts, models: tuple[EnergyModel, ...], n_templates: int, max_spike: int
) -> LayerEnergy:
    inputs = count_of(layer, "inputs")
    by_reading = {
        reading.name: sum(formula_layer_pj(reading, layer, n_templates, max_spike)) / phase.frames
        for reading in readings_for(phase, max_spike)
    }
    return LayerEnergy(
        name=str(layer.get("name", "?")),
        kind=str(layer.get("kind", "?")),
        dense_macs=count_of(layer, "dense_macs") / phase.frames,
        mean_integer=count_of(layer, "unary_spikes") / inputs if inputs else 0.0,
        formula_pj=by_reading,
        counted_pj={model.name: apply(model, layer, phase.frames).total_pj for model in models},
    )


def _claim_checks(
    variant: str, readings: tuple[ReadingEnergy, ...], phase: Phase, max_spike: int
) -> tuple[ClaimCheck, ...]:
    rgb, spiking = _macs_per_frame(phase)
    checks = []
    for claim in load_claims():
        if variant not in claim.variants or claim.energy_mj is None or not spiking:
            continue
        energy = claim.energy_mj
        checks.append(
            ClaimCheck(
                claim=claim,
                claimed_mj=energy,
                ratio_to_reading={
                    one.name: energy * 1e9 / one.total_pj for one in readings if one.total_pj
                },
                implied_mean_single_d=implied_mean_integer(energy, spiking, rgb, 1),
                implied_mean_double_d=implied_mean_integer(energy, spiking, rgb, max_spike),
                measured_mean=mean_integer(phase),
            )
        )
    return tuple(checks)


def _not_applied(placed: Placed | None) -> dict[str, Constant]:
    applied = () if placed is None else tuple(placed.constants.values())
    return {name: one for name, one in NOT_APPLIED.items() if one not in applied}


def _constants(models: tuple[EnergyModel, ...], placed: Placed | None) -> dict[str, Constant]:
    found = {"formula: E_AC": FP32_ADD, "formula: E_MAC": FP32_MAC}
    return {
        **found,
        **constants_of(models),
        **rival_constants(),
        **break_even_constants(),
        **silicon_constants(),
        **({} if placed is None else placed.constants),
    }
