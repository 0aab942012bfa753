"""Batch normalisation that learns, under the names of the frozen one.

The official code trains with the backbone's normalisation frozen, since its backbone comes with
pretrained statistics. From scratch there are none, so every normalisation of the network learns
here; the state dict keeps the official names and opens as an official checkpoint.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spiketrack.network import SpikeTrackNetwork, Variant, random_checkpoint, state_shapes
from spiketrack.network.blocks import BN_EPS, FrozenBatchNorm

RARE_SCORE = 0.06
"""What the untrained head says of every cell, so that the empty ones do not drown the rest."""


NORMALISED = re.compile(r"^(?!.*(conv5_|gate\.|pos_embed))")
"""Kernels with a normalisation behind them."""

INITIAL_SHRINK = 4.0
"""Divides those kernels. A normalisation undoes it, but a step of AdamW, whose size does not depend
on the kernel's, turns a smaller kernel further."""


class LiveBatchNorm(_BatchNorm):
    """torch's batch normalisation of any rank, with the parameters of a frozen one."""

    def __init__(self, frozen: FrozenBatchNorm) -> None:
        """Starts from the frozen one's values."""
        super().__init__(len(frozen.weight), eps=BN_EPS)
        values = frozen.state_dict()
        self.load_state_dict(values | {"num_batches_tracked": torch.tensor(0)})

    def _check_input_dim(self, x: Tensor) -> None:
        """Any rank will do."""


def trainable_network(variant: Variant, state: Mapping[str, Tensor]) -> SpikeTrackNetwork:
    """A network in training mode whose every normalisation learns.

    Args:
        variant: its sizes.
        state: official names and shapes.
    """
    network = SpikeTrackNetwork(variant)
    network.load_state_dict(state)
    _thaw(network)
    return network.train()


def first_weights(variant: Variant, seed: int) -> dict[str, Tensor]:
    """Where training from scratch starts: all layers fire, scores are low, offsets in mid-cell."""
    state = random_checkpoint(variant, seed)
    for key, value in state.items():
        if value.dim() > 2 and NORMALISED.search(key):
            state[key] = value / INITIAL_SHRINK
    logit = torch.logit(torch.tensor(RARE_SCORE))
    state["decoder.conv5_ctr.bias"] = torch.full_like(state["decoder.conv5_ctr.bias"], float(logit))
    state["decoder.conv5_ctr.weight"] *= 0.1
    state["decoder.conv5_size.weight"] *= 0.1
    state["decoder.conv5_offset.weight"] *= 0.1
    state["decoder.conv5_offset.bias"] = torch.full_like(state["decoder.conv5_offset.bias"], 0.5)
    return state


def official_state(state: Mapping[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    """The tensors of an official checkpoint out of a trainable network's, cloned."""
    return {key: state[key].detach().clone() for key in state_shapes(variant)}


def _thaw(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, FrozenBatchNorm):
            setattr(module, name, LiveBatchNorm(child))
        else:
            _thaw(child)
