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
    """One rule and what it says.

    `verdict` is "below" (it says SNNs win), "inside", "above" (they lose) or "silent" (no synaptic
    operation, so nothing to judge).
    """

    rule: str
    measure: str
    measured: float
    low: Constant
    high: Constant
    verdict: Verdict


def break_even(phase: CountedPhase, max_spike: int) -> tuple[BreakEven, ...]:
    """Compare the phase's activity with every rule; no inputs or synapses read as 0."""
    layers = spiking_layers(phase)
    totals = Counters.total(layer.counters for layer in layers)
    rate = _ratio(totals.unary_spikes, totals.inputs * max_spike)
    synapses = sum(layer.counters.dense_macs / layer.steps for layer in layers)
    reached = totals.unary_all_weights or totals.unary
    per_synapse = _ratio(reached, synapses)
    silent = not totals.graded
    rules = (
        ("Yan et al. 2026", rate, c.YAN_RATE, c.YAN_RATE),
        ("Shen et al. 2024", rate, c.SHEN_RATE_LOW, c.SHEN_RATE_HIGH),
        ("Dampfhoffer et al. 2022", per_synapse, c.DAMPFHOFFER_LOW, c.DAMPFHOFFER_HIGH),
        ("Davidson & Furber 2021", per_synapse, c.DAVIDSON_FURBER, c.DAVIDSON_FURBER),
    )
    return tuple(_rule(*rule, silent) for rule in rules)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _rule(rule: str, measured: float, low: Constant, high: Constant, silent: bool) -> BreakEven:
    verdict: Verdict = "silent"
    if not silent:
        is_below, is_above = measured < low.value, measured > high.value
        verdict = "below" if is_below else "above" if is_above else "inside"
    return BreakEven(
        rule=rule, measure=low.unit, measured=measured, low=low, high=high, verdict=verdict
    )


def break_even_constants() -> dict[str, Constant]:
    """Every threshold the rules use."""
    return {
        "break-even: Yan": c.YAN_RATE,
        "break-even: Shen, low": c.SHEN_RATE_LOW,
        "break-even: Shen, high": c.SHEN_RATE_HIGH,
        "break-even: Dampfhoffer, low": c.DAMPFHOFFER_LOW,
        "break-even: Dampfhoffer, high": c.DAMPFHOFFER_HIGH,
        "break-even: Davidson & Furber": c.DAVIDSON_FURBER,
    }
