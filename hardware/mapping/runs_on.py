"""Which layers a chip computes with stock neurons, which need microcode, and which it cannot."""

from typing import Literal

from hardware.mapping.populations import Network, Population
from hardware.target import Target

RunsOn = Literal["host", "stock", "microcode", "not on this chip"]
_PRODUCTS = {
    "memory_read": "a product of spikes with a memory (q M)",
    "memory_write": "a product of spikes with spikes (k^T v)",
    "gate": "a softmax gate over steps",
    "pool": "pooling of membranes",
    "upsample": "interpolation of membranes",
}
_GRADED_KINDS = ("sigma", "delta", "relu")


def runs_on(network: Network, population: Population, target: Target) -> tuple[RunsOn, str]:
    """Where a layer runs, and why not with stock neurons.

    Stock on a chip with graded spikes: CUBA-LIF, LI, sigma, delta, rectifier and threshold behind
    convolutions. On a chip with binary spikes a stateless NI-LIF is stock too: D compartments in
    thermometer order. A layer that the chip cannot compute is counted as if it could.
    """
    if not population.is_on_chip:
        return "host", "values enter here"
    reasons = _reasons(network, population, target)
    if not reasons:
        return "stock", ""
    where: RunsOn = "microcode" if target.has("microcode") else "not on this chip"
    return where, "; ".join(reasons)


def _reasons(network: Network, population: Population, target: Target) -> list[str]:
    into = network.into[population.index]
    found = [_PRODUCTS[kind] for kind in dict.fromkeys(link.kind for link in into)
             if kind in _PRODUCTS]  # fmt: skip
    if not target.has("graded_spikes"):
        if any(link.port == "stream" for link in network.out_of[population.index]):
            found.append("a membrane is sent, and spikes here are binary")
        if population.needs_binary_state:
            found.append("state and several levels together cannot be unrolled")
        if population.kind in _GRADED_KINDS:
            found.append("its spikes are graded, and spikes here are binary")
    elif population.levels > 1:
        found.append("an NI-LIF neuron with graded spikes")
    if population.needs_microcode and not found and target.has("graded_spikes"):
        found.append("an update that no stock neuron has")
    return found
