"""From the formula to the counted energy, one correction at a time.

The chain starts at the last reading of the formula (D twice, T on everything) and ends at what a
model says about the exact counts. Each step changes one thing, so the steps add up to the whole
gap; their sizes depend on this order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hardware.energy.formula import ReadingEnergy, exact_energy
from hardware.energy.model import EnergyResult, Group
from spiketrack.constants import FP32_ADD
from spiketrack.counts.profile import CountedPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class GapStep:
    """One correction: its name, its reason, what it adds (negative: removes), the sum after it."""

    name: str
    why: str
    delta_pj: float
    after_pj: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GapChain:
    """All corrections from the formula to one model's counted energy, pJ per frame.

    `start` is the reading of the formula that the chain begins with.
    """

    model: str
    start: str
    start_pj: float
    steps: tuple[GapStep, ...]
    end_pj: float


_PRICED_GROUPS: tuple[tuple[Group, str, str], ...] = (
    ("neuron", "neuron updates", "The formula has no neurons in it."),
    (
        "arithmetic",
        "membrane and rescale arithmetic",
        "Residual sums, biases, pooling and requantisation.",
    ),
    ("memory", "memory", "Weights and membranes have to be read and written."),
    ("messages", "messages", "Spikes have to travel."),
    ("host", "host work", "Sigmoids and the window on the logits, outside the chip."),
)


def gap_chain(
    readings: Sequence[ReadingEnergy], phase: CountedPhase, result: EnergyResult
) -> GapChain:
    """Builds the chain for one model.

    Args:
        readings: the formula under every reading.
        phase: the phase whose counts were priced.
        result: the model's energy per frame of that phase.
    """
    by_name = {reading.name: reading.total_pj for reading in readings}
    start = readings[-1].total_pj
    stages: list[tuple[str, str, float]] = []
    if "global-t" in by_name:
        already = "The mean integer already contains D."
        stages.append(("D counted twice", already, by_name["global-t"]))
        once = "The search backbone runs once a frame."
        stages.append(("T on everything", once, by_name["single-d"]))
    elif "double-d" in by_name:
        already = "The mean integer already contains D."
        stages.append(("D counted twice", already, by_name["single-d"]))
    stages += _count_stages(phase, result)
    value = result.multiply_accumulate_pj
    stages.append(("price of one operation", f"{result.precision}, {result.technology}.", value))
    for group, name, why in _PRICED_GROUPS:
        value += result.group_pj(group)
        stages.append((name, why, value))
    steps = []
    before = start
    for name, why, after in stages:
        steps.append(GapStep(name=name, why=why, delta_pj=after - before, after_pj=after))
        before = after
    return GapChain(
        model=result.model,
        start=readings[-1].title,
        start_pj=start,
        steps=tuple(steps),
        end_pj=before,
    )


def _count_stages(phase: CountedPhase, result: EnergyResult) -> list[tuple[str, str, float]]:
    """Replaces the formula's estimate by exact counts, still at the formula's prices."""
    unary = phase.totals.unary
    all_weights = phase.totals.unary_all_weights or unary
    priced = sum(term.count for term in result.terms if term.group == "synapse")
    exact = exact_energy(phase)

    def at_formula_price(synops: int) -> float:
        return FP32_ADD.value * synops / phase.frames + exact.rgb_pj

    return [
        (
            "borders and where spikes lie",
            "A spike at the border has fewer targets; busy channels may have more or fewer than "
            "the mean.",
            at_formula_price(all_weights),
        ),
        ("zero weights", "A weight that is zero costs nothing.", at_formula_price(unary)),
        (
            "graded spikes",
            "One message carries the integer, where the model prices it so.",
            at_formula_price(priced),
        ),
        (
            "channel gate",
            "Its weighted sum of memories is real MACs that the formula has no term for.",
            at_formula_price(priced) + exact.gate_pj,
        ),
    ]
