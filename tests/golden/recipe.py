"""The recipe of the weights behind the golden vectors (see README.md here), data-free.

Each tensor comes from its own `numpy.random.default_rng(crc32(name))`. The dyadic form rounds them
so that every float32 sum in the network is exact: convolution weights int8 times a power of two per
tensor, batch norm with var + eps == 1, gain k/8, mean k/16, bias k/64, positional tables k/64;
decays untouched. Results then depend on neither threads, library nor order of summation.
"""

import math
import re
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shapes = Mapping[str, tuple[int, ...]]
Array = NDArray[Any]

GAINS = (  # standard deviation of a convolution = gain / sqrt(fan-in)
    (r"downsample1_1\.encode_conv", 0.7),
    (r"decoder\.conv5_ctr", 2.0),
    (r"decoder\.conv5_offset", 1.0),
    (r"decoder\.conv5_size", 0.5),
    (r"gate\.mlp\.2", 6.0),
    (r"gate\.mlp\.0", 4.0),
    (r"proj_conv", 3.0),
    (r"", 4.0),
)
RESIDUAL = re.compile(r"(\.pwconv2\.1|\.bn2|\.proj_conv\.1|\.fc2_bn)\.weight$")
QKV = re.compile(r"^(.*)\.([qkv])_conv\.1\.bias$")


def _offset(key: str, shapes: Shapes) -> float:
    match = QKV.match(key)
    if not match or f"{match[1]}.s_pos_embed" not in shapes:
        return 0.0
    _, dim, cells = shapes[f"{match[1]}.s_pos_embed"]
    return (math.log((6.0 / (cells * math.sqrt(dim / 8))) ** (1 / 3)) + 0.97) / 1.45


def _draw(key: str, shapes: Shapes) -> Array:
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    shape = tuple(shapes[key])
    module, _, leaf = key.rpartition(".")
    x: Any
    if leaf == "num_batches_tracked":
        return np.array(1000, np.int64)
    if leaf == "decay":
        x = math.log(0.25 / 0.75) + 0.3 * rng.standard_normal(shape)
    elif "pos_embed" in key or leaf == "running_mean":
        x = 0.1 * rng.standard_normal(shape)
    elif leaf == "running_var":
        x = rng.uniform(0.5, 1.5, shape)
    elif f"{module}.running_mean" in shapes and leaf == "weight":
        x = rng.uniform(0.2, 0.6, shape) if RESIDUAL.search(key) else rng.uniform(0.5, 1.5, shape)
    elif f"{module}.running_mean" in shapes:
        x = _offset(key, shapes) + 0.3 * rng.standard_normal(shape)
    elif leaf == "bias":
        x = 0.1 * rng.standard_normal(shape) + (-1.1 if "conv5_size" in key else 0.0)
    else:
        gain = next(gain for pattern, gain in GAINS if re.search(pattern, key))
        x = gain / math.sqrt(np.prod(shape[1:])) * rng.standard_normal(shape)
    return np.asarray(x, np.float32)


def _grid(x: Array, steps: int) -> Array:
    return np.asarray(np.round(x * steps) / steps, np.float32)


def _snap(key: str, x: Array, shapes: Shapes) -> Array:
    module, _, leaf = key.rpartition(".")
    if leaf in ("decay", "num_batches_tracked"):
        return x
    if leaf == "running_var":
        return np.full_like(x, 1 - 1e-5)
    if leaf == "running_mean":
        return _grid(x, 16)
    if f"{module}.running_mean" in shapes and leaf == "weight":
        return np.maximum(_grid(x, 8), np.float32(0.125))
    if QKV.match(key) and leaf == "bias":
        x = x + (0.25 if ".mrm." in key else 0.12)
    if leaf == "bias" or "pos_embed" in key:
        return _grid(x, 64)
    exponent = math.floor(math.log2(127 / np.abs(x).max()))
    weights_q = np.clip(np.round(x * 2.0**exponent), -127, 127)
    return np.asarray(weights_q * 2.0**-exponent, np.float32)


def fill(shapes: Shapes, dyadic: bool = False) -> dict[str, Array]:
    """All tensors of a state dict with these names and shapes."""
    plain = {key: _draw(key, shapes) for key in shapes}
    return {key: _snap(key, x, shapes) for key, x in plain.items()} if dyadic else plain
