"""Which layers a chip computes with stock neurons, which need microcode, and which it cannot."""

from collections.abc import Mapping
from typing import Literal

from hardware.mapping.populations import Network, Population
from hardware.stock.not_stock import NodePlace
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
_GRADED_KINDS = ("sigma", "delta", "relu")


def runs_on(
    network: Network,
    population: Population,
    target: Target,
    places: Mapping[str, NodePlace] | None = None,
) -> tuple[RunsOn, str]:
    """Where a layer runs, and why not with stock neurons.

    A layer is stock if all its nodes are, as `places` says of them; of a float graph, which has
    none, the kind of layer decides. On a chip with binary spikes a stateless NI-LIF is D
    compartments in thermometer order. A layer that the chip cannot compute is counted as if it
    could.
    """
    if not population.is_on_chip:
        return "host", _HOSTED[population.kind]
    if places is None:
        reasons = _by_kind(network, population, target)
    else:
        is_graded = target.has("graded_spikes")
        found = [places[name] for name in population.nodes if name in places]
        reasons = [one.graded if is_graded else one.binary for one in found]
    if not target.has("graded_spikes"):
        reasons += _of_binary_spikes(network, population)
    if not any(reasons):
        return "stock", ""
    where: RunsOn = "microcode" if target.has("microcode") else "not on this chip"
    return where, "; ".join(dict.fromkeys(filter(None, reasons)))


def _by_kind(network: Network, population: Population, target: Target) -> list[str]:
    into = network.into[population.index]
    found = [_PRODUCTS[kind] for kind in dict.fromkeys(link.kind for link in into)
             if kind in _PRODUCTS]  # fmt: skip
    if not target.has("graded_spikes"):
        needs_state = "state and several levels together cannot be unrolled"
        return [*found, needs_state] if population.needs_binary_state else found
    if population.levels > 1:
        found.append("an NI-LIF neuron with graded spikes")
    if _sends_membranes(network, population):
        found.append("a membrane is sent, and a stock neuron sends spikes")
    if population.needs_microcode and not found:
        found.append("an update that no stock neuron has")
    return found


def _of_binary_spikes(network: Network, population: Population) -> list[str]:
    found = []
    if _sends_membranes(network, population):
        found.append("a membrane is sent, and spikes here are binary")
    if population.kind in _GRADED_KINDS:
        found.append("its spikes are graded, and spikes here are binary")
    return found


def _sends_membranes(network: Network, population: Population) -> bool:
    """Whether a layer on the chip reads its membrane."""
    out = network.out_of[population.index]
    return any(link.port == "stream" and network.populations[link.target].is_on_chip
               for link in out)  # fmt: skip
