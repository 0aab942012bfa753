"""Signs that counts must not be believed: silent networks and layers, contradictions."""

from collections.abc import Sequence

from hardware.energy.model import count_of
from hardware.energy.phases import Counts, Phase, spiking_layers

_NAMED = 5


WIDE_SPIKES = (
    "Spikes of this network are wide signed integers (delta encoders, rectifiers): every figure "
    "that unrolls them, unary SynOps and the paper's formula among them, means nothing for it; "
    "read the graded ones."
)


def find_alarms(phase: Phase, max_spike: int, wide_spikes: bool = False) -> tuple[str, ...]:
    """Check a phase's counts; an alarm is one sentence that names the first few layers.

    Args:
        phase: the counts.
        max_spike: D.
        wide_spikes: spikes are no levels 0..D, which is then said instead of checked.
    """
    weighted = spiking_layers(phase)
    checks = (
        ("No spike arrives at all", [one for one in weighted if not count_of(one, "events")]),
        (
            "More events than inputs",
            [one for one in weighted if _exceeds(one, "events", "inputs")],
        ),
        (
            f"Spikes above D = {max_spike}",
            [
                one
                for one in weighted
                if count_of(one, "unary_spikes") > max_spike * count_of(one, "events")
                and not wide_spikes
            ],
        ),
        (
            "More graded than unary SynOps",
            [one for one in weighted if _exceeds(one, "synops.graded", "synops.unary")],
        ),
        (
            "Fewer SynOps with all weights than with the non-zero ones",
            [one for one in weighted if _fewer_with_all_weights(one)],
        ),
    )
    found = [_sentence(text, layers) for text, layers in checks if layers]
    if weighted and not count_of(phase.totals, "synops.graded"):
        found.insert(0, "The network is silent: not one synaptic operation was counted.")
    return (*((WIDE_SPIKES,) if wide_spikes else ()), *found)


def _exceeds(layer: Counts, part: str, whole: str) -> bool:
    return count_of(layer, part) > count_of(layer, whole) > 0


def _fewer_with_all_weights(layer: Counts) -> bool:
    return _exceeds(layer, "synops.unary", "synops.unary_all_weights")


def _sentence(text: str, layers: Sequence[Counts]) -> str:
    names = ", ".join(str(one.get("name", "?")) for one in layers[:_NAMED])
    rest = f" and {len(layers) - _NAMED} more" if len(layers) > _NAMED else ""
    plural = "layer" if len(layers) == 1 else "layers"
    return f"{text} in {len(layers)} {plural}: {names}{rest}."
