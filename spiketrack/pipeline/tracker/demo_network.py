"""A small network and spikes for it, as another tool would write them: what a reader can try first.

Random weights: it computes nothing of use, and every command for such networks takes it.
"""

from pathlib import Path

import nir
import numpy as np

from spiketrack.files.arrays import write_npy
from spiketrack.files.atomic import part_of

GRID = (2, 8, 8)
_CHANNELS, _CLASSES = 4, 5
_STEPS, _SAMPLES, _RATE = 40, 3, 0.3


def write_network(path: Path, seed: int = 0) -> Path:
    """Writes a NIR file: 2 x 8 x 8 spikes, a convolution, LIF, a dense layer to five LIF.

    Raises:
        StoreError: the file cannot be written.
    """
    rng = np.random.default_rng(seed)
    conv = nir.Conv2d(
        input_shape=GRID[1:], weight=rng.normal(0.05, 0.3, (_CHANNELS, GRID[0], 3, 3)), stride=1,
        padding=1, dilation=1, groups=1, bias=np.zeros(_CHANNELS),
    )  # fmt: skip
    inner = (_CHANNELS, *GRID[1:])
    dense = nir.Affine(
        weight=rng.normal(0.02, 0.2, (_CLASSES, int(np.prod(inner)))), bias=np.zeros(_CLASSES)
    )
    layers = (
        nir.Input({"input": np.array(GRID)}), conv, _lif(*inner),
        nir.Flatten({"input": np.array(inner)}, 0, -1), dense, _lif(_CLASSES),
        nir.Output({"output": np.array([_CLASSES])}),
    )  # fmt: skip
    with part_of(path, suffix=".nir") as part:
        nir.write(part, nir.NIRGraph.from_list(*layers))
    return path


def write_spikes(path: Path, seed: int = 0) -> Path:
    """Writes spikes for it, bool (T, B, C, H, W), as .npy.

    Raises:
        StoreError: the file cannot be written.
    """
    rng = np.random.default_rng(seed)
    write_npy(path, rng.random((_STEPS, _SAMPLES, *GRID)) < _RATE)
    return path


def _lif(*shape: int) -> nir.LIF:
    """Time constants of 2 ms, thresholds of 1; a weight of 1 adds 1 in one step of 0.1 ms."""
    ones = np.ones(shape)
    return nir.LIF(
        tau=2e-3 * ones, r=20 * ones, v_leak=0 * ones, v_threshold=ones, v_reset=0 * ones
    )
