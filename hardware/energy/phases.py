"""Questions that price lists ask of a counted phase: which layers do spikes drive, which do not."""

from collections.abc import Mapping

from spiketrack.counts.profile import CountedLayer, CountedPhase, PhaseName, Profile
from spiketrack.errors import ReportError

REAL_KINDS = ("rgb_conv", "dense_conv")
"""Layers that multiply real values; every other layer with dense MACs is driven by spikes."""
MAIN_PHASES: Mapping[PhaseName, str] = {"track": "tracked frame", "run": "sample"}
"""Phases that energies are given for, and what one frame of them is called."""


def main_phase(profile: Profile) -> CountedPhase:
    """Returns the track phase of a tracker, or the run phase of any other network.

    Args:
        profile: a checked profile.

    Raises:
        ReportError: the profile has neither, so there is nothing to give energies per frame of.
    """
    for name in MAIN_PHASES:
        phase = profile.phase(name)
        if phase is not None and phase.layers:
            return phase
    raise ReportError(
        "profile",
        needed="a track phase with at least one frame and one layer, or a run phase",
        found="none",
        advice="Profile at least two frames: the first one only sets the template.",
    )


def real_macs(layer: CountedLayer) -> int:
    """Returns the dense (or else true) MACs of a layer that reads real values; 0 for others."""
    if layer.kind not in REAL_KINDS:
        return 0
    return layer.counters.dense_macs or layer.counters.true_macs


def gate_macs(phase: CountedPhase) -> int:
    """Sums the true MACs of the channel gate's weighted sum, for which the formula has no term."""
    return sum(layer.counters.true_macs for layer in phase.layers if not real_macs(layer))


def spiking_layers(phase: CountedPhase) -> tuple[CountedLayer, ...]:
    """Returns the layers whose weights or memories are driven by spikes."""
    return tuple(
        layer
        for layer in phase.layers
        if layer.counters.dense_macs and layer.kind not in REAL_KINDS
    )
