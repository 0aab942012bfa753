"""A price on spikes: the mean integer of the network, each layer weighted by the work it causes.

A spike costs one operation for every weight that it meets. So the mean integer of a neuron layer is
weighted by the dense MACs that read the layer in one tracked frame; times the mean integer these
are its SynOps (unary, but for borders). Products of spikes with memories and the gate are left out.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from conversion.from_network import float_graphs
from simulation.counting.connections import operand_of
from simulation.counting.layer_costs import frame_costs
from spiketrack.graph.float_nodes import FloatConv
from spiketrack.network import SpikeTrackNetwork, Variant
from spiketrack.network.neuron import NILIF
from spiketrack.training.first_weights import first_weights


def driven_macs(variant: Variant) -> dict[str, int]:
    """Dense MACs of one tracked frame that read the spikes of each neuron layer.

    Layers go by the name of their module; a module's second call in a frame has "@1" behind it.
    """
    weights = {key: value.numpy() for key, value in first_weights(variant, 0).items()}
    graph = float_graphs(weights, variant)["search"]
    macs: dict[str, int] = {}
    for node in graph:
        if isinstance(node, FloatConv):
            operand, costs = operand_of(graph, node), frame_costs(node, graph)
            if operand.kind == "spikes" and costs is not None:
                for root in operand.roots:
                    macs[root] = macs.get(root, 0) + costs.dense_macs
    return macs


class RateMeter:
    """Watches the neurons of a network in every forward pass that follows.

    Args:
        network: whose neurons.
        macs: weight of every layer, of `driven_macs`; layers without one are not watched.
    """

    def __init__(self, network: SpikeTrackNetwork, macs: Mapping[str, int]) -> None:
        self._network, self._macs = network, macs
        self._calls: dict[str, int] = {}
        self._means: dict[str, Tensor] = {}
        for path, layer in network.named_modules():
            if isinstance(layer, NILIF):
                layer.register_forward_hook(self._hook(path))

    def take(self) -> Tensor:
        """The weighted mean integer since the last call, from 0 to D, with its gradient.

        sum over layers of macs x mean integer, divided by the sum of their macs.
        """
        found = weighted_mean(self._means, self._macs)
        self._means, self._calls = {}, {}
        return found

    def _hook(self, path: str) -> Any:
        def note(layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
            # Why: separate templates run once for many frames.
            if self._network.branch == "template" or not isinstance(layer, NILIF):
                return
            index = self._calls.get(path, 0)
            self._calls[path] = index + 1
            name = f"{path}@{index}" if index else path
            if name in self._macs:
                self._means[name] = layer.max_spike * output.mean()

        return note


def weighted_mean(means: Mapping[str, Tensor], macs: Mapping[str, int]) -> Tensor:
    """Means by name, each weighted by its MACs.

    Raises:
        KeyError: a layer with MACs has no mean.
    """
    total = float(sum(macs.values()))
    return torch.stack([means[name] * (count / total) for name, count in macs.items()]).sum()
