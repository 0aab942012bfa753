"""How busy the network is: messages and SynOps per frame, measured by a profile or assumed.

Convention: one message is one non-zero graded spike, or one binary spike where spikes are unrolled;
a membrane sent to a residual sum is one message per neuron and step. One SynOp is one weight met by
one message, inside the borders; a layer on pixels counts its true MACs. Within a layer messages are
taken as spread evenly: a profile has one number per layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware.mapping.populations import Link, Network, Population, Port
from hardware.mapping.reach import Float64, Int64
from hardware.target import Target
from spiketrack.constants import Constant
from spiketrack.counts.profile import CountedLayer, PhaseName, Profile
from spiketrack.errors import MappingError

ASSUMED_RATE = Constant(
    0.25, "messages per neuron and step", "assumed: about what random SpikeTrack networks send", "A"
)
ASSUMED_UNARY_RATE = Constant(
    0.35, "binary spikes per neuron and step", "assumed: a message stands for 1.4 on average", "A"
)


@dataclass(frozen=True, slots=True)
class Activity:
    """Messages and SynOps of one frame.

    Attributes:
        source: where the numbers come from, for the report.
        is_measured: from a profile.
        rates: per population, spikes sent per neuron and step.
        synops: per link, synaptic operations.
    """

    source: str
    is_measured: bool
    rates: tuple[float, ...]
    synops: tuple[int, ...]

    def messages(self, network: Network, link: Link) -> float:
        """Messages per source neuron and frame along a link."""
        if not link.every_frame:
            return 0.0
        return self.sent(network.populations[link.source], link.port, link.n_steps)

    def sent(self, source: Population, port: Port, n_steps: int) -> float:
        """Messages per neuron of a population in so many steps: of a membrane, one in each."""
        is_dense = port == "stream" or not source.is_on_chip
        return n_steps * (1.0 if is_dense else self.rates[source.index])

    def population_synops(self, network: Network) -> Int64:
        """SynOps that arrive at each population in one frame."""
        total = np.zeros(len(network.populations), np.int64)
        for link, synops in zip(network.links, self.synops, strict=True):
            total[link.target] += synops
        return total

    def step_synops(self, network: Network) -> Float64:
        """SynOps that arrive at each population in a step, the mean over the T steps of a frame."""
        steps = np.array([one.n_steps for one in network.populations], np.float64)
        return self.population_synops(network) / steps


def assumed_activity(network: Network, target: Target) -> Activity:
    """Assumes one rate of spikes for all neurons, where there is no profile."""
    chosen = ASSUMED_RATE if target.has("graded_spikes") else ASSUMED_UNARY_RATE
    rates = tuple(chosen.value for _ in network.populations)
    synops = tuple(int(round(_synops(network, link, rates))) for link in network.links)
    source = f"{chosen.value} {chosen.unit} ({chosen.source})"
    return Activity(source, False, rates, synops)


def measured_activity(
    network: Network, target: Target, profile: Profile, phase: PhaseName
) -> Activity:
    """Mean counts of the frames of one phase.

    Args:
        network: of the graph that was profiled.
        target: graded spikes or unrolled ones.
        profile: the counts.
        phase: which phase of it.

    Raises:
        MappingError: the profile has no such phase, no frames in it, or lacks a layer.
    """
    counted_phase = profile.phase(phase)
    if counted_phase is None:
        known = ", ".join(profile.phases) or "none"
        raise MappingError(f"profile, phase '{phase}'", "at least one frame", f"phases {known}")
    frames = counted_phase.frames
    layers = {layer.name: layer for layer in counted_phase.layers}
    graded = target.has("graded_spikes")
    rates = tuple(_rate(one, layers, frames, graded) for one in network.populations)
    synops = []
    for link in network.links:
        layer = layers.get(link.node)
        if link.kind in ("conv", "memory_read") and layer is None:
            raise MappingError("profile", f"a layer '{link.node}'", "none: of another model?")
        counted = _counted(layer, graded) / frames if layer and _is_counted(link) else None
        synops.append(int(round(_synops(network, link, rates) if counted is None else counted)))
    source = f"mean of {frames} frames, phase '{phase}' of a profile"
    return Activity(source, True, rates, tuple(synops))


def _is_counted(link: Link) -> bool:
    """Whether a profile has SynOps of this connection (of k^T v in one of its two links)."""
    return link.kind in ("conv", "memory_read") or (link.kind == "memory_write" and link.macs > 0)


def _counted(layer: CountedLayer, graded: bool) -> int:
    counters = layer.counters
    return (counters.graded if graded else counters.unary) or counters.true_macs


def _rate(
    population: Population, layers: Mapping[str, CountedLayer], frames: int, graded: bool
) -> float:
    if not population.spike_node or not population.is_on_chip:
        return 1.0
    layer = layers.get(population.spike_node)
    if layer is None:
        needed = f"a layer '{population.spike_node}'"
        raise MappingError("profile", needed, "none: of another model?")
    sent = layer.counters.messages if graded else layer.counters.unary_messages
    return sent / (frames * population.neurons * population.n_steps)


def _synops(network: Network, link: Link, rates: tuple[float, ...]) -> float:
    source = network.populations[link.source]
    is_dense = link.port == "stream" or not source.is_on_chip
    return link.macs * (1.0 if is_dense else rates[link.source])
