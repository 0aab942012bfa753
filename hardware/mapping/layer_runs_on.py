"""Which layers a chip computes with stock neurons, which need microcode, and which it cannot."""

from collections.abc import Mapping
from typing import Literal

from hardware.mapping.populations import Network, Population
from hardware.stock.not_stock import NotStock
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
    reasons: Mapping[str, NotStock] | None = None,
) -> tuple[RunsOn, str]:
    """Where a layer runs, and why not with stock neurons.

    A layer is stock if all its nodes are, as `reasons` says of them; of a float graph, which has
    none, the kind of layer decides. On a chip with binary spikes a stateless NI-LIF is D
    compartments in thermometer order. A layer that the chip cannot compute is counted as if it
    could.
    """
    if not population.is_on_chip:
        return "host", _HOSTED[population.kind]
    if reasons is None:
        words = _by_kind(network, population, target)
    else:
        is_graded = target.has("graded_spikes")
        of_nodes = [reasons[name] for name in population.nodes if name in reasons]
        words = [reason.graded if is_graded else reason.binary for reason in of_nodes]
    if not target.has("graded_spikes"):
        words += _of_binary_spikes(network, population)
    if not any(words):
        return "stock", ""
    where: RunsOn = "microcode" if target.has("microcode") else "not on this chip"
    return where, "; ".join(dict.fromkeys(filter(None, words)))


def _by_kind(network: Network, population: Population, target: Target) -> list[str]:
    into = network.into[population.index]
    kinds = dict.fromkeys(link.kind for link in into)
    words = [_PRODUCTS[kind] for kind in kinds if kind in _PRODUCTS]
    if not target.has("graded_spikes"):
        needs_state = "state and several levels together cannot be unrolled"
        return [*words, needs_state] if population.needs_binary_state else words
    if population.levels > 1:
        words.append("an NI-LIF neuron with graded spikes")
    if _sends_membranes(network, population):
        words.append("a membrane is sent, and a stock neuron sends spikes")
    if population.needs_microcode and not words:
        words.append("an update that no stock neuron has")
    return words


def _of_binary_spikes(network: Network, population: Population) -> list[str]:
    words = []
    if _sends_membranes(network, population):
        words.append("a membrane is sent, and spikes here are binary")
    if population.kind in _GRADED_KINDS:
        words.append("its spikes are graded, and spikes here are binary")
    return words


def _sends_membranes(network: Network, population: Population) -> bool:
    """Whether a layer on the chip reads its membrane."""
    out = network.out_of[population.index]
    return any(link.port == "stream" and network.populations[link.target].is_on_chip
               for link in out)  # fmt: skip
