"""Signs that counts must not be believed: silent networks and layers, contradictions."""

from collections.abc import Sequence

from hardware.energy.phases import spiking_layers
from spiketrack.counts.profile import CountedLayer, CountedPhase

_NAMED = 5


WIDE_SPIKES = (
    "Spikes of this network are wide signed integers (delta encoders, rectifiers): every figure "
    "that unrolls them, unary SynOps and the paper's formula among them, means nothing for it; "
    "read the graded ones."
)


def find_alarms(
    phase: CountedPhase, max_spike: int, *, has_wide_spikes: bool = False
) -> tuple[str, ...]:
    """Checks a phase's counts; an alarm is one sentence that names the first few layers.

    Args:
        phase: the counts.
        max_spike: D.
        has_wide_spikes: spikes are no levels from 0 to D, which is then said instead of checked.
    """
    weighted = spiking_layers(phase)
    checks = (
        ("No spike arrives at all", [layer for layer in weighted if not layer.counters.events]),
        ("More events than inputs", [layer for layer in weighted if _has_too_many_events(layer)]),
        (
            f"Spikes above D = {max_spike}",
            [
                layer
                for layer in weighted
                if layer.counters.unary_spikes > max_spike * layer.counters.events
                and not has_wide_spikes
            ],
        ),
        (
            "More graded than unary SynOps",
            [layer for layer in weighted if layer.counters.graded > layer.counters.unary > 0],
        ),
        (
            "Fewer SynOps with all weights than with the non-zero ones",
            [layer for layer in weighted if _has_fewer_with_all_weights(layer)],
        ),
    )
    sentences = [_sentence(text, layers) for text, layers in checks if layers]
    if weighted and not phase.totals.graded:
        sentences.insert(0, "The network is silent: not one synaptic operation was counted.")
    return (*((WIDE_SPIKES,) if has_wide_spikes else ()), *sentences)


def _has_too_many_events(layer: CountedLayer) -> bool:
    return layer.counters.events > layer.counters.inputs > 0


def _has_fewer_with_all_weights(layer: CountedLayer) -> bool:
    return layer.counters.unary > layer.counters.unary_all_weights > 0


def _sentence(text: str, layers: Sequence[CountedLayer]) -> str:
    names = ", ".join(layer.name for layer in layers[:_NAMED])
    rest = f" and {len(layers) - _NAMED} more" if len(layers) > _NAMED else ""
    plural = "layer" if len(layers) == 1 else "layers"
    return f"{text} in {len(layers)} {plural}: {names}{rest}."
