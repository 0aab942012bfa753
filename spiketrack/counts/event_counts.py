"""Event counts as data: per layer, per phase, exactly additive over any split of the frames.

What each number means is said in `spiketrack.counts.conventions`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from spiketrack.counts.conventions import MESSAGE_BYTES, STATE_BYTES
from spiketrack.counts.counters import FIELDS, Counters

Json = dict[str, Any]
"""A JSON object on its way into a file."""

SUMMED = tuple(
    name for name in FIELDS if name not in ("rate_x_dense", "state_bytes", "message_bytes")
)
"""Counters that `LayerCounts` stores; the other three follow from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCounts:
    """The counts of one layer over some frames; every field but the first seven is a sum.

    Attributes:
        name: the node's name.
        kind: "conv", "neuron", ... (`simulation.counting.layer_costs`).
        side: "input" or "output" for layers next to the network's ends, else "inside".
        neurons: C*H*W of a neuron layer, else 0.
        n_steps: T.
        bytes_per_message: payload of one graded message.
        max_spike: largest |spike| that its sources can send, or sent where nothing bounds them; the
            largest of both in a sum.
    """

    name: str
    kind: str
    side: str = "inside"
    neurons: int = 0
    n_steps: int = 1
    bytes_per_message: int = MESSAGE_BYTES
    max_spike: int = 0
    dense_macs: int = 0
    macs_inside_borders: int = 0
    inputs: int = 0
    outputs: int = 0
    events: int = 0
    unary_spikes: int = 0
    graded: int = 0
    unary: int = 0
    all_weights: int = 0
    unary_all_weights: int = 0
    effective_acs: int = 0
    effective_macs: int = 0
    true_macs: int = 0
    neuron_updates: int = 0
    membrane_adds: int = 0
    rescale_multiplies: int = 0
    host_flops: int = 0
    weight_reads: int = 0
    weight_bytes_read: int = 0
    state_reads: int = 0
    state_writes: int = 0
    messages: int = 0
    unary_messages: int = 0

    @property
    def rate_x_dense(self) -> int:
        """Mean integer spike x dense MACs, from the sums; 0 where no spikes are read."""
        return self.unary_spikes * self.dense_macs // self.inputs if self.inputs else 0

    @property
    def state_bytes(self) -> int:
        """Bytes of state read and written."""
        return STATE_BYTES * (self.state_reads + self.state_writes)

    @property
    def message_bytes(self) -> int:
        """Payload of the graded messages sent."""
        return self.bytes_per_message * self.messages

    def __add__(self, other: "LayerCounts") -> "LayerCounts":
        fixed = ("name", "kind", "side", "neurons", "n_steps", "bytes_per_message")
        for key in fixed:
            if getattr(self, key) != getattr(other, key):
                raise ValueError(
                    f"layer '{self.name}': cannot add counts of another layer, "
                    f"{key} {getattr(self, key)!r} and {getattr(other, key)!r}"
                )
        summed = {key: getattr(self, key) + getattr(other, key) for key in SUMMED}
        largest = max(self.max_spike, other.max_spike)
        if largest > 1:
            # Why: what one part took for accumulates, the whole would have multiplied.
            summed["effective_macs"] += summed["effective_acs"]
            summed["effective_acs"] = 0
        return replace(self, max_spike=largest, **summed)

    def __mul__(self, frames: int) -> "LayerCounts":
        return replace(self, **{key: getattr(self, key) * frames for key in SUMMED})

    @property
    def counters(self) -> Counters:
        """Every counter of the layer."""
        return Counters(**{name: getattr(self, name) for name in FIELDS})

    def to_dict(self) -> Json:
        """The layer's entry in profile.json."""
        return {
            "name": self.name,
            "kind": self.kind,
            "side": self.side,
            "neurons": self.neurons,
            "n_steps": self.n_steps,
            **self.counters.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PhaseCounts:
    """The counts of one phase: how many frames, and the layers in the order of the graph."""

    phase: str
    frames: int
    layers: tuple[LayerCounts, ...]

    def __getitem__(self, name: str) -> LayerCounts:
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)

    def __add__(self, other: "PhaseCounts") -> "PhaseCounts":
        if self.phase != other.phase:
            raise ValueError(f"cannot add counts of phase '{other.phase}' to phase '{self.phase}'")
        # A part of the frames may lack a layer, for example of the host.
        layers = {layer.name: layer for layer in self.layers}
        for layer in other.layers:
            layers[layer.name] = layers[layer.name] + layer if layer.name in layers else layer
        return PhaseCounts(self.phase, self.frames + other.frames, tuple(layers.values()))

    @property
    def counters(self) -> Counters:
        """Every counter summed over all layers."""
        return Counters.total(layer.counters for layer in self.layers)

    def totals(self) -> Json:
        """The sums over all layers as a file holds them, that of the neurons included."""
        neurons = sum(layer.neurons for layer in self.layers)
        return {"neurons": neurons, **self.counters.to_dict()}

    def to_dict(self) -> Json:
        """The phase's entry in profile.json."""
        layers = [layer.to_dict() for layer in self.layers]
        return {"frames": self.frames, "layers": layers, "totals": self.totals()}


@dataclass(frozen=True, slots=True)
class EventCounts:
    """The counts of a whole session, by phase. `a + b` equals counting both at once, exactly."""

    phases: dict[str, PhaseCounts] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: Iterable[PhaseCounts]) -> "EventCounts":
        """Collects phases; several of the same name are added."""
        phases: dict[str, PhaseCounts] = {}
        for counted in counts:
            earlier = phases.get(counted.phase)
            phases[counted.phase] = counted if earlier is None else earlier + counted
        return cls(phases)

    def __add__(self, other: "EventCounts") -> "EventCounts":
        return self.of([*self.phases.values(), *other.phases.values()])

    def merge(self, other: "EventCounts") -> "EventCounts":
        """The same as `self + other`."""
        return self + other

    def to_dict(self) -> Json:
        """The contract of profile.json: {"phases": {phase: {"frames", "layers", "totals"}}}."""
        return {"phases": {name: phase.to_dict() for name, phase in self.phases.items()}}


def alarms(counts: EventCounts) -> tuple[str, ...]:
    """Says in a sentence each which end of the network is silent and which layer never fired."""
    return tuple(
        alarm for phase in counts.phases.values() if phase.frames for alarm in _phase_alarms(phase)
    )


def _phase_alarms(phase: PhaseCounts) -> list[str]:
    where = f"phase '{phase.phase}', {phase.frames} frames"
    sentences: list[str] = []
    for layer in phase.layers:
        if layer.side == "input" and _is_silent(layer):
            sentences.append(
                f"{where}: the network's input is silent at '{layer.name}' ({layer.kind})"
            )
    for layer in phase.layers:
        if layer.kind == "neuron" and layer.messages == 0:
            end = "the network's output side is silent: " if layer.side == "output" else ""
            sentences.append(f"{where}: {end}layer '{layer.name}' never fired")
    return sentences


def _is_silent(layer: LayerCounts) -> bool:
    if layer.kind in ("rgb_conv", "dense_conv"):
        return layer.macs_inside_borders > 0 and layer.effective_macs == 0
    return layer.outputs > 0 and layer.messages == 0
