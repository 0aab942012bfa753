"""Small `.net` files for tests, laid out as lava-dl's training blocks write them."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

Fields = Mapping[str, object]


def cuba(*, threshold: int = 80, u_decay: int = 1024, v_decay: int = 512) -> dict[str, object]:
    """The neuron group of a CUBA layer."""
    return {
        "type": np.bytes_("CUBA"), "iDecay": u_decay, "vDecay": v_decay, "vThMant": threshold,
        "refDelay": 1, "gradedSpike": False,
    }  # fmt: skip


def sdnn(*, threshold: int = 20, output: bool = False) -> dict[str, object]:
    """The neuron group of a sigma-delta layer."""
    fields: dict[str, object] = {
        "type": np.bytes_("SDNN"), "activation": np.bytes_("relu"), "vThMant": threshold,
    }  # fmt: skip
    return fields | {"sigma_output": True} if output else fields


def layer(kind: str, **fields: object) -> dict[str, object]:
    """The fields of a layer; weights as float32, as training writes them."""
    for name in ("weight", "weight_rec", "bias", "delay"):
        if isinstance(fields.get(name), np.ndarray | list):
            fields[name] = np.asarray(fields[name], np.float32)
    return {"type": np.array([kind.encode()], "S10"), **fields}


def net_file(folder: Path, *layers: Fields, name: str = "test.net") -> Path:
    """Writes the layers and returns the path."""
    path = folder / name
    with h5py.File(path, "w") as file:
        for index, fields in enumerate(layers):
            _put(file.create_group(f"layer/{index}"), fields)
    return path


def _put(group: h5py.Group, fields: Fields) -> None:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _put(group.create_group(name), value)
        else:
            group.create_dataset(name, data=value)
