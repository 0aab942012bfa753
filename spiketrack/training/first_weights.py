"""Where training from scratch starts.

Why not the layers' own defaults: a neuron rounds to whole spikes, so currents of unit spread drown
in rounding, layer after layer, until nothing of the picture is left to learn from. Here currents
are wider, most of them inside the range 0..D; branches add little to their shortcuts, so that a
deep network starts as the shallow one of its shortcuts; what comes back from the memories is loud
enough to be heard; and positions are told, the target's place in the template above all.
"""

import math
import re

import numpy as np
import torch
from torch import Tensor

from spiketrack.network import Variant, random_checkpoint
from spiketrack.network.random_weights import RESIDUAL_END

RARE_SCORE = 0.06
"""What the untrained head says of every cell, so that the empty ones do not drown the rest."""

NORMALISED = re.compile(r"^(?!.*(conv5_|gate\.|pos_embed))")
"""Kernels with a normalisation behind them."""

AFFINE = re.compile(r"\.(weight|bias)$")

RETRIEVED = re.compile(r"\.retriever\.proj_conv\.1\.")
"""The normalisation of what a memory gives back."""

INITIAL_SHRINK = 4.0
"""Divides those kernels. A normalisation undoes it, but a step of AdamW, whose size does not depend
on the kernel's, turns a smaller kernel further."""

BRANCH_GAIN = 0.3
"""Times the gain and offset at the end of a branch."""

RETRIEVED_GAIN = 2.0
"""Times those of what a memory gives back."""

CURRENT_GAIN = 1.6
"""Times the gain and offset of every other normalisation."""

CURRENT_OFFSET = 0.4
"""Added to the offset of every other normalisation."""

MARK = 2.0
"""Height of the hill that marks the target in the template's positional tables."""

MARK_WIDTH = 0.15
"""Standard deviation of that hill, share of the crop's side; the target's side is a quarter."""


def first_weights(variant: Variant, seed: int) -> dict[str, Tensor]:
    """A complete, deterministic state dict for `variant`, healthier than a random checkpoint.

    Args:
        variant: its sizes.
        seed: any integer from 0.
    """
    state = random_checkpoint(variant, seed)
    for key, value in state.items():
        if "pos_embed" in key:
            state[key] = _positions(key, value)
        elif value.dim() > 2 and NORMALISED.search(key):
            state[key] = value / INITIAL_SHRINK
        elif AFFINE.search(key) and AFFINE.sub(".running_var", key) in state:
            state[key] = _current(key, value)
    head = "decoder.conv5"
    low = float(torch.logit(torch.tensor(RARE_SCORE)))
    for tower in ("ctr", "size", "offset"):
        state[f"{head}_{tower}.weight"] = state[f"{head}_{tower}.weight"] * 0.1
    state[f"{head}_ctr.bias"] = torch.full((1,), low)
    state[f"{head}_offset.bias"] = torch.full((2,), 0.5)
    return state


def _current(key: str, value: Tensor) -> Tensor:
    """Gain or offset of a normalisation."""
    if RETRIEVED.search(key):
        return value * RETRIEVED_GAIN
    if RESIDUAL_END.search(AFFINE.sub(".weight", key)):
        return value * BRANCH_GAIN
    return value * CURRENT_GAIN + (CURRENT_OFFSET if key.endswith(".bias") else 0.0)


def _positions(key: str, table: Tensor) -> Tensor:
    """Sines and cosines of row and column, and for templates a hill in the middle, (1, C, N).

    Channel c speaks of the column if c is even, else of the row; frequencies rise by halves.
    """
    _, channels, cells = table.shape
    grid = math.isqrt(cells)
    rows, columns = np.divmod(np.arange(cells), grid)
    code = np.empty((channels, cells))
    for c in range(channels):
        place = (columns if c % 2 == 0 else rows) / grid
        angle = math.pi * (1 + (c // 4) % 4) * place
        code[c] = np.sin(angle) if (c // 2) % 2 == 0 else np.cos(angle)
    if "t_pos_embeds" in key:
        away = ((rows + 0.5) / grid - 0.5) ** 2 + ((columns + 0.5) / grid - 0.5) ** 2
        signs = np.where(table[0].mean(dim=1).numpy() > 0, 1.0, -1.0)
        code += MARK * signs[:, None] * np.exp(-away / (2 * MARK_WIDTH**2))
    return torch.from_numpy(code.astype(np.float32))[None]
