"""What an energy audit says, as data: the formula in every reading beside exact counts, priced.

Energies are per frame of the track phase; setting the template (init) and renewing it (update) have
budgets of their own, since they happen at other times. For a network that is no tracker they are
per sample. Nothing was measured: every figure is counts times a price list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.energy.breakeven import BreakEven
from hardware.energy.claims import CheckedClaim, Claim, ClaimFile
from hardware.energy.formula import ExactEnergy, ReadingEnergy
from hardware.energy.gap import GapChain
from hardware.energy.layer_alarms import LayerAlarm
from hardware.energy.matched_rival import MatchedRival
from hardware.energy.model import EnergyResult
from hardware.energy.placed import Placed
from hardware.energy.records import EnergyScore, ErrorBar, error_bars
from hardware.energy.rivals import Rival
from spiketrack.constants import Constant
from spiketrack.counts.profile import PhaseName


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEnergy:
    """The energy of one layer, pJ per tracked frame, keyed by the name of a reading or a model."""

    name: str
    kind: str
    dense_macs: float
    mean_integer: float
    formula_pj: Mapping[str, float]
    counted_pj: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBudget:
    """The energy of one phase, pJ per frame of its own, keyed by the name of a model."""

    phase: PhaseName
    frames: int
    counted_pj: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheck:
    """A published claim for this variant beside the formula, and the mean it implies."""

    claim: Claim
    claimed_mj: float
    ratio_to_reading: Mapping[str, float]
    implied_mean_single_d: float
    implied_mean_double_d: float
    measured_mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """Everything that the audit computes; energies are in pJ per frame.

    Attributes:
        variant: name of the variant or of the network.
        phase: "track", or "run" for a network that is no tracker; a frame is then one sample.
        frames: how many frames were counted.
        n_templates: T of a tracker, else 1.
        max_spike: D, the largest integer spike.
        as_if_int8: float weights were counted; models of integer weights price them as one byte.
        mean_integer: mean integer spike (0 to D), weighted by the dense MACs that it drives.
        readings: the paper's formula in each reading.
        further_readings: what the first reading becomes if more is meant by FLOPs, or by a frame.
        exact: exact counts at the formula's own prices.
        counted: what every price list says about the counts.
        rivals: networks without spikes that do the same MACs.
        matched: a network without spikes of the same bit widths, memory on both sides.
        gaps: for every price list, the corrections from the formula to it.
        phases: what every price list says about each phase, per frame of its own.
        layers: the formula and every price list, layer by layer.
        break_even: published rules of thumb beside the measured activity.
        claims: the published claims for this variant.
        silicon: how far each price list was off every public measurement with counts.
        alarms: signs that the counts must not be believed.
        listed_not_counted: work that the counter names and does not count.
        constants: every price and threshold that a figure contains.
        not_applied: published prices that no figure contains.
        placed: hops and static power, where a mapping of the same spikes was given.
        banners: what must stand above every figure (random weights, an interrupted run).
        verdicts: every check of the shipped claims about this variant, and of the given ones.
        claim_files: the claims that were given, as they were read.
        layer_alarms: layers that are dead, silent, saturated, or far from the formula.
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
    silicon: tuple[EnergyScore, ...]
    alarms: tuple[str, ...]
    listed_not_counted: tuple[str, ...]
    constants: Mapping[str, Constant]
    not_applied: Mapping[str, Constant]
    placed: Placed | None = None
    banners: tuple[str, ...] = ()
    verdicts: tuple[CheckedClaim, ...] = ()
    claim_files: tuple[ClaimFile, ...] = ()
    layer_alarms: tuple[LayerAlarm, ...] = ()
    matched: tuple[MatchedRival, ...] = ()

    def result_of(self, model: str) -> EnergyResult:
        """Looks up what one price list says about the counts of the main phase.

        Args:
            model: name of the price list, e.g. "davies2018-graded".

        Raises:
            KeyError: no price list has this name.
        """
        return {result.model: result for result in self.counted}[model]

    def gap_of(self, model: str) -> GapChain:
        """Looks up the corrections that lead from the formula to one price list.

        Args:
            model: name of the price list.

        Raises:
            KeyError: no price list has this name.
        """
        return {chain.model: chain for chain in self.gaps}[model]

    def error_bar_of(self, model: str) -> ErrorBar | None:
        """Looks up how far one price list was off the measured chips; None if none can tell.

        Args:
            model: name of the price list.
        """
        return error_bars(self.silicon).get(model)
