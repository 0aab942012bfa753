"""NIR files written field by field, as exporters that do not go through stock nir leave them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

TEXT = h5py.string_dtype()
Spec = Mapping[str, Any]


def write_nodes(
    path: Path,
    nodes: Mapping[str, Spec],
    edges: Sequence[tuple[str, str]],
    metadata: Spec | None = None,
) -> Path:
    """Writes a graph of nodes, each a type and its fields; metadata may be anything HDF5 holds."""
    with h5py.File(path, "w") as file:
        file.create_dataset("version", data="1.0.8", dtype=TEXT)
        root = file.create_group("node")
        root.create_dataset("type", data="NIRGraph", dtype=TEXT)
        rows = np.array([[a.encode(), b.encode()] for a, b in edges], dtype=object).reshape(-1, 2)
        root.create_dataset("edges", data=rows, dtype=TEXT)
        _put(root, "metadata", metadata or {})
        for name, spec in nodes.items():
            _put(root.require_group("nodes"), name, spec)
    return path


def write_chain(path: Path, nodes: Mapping[str, Spec], metadata: Spec | None = None) -> Path:
    """Writes nodes one behind the other."""
    names = list(nodes)
    return write_nodes(path, nodes, list(zip(names[:-1], names[1:], strict=True)), metadata)


def _put(parent: h5py.Group, name: str, spec: Spec) -> None:
    group = parent.create_group(name)
    for key, value in spec.items():
        if isinstance(value, Mapping):
            _put(group, key, value)
        elif isinstance(value, str):
            group.create_dataset(key, data=value, dtype=TEXT)
        else:
            group.create_dataset(key, data=value)


def ends(before: tuple[int, ...], behind: tuple[int, ...]) -> tuple[Spec, Spec]:
    """An Input and an Output of these shapes."""
    return (
        {"type": "Input", "shape": np.array(before)},
        {"type": "Output", "shape": np.array(behind)},
    )
