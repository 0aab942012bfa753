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
from spiketrack.network.random_weights import RESIDUAL_END

RARE_SCORE = 0.06
"""What the untrained head says of every cell, so that the empty ones do not drown the rest."""


NORMALISED = re.compile(r"^(?!.*(conv5_|gate\.|pos_embed))")
"""Kernels with a normalisation behind them."""

AFFINE = re.compile(r"\.(weight|bias)$")

INITIAL_SHRINK = 4.0
"""Divides those kernels. A normalisation undoes it, but a step of AdamW, whose size does not depend
on the kernel's, turns a smaller kernel further."""

BRANCH_GAIN = 0.3
"""Times the gain and offset at the end of a branch."""

CURRENT_GAIN = 1.6
"""Times the gain and offset of every other normalisation."""

CURRENT_OFFSET = 0.4
"""Added to the offset of every other normalisation."""


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
    """Where training from scratch starts: all layers fire, branches whisper, scores are low.

    Why: a neuron rounds to whole spikes, so currents of unit spread drown in rounding, layer after
    layer, until nothing of the picture is left to learn from. Wider ones, most of them inside the
    range 0..D, keep it; and branches that add little to their shortcut make a deep network start as
    the shallow one of its shortcuts.
    """
    state = random_checkpoint(variant, seed)
    for key, value in state.items():
        if value.dim() > 2 and NORMALISED.search(key):
            state[key] = value / INITIAL_SHRINK
        elif f"{key.rpartition('.')[0]}.running_var" in state and key.endswith(
            (".weight", ".bias")
        ):
            is_end = RESIDUAL_END.search(key.replace(".bias", ".weight"))
            factor = BRANCH_GAIN if is_end else CURRENT_GAIN
            offset = CURRENT_OFFSET if key.endswith(".bias") and not is_end else 0.0
            state[key] = value * factor + offset
    head = "decoder.conv5"
    low = float(torch.logit(torch.tensor(RARE_SCORE)))
    for tower in ("ctr", "size", "offset"):
        state[f"{head}_{tower}.weight"] = state[f"{head}_{tower}.weight"] * 0.1
    state[f"{head}_ctr.bias"] = torch.full((1,), low)
    state[f"{head}_offset.bias"] = torch.full((2,), 0.5)
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
