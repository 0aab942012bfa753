"""Published rules for when a spiking network beats a dense one, against measured activity.

Two measures, each as its rule defines it:
    spikes per neuron per binary step   sum of integers / (inputs x D), one step being D binary ones
    spikes per synapse per inference    unary SynOps of all weights / synapses of one step
The rules were derived for other networks and machines: they say where a network stands, not what
it costs.
"""

from dataclasses import dataclass
from typing import Literal

from hardware.energy.phases import spiking_layers
from spiketrack import constants as c
from spiketrack.constants import Constant
from spiketrack.counts.counters import Counters
from spiketrack.counts.profile import CountedPhase

Verdict = Literal["below", "inside", "above", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """One rule and what it says about a measured activity.

    `verdict` is "below" (it says SNNs win), "inside", "above" (they lose) or "silent" (no synaptic
    operation, so nothing to judge).
    """

    rule: str
    measure: str
    measured: float
    low: Constant
    high: Constant
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A published rule: below `low` SNNs win, above `high` they lose."""

    name: str
    low: Constant
    high: Constant

    def applied(self, measured: float, is_silent: bool) -> BreakEven:
        """Compares a measured value with the rule."""
        verdict: Verdict = "inside"
        if is_silent:
            verdict = "silent"
        elif measured < self.low.value:
            verdict = "below"
        elif measured > self.high.value:
            verdict = "above"
        return BreakEven(
            rule=self.name,
            measure=self.low.unit,
            measured=measured,
            low=self.low,
            high=self.high,
            verdict=verdict,
        )


_OF_RATES = (
    _Rule(name="Yan et al. 2026", low=c.YAN_RATE, high=c.YAN_RATE),
    _Rule(name="Shen et al. 2024", low=c.SHEN_RATE_LOW, high=c.SHEN_RATE_HIGH),
)
"""Rules about spikes per neuron and binary step."""
_OF_SYNAPSES = (
    _Rule(name="Dampfhoffer et al. 2022", low=c.DAMPFHOFFER_LOW, high=c.DAMPFHOFFER_HIGH),
    _Rule(name="Davidson & Furber 2021", low=c.DAVIDSON_FURBER, high=c.DAVIDSON_FURBER),
)
"""Rules about spikes per synapse and inference."""


def break_even(phase: CountedPhase, max_spike: int) -> tuple[BreakEven, ...]:
    """Compares a phase's activity with every rule; without inputs or synapses it is 0.

    Args:
        phase: the counts.
        max_spike: D, the number of binary steps in one step.
    """
    layers = spiking_layers(phase)
    totals = Counters.total(layer.counters for layer in layers)
    rate = _ratio(totals.unary_spikes, totals.inputs * max_spike)
    synapses = sum(layer.counters.dense_macs / layer.steps for layer in layers)
    per_synapse = _ratio(totals.unary_all_weights or totals.unary, synapses)
    is_silent = not totals.graded
    return (
        *(rule.applied(rate, is_silent) for rule in _OF_RATES),
        *(rule.applied(per_synapse, is_silent) for rule in _OF_SYNAPSES),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def break_even_constants() -> dict[str, Constant]:
    """Returns every threshold that the rules use, by the name that a report shows."""
    return {
        "break-even: Yan": c.YAN_RATE,
        "break-even: Shen, low": c.SHEN_RATE_LOW,
        "break-even: Shen, high": c.SHEN_RATE_HIGH,
        "break-even: Dampfhoffer, low": c.DAMPFHOFFER_LOW,
        "break-even: Dampfhoffer, high": c.DAMPFHOFFER_HIGH,
        "break-even: Davidson & Furber": c.DAVIDSON_FURBER,
    }
