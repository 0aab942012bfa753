"""What a result was made from: hashes of its inputs, versions of the tools, seed and command line.

Why no clock, no host name, no path: the same input must give the same bytes on every machine, and a
file that travels must not tell whose folders it came from.
"""

import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from spiketrack.errors import SpiketrackError
from spiketrack.version import VERSION

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Import name -> the distributions that may provide it, in order of preference.
_DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "torch": ("torch",),
    "h5py": ("h5py",),
    "nir": ("nir",),
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python-headless"),
}
_CHUNK_BYTES = 1 << 20
_HASHABLE_KINDS = "biufc"
RANDOM_KEY = "random_weights"
_RANDOM_MEANING = "boxes and energies say nothing about a trained tracker."
_MAX_SEED = 10**40
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(value: object) -> bool:
    """Whether a value is 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of `data`, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: str | PathLike[str]) -> str:
    """The SHA-256 of a file, read in pieces of one mebibyte.

    Raises:
        SpiketrackError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise SpiketrackError(f"file '{path}'", "a file that can be read", found) from error
    return digest.hexdigest()


def sha256_arrays(arrays: "Mapping[str, npt.NDArray[np.generic]]") -> str:
    """One SHA-256 for named arrays: sorted names, each with type, shape and bytes.

    The order of insertion, the memory layout and the byte order do not matter; the type and the
    shape do. Every field is preceded by its length, so that different dictionaries never share a
    text.

    Args:
        arrays: numeric or boolean arrays of any shape, by name.

    Raises:
        TypeError: an array holds objects, text or records.
    """
    # Why here: what is printed beside a result needs no arrays, and NumPy doubles the start-up.
    import numpy as np

    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        if array.dtype.kind not in _HASHABLE_KINDS:
            raise TypeError(f"array '{name}' has type {array.dtype}; needed numbers or booleans")
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        shape = ",".join(str(n) for n in little.shape)
        for field in (name.encode(), little.dtype.str.encode(), shape.encode(), little.tobytes()):
            digest.update(len(field).to_bytes(8, "little"))
            digest.update(field)
    return digest.hexdigest()


def _installed_version(names: Sequence[str]) -> str:
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "absent"


def tool_versions() -> dict[str, str]:
    """Versions of python, spiketrack, numpy, torch, h5py, nir and cv2; imports none of them.

    A library that is not installed is `absent`.
    """
    versions = {"python": platform.python_version(), "spiketrack": VERSION}
    return versions | {key: _installed_version(names) for key, names in _DISTRIBUTIONS.items()}


def _without_folders(argument: str) -> str:
    """The last part of a path; of `--x=path` the option and the last part."""
    option, equals, value = argument.partition("=")
    if equals and option.startswith("-"):
        return f"{option}={_without_folders(value)}"
    return re.split(r"[/\\]", argument.rstrip("/\\"))[-1]


def collect(
    *,
    seed: int | None = None,
    command: Sequence[str] = (),
    random_weights: Mapping[str, object] | None = None,
    **hashes: str,
) -> dict[str, object]:
    """The provenance of one result, ready for JSON; equal inputs give equal dictionaries.

    Args:
        seed: the seed of whatever was random, or None.
        command: the command line, `sys.argv` as it is; of every path only the last part is kept.
        random_weights: {"seed": n} if the weights were drawn at random and never trained.
        hashes: SHA-256 by what was hashed, for instance `checkpoint=sha256_file(path)`.

    Returns:
        `{"tools": {name: version}, "seed": ..., "command": [...], "sha256": {name: hash}}`, and
        "random_weights" if they are.

    Raises:
        ValueError: a hash is not 64 lower-case hexadecimal digits.
    """
    for name, value in hashes.items():
        if not is_sha256(value):
            raise ValueError(f"hash '{name}' needs 64 lower-case hex digits, not {value!r}")
    return {
        "tools": tool_versions(),
        "seed": seed,
        "command": [_without_folders(argument) for argument in command],
        "sha256": {name: hashes[name] for name in sorted(hashes)},
        **({} if random_weights is None else {RANDOM_KEY: dict(random_weights)}),
    }


def random_mark(provenance: object) -> dict[str, object] | None:
    """What a provenance says of random weights, {"seed": n}; None if they are not random.

    A provenance may come from anywhere: a mark of another form is a mark without a seed.
    """
    if not isinstance(provenance, Mapping) or provenance.get(RANDOM_KEY) is None:
        return None
    mark = provenance[RANDOM_KEY]
    seed = mark.get("seed") if isinstance(mark, Mapping) else None
    return {"seed": seed} if type(seed) is int and 0 <= seed < _MAX_SEED else {}


def random_words(provenance: object) -> str:
    """The sentence that goes with every figure of random weights, or an empty text."""
    mark = random_mark(provenance)
    if mark is None:
        return ""
    seed = f" (seed {mark['seed']})" if mark else ""
    return f"Random weights{seed}, never trained: {_RANDOM_MEANING}"
