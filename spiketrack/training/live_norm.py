"""Batch normalisation that learns, under the names of the frozen one.

The official code trains with the backbone's normalisation frozen, since its backbone comes with
pretrained statistics. From scratch there are none, so every normalisation of the network learns
then; a run that starts from a checkpoint does as the official code does. Either way the state dict
keeps the official names and opens as an official checkpoint.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spiketrack.network import SpikeTrackNetwork, Variant, state_shapes
from spiketrack.network.blocks import BN_EPS, FrozenBatchNorm


class LiveBatchNorm(_BatchNorm):
    """torch's batch normalisation of any rank, with the parameters of a frozen one."""

    def __init__(self, frozen: FrozenBatchNorm) -> None:
        """Starts from the frozen one's values."""
        super().__init__(len(frozen.weight), eps=BN_EPS)
        values = frozen.state_dict()
        self.load_state_dict(values | {"num_batches_tracked": torch.tensor(0)})

    def _check_input_dim(self, x: Tensor) -> None:
        """Any rank will do."""


def trainable_network(
    variant: Variant, state: Mapping[str, Tensor], *, frozen_backbone: bool = False
) -> SpikeTrackNetwork:
    """A network in training mode.

    Args:
        variant: its sizes.
        state: official names and shapes.
        frozen_backbone: keep the backbone's normalisation as `state` has it; else all of it learns.
    """
    network = SpikeTrackNetwork(variant)
    network.load_state_dict(state)
    if not frozen_backbone:
        _thaw(network)
    return network.train()


def official_state(state: Mapping[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    """The tensors of an official checkpoint out of a trainable network's, cloned."""
    return {key: state[key].detach().clone() for key in state_shapes(variant)}


def _thaw(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, FrozenBatchNorm):
            setattr(module, name, LiveBatchNorm(child))
        else:
            _thaw(child)
