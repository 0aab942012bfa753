"""A read-only view of the phases of a profile: frames, layers and totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hardware.energy.model import count_of
from spiketrack.errors import ReportError

REAL_KINDS = ("rgb_conv", "dense_conv")
"""Layers that multiply real values; every other layer with dense MACs is driven by spikes."""
PHASES = ("init", "track", "update", "run")
"""What a tracker does with its frames, and "run": any other network, a frame for every sample."""
MAIN_PHASES = {"track": "tracked frame", "run": "sample"}
"""Phases that energies are given for, and what one frame of them is called."""
COUNTERS = (
    "dense_macs",
    "neurons",
    "events",
    "unary_spikes",
    "inputs",
    "synops.graded",
    "synops.unary",
    "synops.all_weights",
    "synops.unary_all_weights",
    "synops.rate_x_dense",
    "effective_acs",
    "effective_macs",
    "true_macs",
    "neuron_updates",
    "membrane_adds",
    "rescale_multiplies",
    "host_flops",
    "memory.weight_reads",
    "memory.weight_bytes_read",
    "memory.state_reads",
    "memory.state_writes",
    "memory.state_bytes",
    "memory.messages",
    "memory.message_bytes",
)
"""Every summed counter of a layer, as dotted keys; `neurons` alone does not grow with frames."""

Counts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase: `layers` and `totals` are integers summed over `frames`."""

    name: str
    frames: int
    layers: tuple[Counts, ...]
    totals: Counts


def phase_of(profile: Mapping[str, Any], name: str) -> Phase | None:
    """The phase of that name, or None where it never ran (absent, or zero frames)."""
    raw = profile.get("phases", {}).get(name)
    if not raw or not raw.get("frames"):
        return None
    layers = tuple(raw.get("layers", ()))
    return Phase(name=name, frames=int(raw["frames"]), layers=layers, totals=sum_counts(layers))


def main_phase(profile: Mapping[str, Any]) -> Phase:
    """The track phase of a tracker, or the run phase of any other network.

    Raises:
        ReportError: the profile has neither, so there is nothing to give energies per frame of.
    """
    for name in MAIN_PHASES:
        phase = phase_of(profile, name)
        if phase is not None and phase.layers:
            return phase
    raise ReportError(
        "profile",
        needed="a track phase with at least one frame and one layer, or a run phase",
        found="none",
        advice="Profile at least two frames: the first one only sets the template.",
    )


def sum_counts(layers: Sequence[Counts]) -> dict[str, Any]:
    """Sum every counter over layers, nested like a layer."""
    totals: dict[str, Any] = {}
    for counter in COUNTERS:
        value = sum(count_of(layer, counter) for layer in layers)
        group, _, key = counter.rpartition(".")
        if group:
            totals.setdefault(group, {})[key] = value
        else:
            totals[counter] = value
    return totals


def steps_of(layer: Counts) -> int:
    """How many steps the layer runs in one frame (1, or T inside the retrieval modules)."""
    return max(1, count_of(layer, "n_steps"))


def real_macs(layer: Counts) -> int:
    """Dense MACs of a layer fed by real values such as RGB (else its true ones); 0 for others."""
    if layer.get("kind") not in REAL_KINDS:
        return 0
    return count_of(layer, "dense_macs") or count_of(layer, "true_macs")


def gate_macs(phase: Phase) -> int:
    """True MACs outside layers of real values: the gate's weighted sum, which no formula has."""
    return sum(count_of(one, "true_macs") for one in phase.layers if not real_macs(one))


def spiking_layers(phase: Phase) -> tuple[Counts, ...]:
    """The layers whose weights (or memories) are driven by spikes."""
    return tuple(
        one
        for one in phase.layers
        if count_of(one, "dense_macs") and one.get("kind") not in REAL_KINDS
    )
