"""What a checkpoint's pickle may build: descriptions of tensors, plain values, inert stand-ins.

Nothing here is imported or called on behalf of the file. A name of torch that describes a tensor
becomes a builder of ours, which only notes down what the file says; any other name, and whatever a
call of it would have made, becomes an `Inert`. A name of Python's own may be mentioned; where the
file *calls* one that is no plain kind of value (os.system, builtins.exec, ...), it is refused.
Why: torch's `weights_only` keeps a list of callables that do run, and has been broken through
before.
"""

import sys
from dataclasses import dataclass
from typing import Any, TypeGuard

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
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
"""torch's storage classes and the dtype each stands for."""
BYTES = "uint8"
"""What torch counts in storages without a type of their own (float8 and later ones)."""
ITEM_BYTES = {
    **dict.fromkeys(("int8", "uint8", "bool", "float8_e4m3fn", "float8_e5m2"), 1),
    **dict.fromkeys(("float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"), 1),
    **dict.fromkeys(("int16", "uint16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("int32", "uint32", "float32"), 4),
    **dict.fromkeys(("int64", "uint64", "float64", "complex64"), 8),
    "complex128": 16,
}
"""Bytes of one number of every dtype that a file may name."""
MAX_DIMENSIONS = 64

PYTHON_2_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg", "exceptions": "builtins"}
"""What older pickle protocols, torch's among them, call Python's own modules."""

HARMLESS = {
    "_codecs": {"encode"},
    "argparse": {"Namespace"},
    "array": {"array", "_array_reconstructor"},
    "builtins": {"set", "frozenset", "complex", "slice", "range", "xrange", "bytearray", "object"}
    | {"dict", "list", "tuple", "int", "float", "str", "bool", "bytes"},
    "collections": {"defaultdict", "deque", "Counter", "ChainMap", "UserDict", "UserList"},
    "copyreg": {"_reconstructor", "__newobj__"},
    "datetime": {"datetime", "date", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "functools": {"partial"},
    "pathlib": {"Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"},
    "pathlib._local": {"Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath"}
    | {"PureWindowsPath"},
    "random": {"Random"},
    "re": {"_compile"},
    "time": {"struct_time"},
    "types": {"SimpleNamespace"},
    "uuid": {"UUID", "SafeUUID"},
    "zoneinfo": {"ZoneInfo", "ZoneInfo._unpickle"},
}
"""Python's own kinds of value that checkpoints carry beside the weights; inert like the rest."""


@dataclass(frozen=True, eq=False)
class Inert:
    """Stands for whatever the file means by a name: a class, a function, or what a call gives.

    Attributes:
        name: the last part of the name, for messages.
    """

    name: str


@dataclass(frozen=True, eq=False)
class Named(Inert):
    """A name the file mentions.

    Attributes:
        module: where it would be imported from.
        path: of the name in the module.
    """

    module: str
    path: str


@dataclass(frozen=True)
class StoredStorage:
    """A storage: which member of the archive, and how many elements of what."""

    key: str
    dtype: str
    numel: int


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as the file describes it; no memory is taken yet."""

    storage: StoredStorage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def kind_of(value: object) -> str:
    """What a value is, for messages."""
    return value.name if isinstance(value, Inert) else type(value).__name__


def called(function: object, arguments: object, path: str) -> object:
    """What a call in the pickle stands for; nothing is called.

    Args:
        function: what the file calls.
        arguments: with what.
        path: of the file, for messages.

    Raises:
        CheckpointError: a call of Python's own that has no business in a checkpoint.
        TypeError: no call, or one that describes no tensor.
        ValueError: a number of arguments that no tensor is built from.
    """
    if not isinstance(function, Inert):
        raise TypeError(f"a {kind_of(function)} is called")
    if not isinstance(function, Named):
        return function
    if function.module == "torch._utils" and type(arguments) is tuple:
        match function.path:
            case "_rebuild_tensor_v2":
                return _tensor(*arguments[:4])
            case "_rebuild_tensor_v3":
                return _retyped(_tensor(*arguments[:4]), *arguments[6:7])
            case "_rebuild_parameter" | "_rebuild_parameter_with_state":
                return arguments[0] if arguments else function
    _refuse_danger(function, path)
    return Inert(function.name)


def storage(pid: object) -> StoredStorage:
    """The storage behind a persistent id ("storage", class, key, device, numel).

    Raises:
        TypeError: the id is not one of a storage.
    """
    if type(pid) is not tuple or len(pid) != 5 or pid[0] != "storage":
        raise TypeError("a persistent id must name a storage")
    _, kind, key, _, numel = pid
    dtype = _storage_dtype(kind)
    if dtype is None or type(key) is not str or not _is_size(numel):
        raise TypeError("a storage needs a known class, a key and a size")
    return StoredStorage(key, dtype, numel)


def _storage_dtype(kind: object) -> str | None:
    if not isinstance(kind, Named):
        return None
    if (kind.module, kind.path) == ("torch.storage", "UntypedStorage"):
        return BYTES
    return DTYPES.get(kind.path) if kind.module == "torch" else None


def _refuse_danger(function: Named, path: str) -> None:
    module = PYTHON_2_NAMES.get(function.module, function.module)
    own = module.partition(".")[0] in sys.stdlib_module_names
    if own and function.path not in HARMLESS.get(module, ()):
        name = f"{module:.80}.{function.path:.80}"
        raise CheckpointError(
            what=path,
            needed="weights and plain settings only",
            found=f"a call of {name}, which could run code (it was not run)",
            advice="Do not trust this file.",
        )


def _is_size(value: object) -> TypeGuard[int]:
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


def _tensor(*described: object) -> StoredTensor:
    """The tensor a pickle describes by storage, offset, shape and strides.

    Raises:
        TypeError: the description is not one of a tensor.
    """
    held, offset, shape, strides = described
    if not isinstance(held, StoredStorage) or not _is_size(offset):
        raise TypeError("a tensor needs a storage and a non-negative offset")
    tensor = StoredTensor(held, offset, _sizes(shape), _sizes(strides))
    if len(tensor.shape) != len(tensor.strides):
        raise TypeError("a tensor needs as many strides as sizes")
    return tensor


def _retyped(tensor: StoredTensor, dtype: Any = None) -> StoredTensor:
    """A tensor on a storage that was counted in bytes.

    Raises:
        TypeError: no dtype that is known here, or a storage that does not hold whole numbers of it.
    """
    name = dtype.path if isinstance(dtype, Named) and dtype.module == "torch" else ""
    item = ITEM_BYTES.get(name)
    held = tensor.storage
    if item is None or held.dtype != BYTES or held.numel % item:
        raise TypeError(f"a storage of bytes needs a known type, not {kind_of(dtype):.80}")
    retyped = StoredStorage(held.key, name, held.numel // item)
    return StoredTensor(retyped, tensor.offset, tensor.shape, tensor.strides)
