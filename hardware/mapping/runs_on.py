"""Which layers a chip computes with stock neurons, which need microcode, and which it cannot."""

from collections.abc import Mapping
from typing import Literal

from hardware.mapping.node_places import NodePlace
from hardware.mapping.populations import Link, Network, Population
from hardware.target import Target

_HOSTED = {
    "input": "values enter here",
    "gate": "exponentials and a division (softmax over steps)",
}
RunsOn = Literal["host", "stock", "microcode", "not on this chip"]
_PRODUCTS = {
    "memory_read": "a product of spikes with a memory (q M)",
    "memory_write": "a product of spikes with spikes (k^T v)",
    "pool": "pooling of membranes",
    "upsample": "interpolation of membranes",
}
_WORDS: tuple[RunsOn, ...] = ("stock", "microcode", "host")
_GRADED_KINDS = ("sigma", "delta", "relu")


def runs_on(
    network: Network,
    population: Population,
    target: Target,
    places: Mapping[str, NodePlace] | None = None,
) -> tuple[RunsOn, str]:
    """Where a layer runs, and why not with stock neurons.

    On a chip with graded spikes and microcode a layer needs what the hardest of its nodes needs, as
    `places` says; without them (a float graph) its kind decides: stock are CUBA-LIF, LI, sigma,
    delta, rectifier and threshold behind convolutions. On a chip with binary spikes a stateless
    NI-LIF is stock too: D compartments in thermometer order. A layer that the chip cannot compute
    is counted as if it could.
    """
    if not population.is_on_chip:
        return "host", _HOSTED[population.kind]
    if places is not None and target.has("graded_spikes") and target.has("microcode"):
        return _by_nodes(population, places)
    reasons = _reasons(network, population, target)
    if not reasons:
        return "stock", ""
    where: RunsOn = "microcode" if target.has("microcode") else "not on this chip"
    return where, "; ".join(reasons)


def _by_nodes(population: Population, places: Mapping[str, NodePlace]) -> tuple[RunsOn, str]:
    found = [places[name] for name in population.nodes if name in places]
    hardest = max((place.hardness for place in found), default=0)
    reasons = [place.why for place in found if place.hardness == hardest > 0]
    return _WORDS[hardest], "; ".join(dict.fromkeys(reasons))


def _reasons(network: Network, population: Population, target: Target) -> list[str]:
    into = network.into[population.index]
    found = [_PRODUCTS[kind] for kind in dict.fromkeys(link.kind for link in into)
             if kind in _PRODUCTS]  # fmt: skip
    if not target.has("graded_spikes"):
        if any(
            link.port == "stream" for link in _inside(network, network.out_of[population.index])
        ):
            found.append("a membrane is sent, and spikes here are binary")
        if population.needs_binary_state:
            found.append("state and several levels together cannot be unrolled")
        if population.kind in _GRADED_KINDS:
            found.append("its spikes are graded, and spikes here are binary")
        return found
    if population.levels > 1:
        found.append("an NI-LIF neuron with graded spikes")
    if any(link.port == "stream" for link in _inside(network, network.out_of[population.index])):
        found.append("a membrane is sent, and a stock neuron sends spikes")
    if population.needs_microcode and not found:
        found.append("an update that no stock neuron has")
    return found


def _inside(network: Network, links: list[Link]) -> list[Link]:
    """Links that end on the chip."""
    return [link for link in links if network.populations[link.target].is_on_chip]
