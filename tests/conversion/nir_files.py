"""Small foreign NIR files: written by stock nir, as other tools' exporters use it."""

from pathlib import Path
from typing import Any

import nir
import numpy as np

from spiketrack.graph.checks import Array

SHAPE = (2, 4, 4)
Nodes = dict[str, Any]
Edges = list[tuple[str, str]]


def conv(**changes: Any) -> nir.Conv2d:
    """A 3x3 convolution of two channels that keeps the grid of `SHAPE`."""
    given = {
        "input_shape": (4, 4), "weight": np.ones((2, 2, 3, 3)), "stride": 1, "padding": 1,
        "dilation": 1, "groups": 1, "bias": np.zeros(2),
    }  # fmt: skip
    return nir.Conv2d(**{**given, **changes})


def thresholds(*levels: float) -> dict[str, nir.Threshold]:
    """Thresholds `t0`, `t1`, ... over `SHAPE`."""
    full = [np.full(SHAPE, level, np.float32) for level in levels]
    return {f"t{i}": nir.Threshold(level) for i, level in enumerate(full)}


def lif(n: int = 2, **changes: Any) -> nir.LIF:
    """Neurons with tau = 10 steps of 1e-4, R = 1, threshold 1."""
    given = {"tau": 1e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **changes}
    return nir.LIF(**{name: np.full(n, value) for name, value in given.items()})


def save(
    path: Path,
    nodes: Nodes,
    edges: Edges,
    shape: tuple[int, ...] = SHAPE,
    out: tuple[int, ...] | None = None,
) -> Path:
    """Writes nodes between an Input `in` and an Output `out`; nothing is checked."""
    ends = {"in": nir.Input(np.array(shape)), "out": nir.Output(np.array(out or shape))}
    nir.write(path, nir.NIRGraph({**ends, **nodes}, edges, type_check=False))
    return path


def chain(path: Path, *nodes: Any, shape: tuple[int, ...] = SHAPE) -> Path:
    """Nodes `n0`, `n1`, ... one after another."""
    names = [f"n{i}" for i in range(len(nodes))]
    way = ["in", *names, "out"]
    edges = list(zip(way[:-1], way[1:], strict=True))
    return save(path, dict(zip(names, nodes, strict=True)), edges, shape)


def column(*values: float) -> Array:
    """One value per channel on one point: (C, 1, 1)."""
    return np.array(values, float).reshape(-1, 1, 1)
