"""Unpickling without running anything the file asks for.

A pickle is a program: it may name any importable function and call it. Here a name never reaches an
import. Names of tensors, storages and ordered dicts become builders of our own, which only note
down what the file says; every other name becomes an inert placeholder, or is refused if it belongs
to Python itself (os, builtins, ...), where no checkpoint has business.
Why: torch's `weights_only` keeps a list of callables that do run, and has been broken through
before.
"""

import pickle
import pickletools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NoReturn

from spiketrack.errors import CheckpointError

DTYPES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
"""torch's storage classes and the dtype each stands for."""

MAX_DIMENSIONS = 64
MAX_LISTED_ENTRIES = 1 << 16
"""Entries that a file's ordered dicts may take from lists: one list can be copied many times."""
MAX_UNKNOWN_NAMES = 1 << 12
"""Classes unknown here that one file may name: each costs a kibibyte, its name a few bytes."""

MEMO_OPCODES = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})

PYTHON_2_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg", "exceptions": "builtins"}
"""What older pickle protocols, torch's among them, call Python's own modules."""

HARMLESS = {
    "builtins": {"set", "frozenset", "complex", "slice", "range", "bytearray", "object", "dict"}
    | {"list", "tuple", "int", "float", "str", "bool", "bytes"},
    "_codecs": {"encode"},
    "argparse": {"Namespace"},
    "copyreg": {"_reconstructor"},
    "collections": {"defaultdict", "deque", "Counter"},
    "datetime": {"datetime", "date", "timedelta"},
    "pathlib": {"Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"},
}
"""Python's own names that real checkpoints carry beside the weights; placeholders like the rest."""


class Sealed:
    """What a pickle may not alter once it is built and checked.

    Why no slots below: with them Python 3.10 gives frozen dataclasses a `__setstate__` of its own,
    through which a pickle's BUILD writes any field.
    """

    def __setstate__(self, state: object) -> NoReturn:
        """Refuses, whatever the state.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"a pickle may not alter a {type(self).__name__}")


@dataclass(frozen=True)
class StorageClass(Sealed):
    """A storage class by its dtype, as named in a persistent id."""

    dtype: str


@dataclass(frozen=True)
class StoredStorage(Sealed):
    """A storage: which member of the archive, and how many elements of what."""

    key: str
    dtype: str
    numel: int


@dataclass(frozen=True)
class StoredTensor(Sealed):
    """A tensor as the file describes it; no memory is taken yet."""

    storage: StoredStorage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Placeholder:
    """Stands for an object of an unknown class: takes any argument and state, keeps none."""

    def __new__(cls, *args: object, **kwargs: object) -> "Placeholder":
        """Ignores the arguments."""
        return object.__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Ignores the arguments."""

    def _ignore(self, *args: object) -> None:
        return None

    __setstate__ = append = extend = add = __setitem__ = _ignore


class PlainDict(dict[Any, Any]):
    """A dict that ignores pickled attributes (torch hangs `_metadata` on state dicts)."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Ignores the attributes."""


class Builder:
    """A callable the pickle may call but not alter."""

    __slots__ = ("_build",)
    _build: Callable[..., object]

    def __init__(self, build: Callable[..., object]) -> None:
        """`build` is what a call does."""
        object.__setattr__(self, "_build", build)

    def __call__(self, *args: object) -> object:
        """Builds from the pickled arguments."""
        return self._build(*args)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuses: a pickle may try to change a builder."""
        raise AttributeError(name)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**48


def _sizes(values: object) -> tuple[int, ...]:
    """A tuple of sizes.

    Raises:
        TypeError: it is not one.
    """
    if type(values) is not tuple or not all(_is_size(v) for v in values):
        raise TypeError("tensor sizes must be a tuple of small non-negative integers")
    if len(values) > MAX_DIMENSIONS:
        raise TypeError(f"a tensor has at most {MAX_DIMENSIONS} dimensions, not {len(values)}")
    return values


def build_tensor(storage: object, offset: object, shape: object, strides: object) -> StoredTensor:
    """The tensor a pickle describes.

    Raises:
        TypeError: the description is not one of a tensor.
    """
    if not isinstance(storage, StoredStorage) or type(offset) is not int or not _is_size(offset):
        raise TypeError("a tensor needs a storage and a non-negative offset")
    tensor = StoredTensor(storage, offset, _sizes(shape), _sizes(strides))
    if len(tensor.shape) != len(tensor.strides):
        raise TypeError("a tensor needs as many strides as sizes")
    return tensor


TORCH_BUILDERS: dict[tuple[str, str], Callable[..., object]] = {
    ("torch._utils", "_rebuild_tensor_v2"): lambda *args: build_tensor(*args[:4]),
    ("torch._utils", "_rebuild_parameter"): lambda tensor, *rest: tensor,
}
"""The only names, beside ordered dicts, that build something."""


def check_opcodes(data: bytes) -> None:
    """Refuses a pickle that would take memory out of proportion before it is found to be bad.

    Why: the unpickler sizes its memo by the largest index the file names, and byte arrays by the
    length it claims; the walk below fails where a length reaches past the end.

    Raises:
        ValueError: malformed, or a memo index beyond the length of the data.
    """
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in MEMO_OPCODES and (argument or 0) > len(data):
            raise ValueError(f"memo index {argument} in {len(data)} bytes")


class InertUnpickler(pickle.Unpickler):
    """Reads a checkpoint's pickle without importing or running anything it names."""

    def __init__(self, data: bytes, path: str) -> None:
        """`path` is for messages only."""
        super().__init__(BytesIO(data))
        self._path = path
        self._listed = 0
        self._unknown: dict[str, type[Placeholder]] = {}

    def find_class(self, module: str, name: str, /) -> Any:
        """A builder, a storage class or a placeholder.

        Raises:
            CheckpointError: the name belongs to Python itself.
            ValueError: too many unknown names.
        """
        if (module, name) == ("collections", "OrderedDict"):
            return Builder(self._ordered_dict)
        if (module, name) in TORCH_BUILDERS:
            return Builder(TORCH_BUILDERS[module, name])
        if module == "torch" and name in DTYPES:
            return StorageClass(DTYPES[name])
        module = PYTHON_2_NAMES.get(module, module)
        own = module.partition(".")[0] in sys.stdlib_module_names
        if own and name not in HARMLESS.get(module, ()):
            raise CheckpointError(
                what=self._path,
                needed="weights and plain settings only",
                found=f"a call of {module}.{name}, which could run code (it was not run)",
                advice="Do not trust this file.",
            )
        return self._placeholder(name.rpartition(".")[2] or "unknown")

    def _placeholder(self, name: str) -> type[Placeholder]:
        if name not in self._unknown:
            if len(self._unknown) >= MAX_UNKNOWN_NAMES:
                raise ValueError(f"more than {MAX_UNKNOWN_NAMES} unknown classes")
            self._unknown[name] = type(name, (Placeholder,), {})
        return self._unknown[name]

    def _ordered_dict(self, *args: object) -> PlainDict:
        """An empty dict, or one from the list of pairs that Python 2 writes."""
        if not args:
            return PlainDict()
        pairs = args[0]
        if len(args) > 1 or type(pairs) is not list:
            raise TypeError("an ordered dict is built from one list of pairs")
        self._listed += len(pairs)
        if self._listed > MAX_LISTED_ENTRIES:
            raise ValueError(f"more than {MAX_LISTED_ENTRIES} entries of ordered dicts in lists")
        return PlainDict(pairs)

    def persistent_load(self, pid: Any, /) -> StoredStorage:
        """The storage behind a persistent id ("storage", class, key, device, numel).

        Raises:
            TypeError: the id is not one of a storage.
        """
        if type(pid) is not tuple or len(pid) != 5 or pid[0] != "storage":
            raise TypeError("a persistent id must name a storage")
        _, kind, key, _, numel = pid
        if not isinstance(kind, StorageClass) or type(key) is not str or not _is_size(numel):
            raise TypeError("a storage needs a known class, a key and a size")
        return StoredStorage(key, kind.dtype, numel)
