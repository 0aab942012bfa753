"""Reading `torch.save` files (the zip format of PyTorch 1.6 and later) safely.

The archive holds `<name>/data.pkl`, the description, and `<name>/data/<key>`, the raw numbers.
Members are stored uncompressed, so nothing in it can be larger than the file itself; that is
checked, not assumed.
"""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spiketrack.errors import CheckpointError
from spiketrack.files.budget import allowance_of
from spiketrack.files.zip_door import LongListing, open_zip
from spiketrack.network.ablations import KEY as ABLATION_KEY
from spiketrack.network.inert_unpickler import load_inert
from spiketrack.network.inert_values import ITEM_BYTES, StoredTensor, kind_of
from spiketrack.network.random_mark import KEY

# What zipfile raises besides its own error on damaged headers (a name that is no text, say).
_STUMBLES = (EOFError, RuntimeError, ValueError, OverflowError, struct.error)
MAX_PICKLE_BYTES = 16 * 2**20
TORCH_DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in ITEM_BYTES if hasattr(torch, name)
}
"""Those that the torch installed here has."""
LEGACY_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The pickled number every file of PyTorch 0.1.10 to 1.5 starts with, after the protocol bytes."""


_TAR_MAGIC = slice(257, 262)
"""Where a tar file says that it is one. Why no look inside: that would unpack whatever it holds."""


class TorchArchive:
    """An open checkpoint: shapes at once, numbers on request.

    Attributes:
        shapes: name and shape of every tensor in `checkpoint['net']`.
        mark: what the file says of random weights, whatever that is.
        ablation: what it says of an ablation, whatever that is.
    """

    def __init__(self, path: Path) -> None:
        """Reads the description, no numbers.

        Raises:
            CheckpointError: not such a file, or one that cannot be trusted.
        """
        self._path = path
        self._zip = _open(path)
        try:
            self._prefix, self._members = self._check_members()
            self._tensors = self._read_description()
        except BaseException:
            self._zip.close()
            raise
        self.shapes = {key: tensor.shape for key, tensor in self._tensors.items()}

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()

    def read(self, key: str) -> Tensor:
        """One tensor, copied out of the archive.

        Raises:
            CheckpointError: its numbers are missing, damaged or not as described.
        """
        tensor = self._tensors[key]
        dtype = TORCH_DTYPES.get(tensor.storage.dtype)
        if dtype is None:
            raise self._error(f"a known type for tensor '{key}'", f"{tensor.storage.dtype!r:.80}")
        member = self._members.get(f"{self._prefix}data/{tensor.storage.key}")
        needed = tensor.storage.numel * dtype.itemsize
        if member is None or member.file_size != needed:
            found = "none" if member is None else f"{member.file_size}"
            raise self._error(f"{needed} bytes for tensor '{key}'", found)
        self._check_extent(key, tensor)
        try:
            if 0 in tensor.shape:
                return torch.empty(tensor.shape, dtype=dtype)
            flat = torch.frombuffer(bytearray(self._bytes(member)), dtype=dtype)
            return flat.as_strided(tensor.shape, tensor.strides, tensor.offset).clone()
        except RuntimeError as error:
            raise self._error(f"tensor '{key}' of a size torch can hold", f"{error}") from error

    def _check_extent(self, key: str, tensor: StoredTensor) -> None:
        """Every element must lie inside the storage, and no more of them than it has."""
        described = (tensor.offset, *tensor.shape, *tensor.strides)
        if min(described) < 0 or len(tensor.shape) != len(tensor.strides):
            raise self._error(f"tensor '{key}' with plain sizes", f"{described!r:.80}")
        count, last = 1, tensor.offset
        for size, stride in zip(tensor.shape, tensor.strides, strict=True):
            count *= size
            last += (size - 1) * stride
        if count > tensor.storage.numel or (count and last >= tensor.storage.numel):
            raise self._error(
                f"tensor '{key}' inside its storage of {tensor.storage.numel} elements",
                f"{count} elements up to position {last}",
            )

    def _check_members(self) -> tuple[str, dict[str, zipfile.ZipInfo]]:
        infos = self._zip.infolist()
        packed = [info.filename for info in infos if info.compress_type != zipfile.ZIP_STORED]
        total = sum(info.file_size for info in infos)
        size = allowance_of(self._path, self._path.stat().st_size)
        if packed or total > size:
            raise self._error(
                f"uncompressed members of at most the file's {size} bytes",
                f"{len(packed)} compressed ones, {total} bytes declared",
            )
        members = {info.filename: info for info in infos}
        roots = [name.removesuffix("data.pkl") for name in members if name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise self._error("one data.pkl, as torch.save writes", f"{len(roots)}")
        order = members.get(f"{roots[0]}byteorder")
        if order is not None and self._bytes(order) != b"little":
            raise self._error("little-endian numbers", "big-endian ones")
        return roots[0], members

    def _read_description(self) -> dict[str, StoredTensor]:
        member = self._members[f"{self._prefix}data.pkl"]
        if member.file_size > MAX_PICKLE_BYTES:
            raise self._error(
                f"a description of at most {MAX_PICKLE_BYTES} bytes", f"{member.file_size}"
            )
        data = self._bytes(member)
        try:
            top = load_inert(data, str(self._path))
        except CheckpointError:
            raise
        except Exception as error:
            raise self._error("a readable description of tensors", f"{error}") from error
        self.mark: object = top.get(KEY) if isinstance(top, Mapping) else None
        self.ablation: object = top.get(ABLATION_KEY) if isinstance(top, Mapping) else None
        return self._state_dict(top)

    def _state_dict(self, top: Any) -> dict[str, StoredTensor]:
        if not isinstance(top, Mapping) or not isinstance(top.get("net"), dict):
            raise CheckpointError(
                what=str(self._path),
                needed="a dictionary with a state dict under 'net'",
                found=_describe(top),
                advice="Save with torch.save({'net': network.state_dict()}, path).",
            )
        for key, value in top["net"].items():
            if not isinstance(key, str) or not isinstance(value, StoredTensor):
                raise self._error("only tensors under 'net', by name", _describe_entry(key, value))
        return dict(top["net"])

    def _bytes(self, member: zipfile.ZipInfo) -> bytes:
        try:
            return self._zip.read(member)
        except (zipfile.BadZipFile, *_STUMBLES, OSError) as error:
            raise self._error(f"member '{member.filename}' intact", f"{error}") from error

    def _error(self, needed: str, found: str) -> CheckpointError:
        return CheckpointError(what=str(self._path), needed=needed, found=found)


def _describe(top: object) -> str:
    if isinstance(top, Mapping):
        names = ", ".join(f"'{key[:40]}'" for key in list(top)[:5] if isinstance(key, str))
        return f"one with {len(top)} keys: {names}"
    return f"a {kind_of(top):.80}"


def _describe_entry(key: object, value: object) -> str:
    name = f"'{key:.80}'" if isinstance(key, str) else f"a {kind_of(key):.80}"
    return f"{name} with a {kind_of(value):.80}"


def _open(path: Path) -> zipfile.ZipFile:
    try:
        with path.open("rb") as file:
            start = file.read(_TAR_MAGIC.stop)
        return open_zip(path)
    except LongListing as error:
        needed = "a checkpoint of as many tensors as a network has"
        raise CheckpointError(str(path), needed, f"{error}") from error
    except (zipfile.BadZipFile, *_STUMBLES) as error:
        raise _not_a_zip(path, start) from error
    except OSError as error:
        found = error.strerror or str(error)
        raise CheckpointError(what=str(path), needed="a readable file", found=found) from error


def _not_a_zip(path: Path, start: bytes) -> CheckpointError:
    """Says what the file is instead."""
    advice = ""
    if start[:4] == b"PK\x03\x04":
        found = "a truncated one"
    elif LEGACY_MAGIC in start[:64] or start[_TAR_MAGIC] == b"ustar":
        found = "the format of PyTorch before 1.6"
        advice = "Load it where you trust it and torch.save it again with a newer PyTorch."
    else:
        found = "something else"
    return CheckpointError(
        what=str(path), needed="a checkpoint (zip format of torch.save)", found=found, advice=advice
    )
