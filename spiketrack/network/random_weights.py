"""Healthy weights without training: all layers fire, none saturates, the box keeps its size.

For people who have no trained checkpoint, and for tests. No data is needed: each tensor is drawn
from its own generator, seeded by (seed, crc32 of its name), so the result depends on neither
threads nor order. How rates stay sane: normalised spikes have a mean square near 1/16, so a
convolution of standard deviation 4 / sqrt(fan-in) gives currents near unit variance, and batch norm
adds a spread of gains and offsets.
"""

import math
import re
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from spiketrack.network.network import state_shapes
from spiketrack.network.neuron import INITIAL_DECAY
from spiketrack.network.variants import Variant, find_variant

Shapes = Mapping[str, tuple[int, ...]]

SPIKE_GAIN = 4.0
"""Inverse root mean square of a normalised spike: the gain that gives unit variance."""

GAINS = (
    (re.compile(r"downsample1_1\."), 0.7),  # sees normalised pixels, not spikes
    (re.compile(r"conv5_ctr"), 2.0),
    (re.compile(r"conv5_offset"), 1.0),
    (re.compile(r"conv5_size"), 0.5),
    (re.compile(r"gate\.mlp\.2"), 6.0),
    (re.compile(r"proj_conv"), 3.0),
)
"""Convolutions whose gain differs from SPIKE_GAIN."""

RESIDUAL_END = re.compile(r"(\.pwconv2\.1|\.bn2|\.proj_conv\.1|\.fc2_bn)\.weight$")
"""The last gain of a residual branch, kept small so that streams do not grow block by block."""

ATTENTION_BIAS = re.compile(r"^(?P<attention>.*)\.[qkv]_conv\.1\.bias$")

MEMORY_BOOSTS = (
    (re.compile(r"\.mrm\.[01]\."), 0.6),  # the narrowest heads, behind the strongest pooling
    (re.compile(r"\.mrm\."), 0.2),
)
"""Extra bias of q, k and v in the memory modules, first match."""

SIZE_LOGIT = math.log(0.25 / 0.75)
"""The crop is four boxes wide, so a size share of 1/4 keeps the box as it is."""


def random_checkpoint(variant: str | Variant, seed: int = 0) -> dict[str, torch.Tensor]:
    """A complete, deterministic state dict for `variant`.

    Args:
        variant: name or `Variant`.
        seed: any integer from 0; other seeds give other weights.

    Raises:
        ValueError: no variant has that name, or the seed is negative.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, found {seed}")
    chosen = find_variant(variant)
    shapes = state_shapes(chosen)
    state = {key: _tensor(key, shapes, seed) for key in shapes}
    return state if chosen.learnable_decay else with_fixed_decays(state)


def with_fixed_decays(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same weights, every decay as the official code starts it.

    Args:
        state: a state dict; it stays as it is.
    """
    start = math.log(INITIAL_DECAY / (1 - INITIAL_DECAY))
    return {
        key: torch.full_like(value, start) if key.endswith(".decay") else value
        for key, value in state.items()
    }


def _tensor(key: str, shapes: Shapes, seed: int) -> torch.Tensor:
    if key.endswith(".num_batches_tracked"):
        return torch.tensor(0, dtype=torch.int64)
    rng = np.random.default_rng((seed, zlib.crc32(key.encode())))
    module, _, leaf = key.rpartition(".")
    if leaf == "decay":
        values = math.log(INITIAL_DECAY / (1 - INITIAL_DECAY)) + _normal(rng, 0.3, shapes[key])
    elif "pos_embed" in key or leaf == "running_mean":
        values = _normal(rng, 0.1, shapes[key])
    elif leaf == "running_var":
        values = rng.uniform(0.5, 1.5, shapes[key])
    elif f"{module}.running_mean" in shapes:
        values = _batch_norm(key, shapes, rng)
    elif leaf == "bias":
        offset = SIZE_LOGIT if "conv5_size" in key else 0.0
        values = offset + _normal(rng, 0.1, shapes[key])
    else:
        values = _convolution(key, shapes[key], rng)
    return torch.from_numpy(np.asarray(values, np.float32))


def _normal(
    rng: np.random.Generator, deviation: float, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    return deviation * rng.standard_normal(shape)


def _batch_norm(key: str, shapes: Shapes, rng: np.random.Generator) -> NDArray[np.float64]:
    if key.endswith(".weight"):
        low, high = (0.2, 0.6) if RESIDUAL_END.search(key) else (0.5, 1.5)
        return rng.uniform(low, high, shapes[key])
    offset = _attention_offset(key, shapes)
    # Why narrower: the product of q, k and v would spread as the cube of their rates.
    return offset + _normal(rng, 0.15 if offset else 0.3, shapes[key])


def _attention_offset(key: str, shapes: Shapes) -> float:
    """Offset of q, k and v that keeps q (k^T v) near 1, whatever the grid.

    The product of three rates r summed over N cells and scaled by 1/sqrt(d) is about N sqrt(d) r^3
    in units of spikes, hence the rate aimed at; slope and offset of the line from log rate to bias
    were fitted. Memory modules get more: pooling to the grid has made their input quieter.
    """
    match = ATTENTION_BIAS.match(key)
    table = f"{match['attention']}.s_pos_embed" if match else ""
    if table not in shapes:
        return 0.0
    _, channels, cells = shapes[table]
    rate = (6.0 / (cells * math.sqrt(channels / 8))) ** (1 / 3)
    boost = next((boost for pattern, boost in MEMORY_BOOSTS if pattern.search(key)), 0.0)
    return (math.log(rate) + 0.97) / 1.45 + boost


def _convolution(key: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    gain = next((gain for pattern, gain in GAINS if pattern.search(key)), SPIKE_GAIN)
    return _normal(rng, gain / math.sqrt(math.prod(shape[1:])), shape)
