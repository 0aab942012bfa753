"""Reads the golden vectors of the network; see tests/golden/README.md."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spiketrack.network import SpikeTrackNetwork, build_network
from tests.golden.recipe import fill

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
INPUT_SCALE = 32


def official_shapes(variant: str) -> dict[str, tuple[int, ...]]:
    keys = json.loads(gzip.decompress((GOLDEN / "official_keys.json.gz").read_bytes()))
    return {key: tuple(shape) for key, shape in keys[variant].items()}


def arrays(variant: str) -> dict[str, NDArray[Any]]:
    with np.load(GOLDEN / f"dyadic_{variant.replace('-', '_')}.npz") as file:
        return dict(file)


def fingerprints(variant: str) -> dict[str, dict[str, dict[str, Any]]]:
    text = (GOLDEN / f"dyadic_{variant.replace('-', '_')}.json").read_text("utf-8")
    vectors: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
    return vectors


def inputs(variant: str, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Templates (T, 1, 3, 256, 256) and the search crop (1, 3, 256, 256)."""
    vectors, steps = arrays("s256-t3"), int(variant[-1])
    z = torch.from_numpy(vectors["template_int8_div32"][:steps]).to(dtype) / INPUT_SCALE
    return z, torch.from_numpy(vectors["search_int8_div32"]).to(dtype) / INPUT_SCALE


def dyadic_network(variant: str) -> SpikeTrackNetwork:
    network = build_network(variant)
    state = fill(official_shapes(variant), dyadic=True)
    network.load_state_dict({key: torch.from_numpy(np.array(x)) for key, x in state.items()})
    return network


def fingerprint(tensor: torch.Tensor) -> dict[str, Any]:
    data = np.ascontiguousarray(tensor.numpy()).tobytes()
    return {"shape": list(tensor.shape), "sha256": hashlib.sha256(data).hexdigest()}
