"""Signs that counts must not be believed: silent networks and layers, contradictions."""

from collections.abc import Sequence

from hardware.energy.model import count_of
from hardware.energy.phases import Counts, Phase, spiking_layers

_NAMED = 5


def find_alarms(phase: Phase, max_spike: int) -> tuple[str, ...]:
    """Check a phase's counts; an alarm is one sentence that names the first few layers."""
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
    return tuple(found)


def _exceeds(layer: Counts, part: str, whole: str) -> bool:
    return count_of(layer, part) > count_of(layer, whole) > 0


def _fewer_with_all_weights(layer: Counts) -> bool:
    return _exceeds(layer, "synops.unary", "synops.unary_all_weights")


def _sentence(text: str, layers: Sequence[Counts]) -> str:
    names = ", ".join(str(one.get("name", "?")) for one in layers[:_NAMED])
    rest = f" and {len(layers) - _NAMED} more" if len(layers) > _NAMED else ""
    plural = "layer" if len(layers) == 1 else "layers"
    return f"{text} in {len(layers)} {plural}: {names}{rest}."
