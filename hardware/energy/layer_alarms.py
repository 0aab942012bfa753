"""What a reader should look at layer by layer: layers that are dead, saturated, or ill described.

The counts of such layers may be right; it is the network that is odd there, or the papers' formula.
Signs that the counts themselves are wrong are in `hardware.energy.alarms`.

    dead layer          neurons were updated and sent nothing
    silent input        the input sent nothing
    silent output       the last neurons sent nothing
    saturated neurons   many values are at D, beyond which a neuron cannot tell more. A profile
                        holds sums of spikes and not how often each value came, so that the share
                        is the least that these sums allow: S spikes in n messages leave at least
                        S - (D - 1) n messages at D
    formula off         rate x dense operations differs from the count by more than a tenth, by
                        borders, zero weights, or spikes that meet more often than their mean says
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from spiketrack.counts.profile import CountedLayer, CountedPhase

LayerAlarmKind = Literal[
    "dead layer", "silent input", "silent output", "saturated neurons", "formula off"
]
FORMULA_OFF = 0.1
SATURATED = 0.25
SATURATED_BINARY = 0.5
"""A binary neuron is at D with every spike: half of all steps is much for it."""


@dataclass(frozen=True, slots=True)
class LayerAlarm:
    """One thing to look at in one layer.

    Attributes:
        kind: what it is.
        layer: name of the layer.
        share: the share at D, or how far the formula is off (0.2: a fifth too high); None where the
            kind says it all.
    """

    kind: LayerAlarmKind
    layer: str
    share: float | None = None


def find_layer_alarms(
    phase: CountedPhase, max_spike: int, *, has_wide_spikes: bool = False
) -> tuple[LayerAlarm, ...]:
    """Looks at every layer of a phase.

    Args:
        phase: the counts.
        max_spike: D.
        has_wide_spikes: spikes are no levels from 0 to D: neither saturation nor the formula means
            anything then.
    """
    found = list(_silent(phase))
    if not has_wide_spikes:
        found += _saturated(phase, max_spike)
        found += _off(phase)
    return tuple(found)


def _silent(phase: CountedPhase) -> Iterator[LayerAlarm]:
    neurons = [layer for layer in phase.layers if layer.counters.neuron_updates]
    for layer in phase.layers:
        if layer.kind == "input" and layer.counters.outputs and not layer.counters.messages:
            yield LayerAlarm("silent input", layer.name)
    for layer in neurons:
        if not layer.counters.messages:
            yield LayerAlarm("silent output" if layer is neurons[-1] else "dead layer", layer.name)


def _saturated(phase: CountedPhase, max_spike: int) -> Iterator[LayerAlarm]:
    limit = SATURATED if max_spike > 1 else SATURATED_BINARY
    for layer in phase.layers:
        share = least_share_at_most(layer, max_spike)
        if share >= limit:
            yield LayerAlarm("saturated neurons", layer.name, share)


def least_share_at_most(layer: CountedLayer, max_spike: int) -> float:
    """The least share of a neuron layer's values that must be at D; 0 for other layers.

    Args:
        layer: its counts.
        max_spike: D.
    """
    counts = layer.counters
    if not counts.neuron_updates or not counts.outputs:
        return 0.0
    at_most = counts.unary_messages - (max_spike - 1) * counts.messages
    return max(0, at_most) / counts.outputs


def _off(phase: CountedPhase) -> Iterator[LayerAlarm]:
    for layer in phase.layers:
        counted = layer.counters.unary
        difference = layer.counters.rate_x_dense - counted
        if counted and layer.counters.rate_x_dense and abs(difference) > FORMULA_OFF * counted:
            yield LayerAlarm("formula off", layer.name, difference / counted)
