"""Makes good and bad checkpoint files."""

import io
import pickle
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch

from spiketrack.network import random_checkpoint

NAME = "tiny128-t1"


@cache
def _state() -> dict[str, torch.Tensor]:
    return random_checkpoint(NAME, 0)


def state() -> dict[str, torch.Tensor]:
    """A healthy state dict of our own to spoil."""
    return {key: value.clone() for key, value in _state().items()}


def saved(folder: Path, content: Any, name: str = "net.pth.tar") -> Path:
    path = folder / name
    torch.save(content, path)
    return path


def edited(path: Path, edit: Callable[[str, bytes], bytes], **options: Any) -> Path:
    """The same archive with each member passed through `edit`."""
    target = path.with_name("edited.pth")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", **options) as new:
        for info in old.infolist():
            new.writestr(info.filename, edit(info.filename, old.read(info)))
    return target


def with_pickle(folder: Path, description: bytes, **members: bytes) -> Path:
    """An archive with this `data.pkl`."""
    path = folder / "made.pth"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("net/data.pkl", description)
        for name, data in members.items():
            file.writestr(f"net/data/{name.removeprefix('m')}", data)
    return path


class _Storage:
    def __init__(self, key: str, numel: Any, kind: Any = torch.FloatStorage) -> None:
        self.pid = ("storage", kind, key, "cpu", numel)


class Rebuilt:
    """Pickles as a call of torch's tensor builder with arguments of our choice."""

    def __init__(self, numel: Any, offset: Any, shape: Any, strides: Any, key: str = "0") -> None:
        self.args: tuple[Any, ...] = (_Storage(key, numel), offset, shape, strides, False, {})

    def __reduce__(self) -> tuple[Any, ...]:
        return torch._utils._rebuild_tensor_v2, self.args


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, _Storage) else None


def description(content: Any) -> bytes:
    """A `data.pkl` of `content`, in which `Rebuilt` stands for tensors."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=2).dump(content)
    return buffer.getvalue()
