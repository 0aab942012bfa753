"""A trial: a forked child reads an HDF5 file first, so that it dies of a damaged one in our stead.

Why: the HDF5 library can crash the process, loop or ask for gigabytes on flipped bytes, and nothing
in Python catches that. The child has limits of its own and touches whatever a reader may touch.
Where the system cannot fork (Windows) there is no trial.
"""

import faulthandler
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import prod
from typing import Any

import h5py

from spiketrack.errors import StoreError

_CPU_SECONDS = 20
_EXTRA_BYTES = 1 << 29
_SMALL_BYTES = 1 << 20
_MANY_CHUNKS = 1 << 12
_MAX_OBJECTS = 1 << 18
_FOUND = {
    3: f"one that wants more than {_EXTRA_BYTES >> 20} MiB to be looked at",
    4: "one with a group whose members cannot be listed",
}
_OUT_OF_MEMORY, _NOT_LISTED = _FOUND


def check_survives(path: str) -> None:
    """Opens and walks a file in a child process.

    Raises:
        StoreError: HDF5 crashed, took too long, or wanted too much memory.
    """
    if not hasattr(os, "fork"):
        return
    with warnings.catch_warnings():
        # Why: newer Pythons warn of threads. The child calls HDF5 alone; no thread of ours does.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os._exit(_try(path))
    _, status = os.waitpid(child, 0)
    needed, advice = "a whole, readable HDF5 file", "It is damaged: get it again from its source"
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        found = f"one on which the HDF5 library itself fails ({name})"
        raise StoreError(f"file '{path}'", needed, found, advice)
    if os.WEXITSTATUS(status) in _FOUND:
        raise StoreError(f"file '{path}'", needed, _FOUND[os.WEXITSTATUS(status)], advice)


def _try(path: str) -> int:
    """Exit code of the child. What Python can catch, the reader will find again and name."""
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit()
    memory = []
    try:
        with h5py.File(path, "r") as file:
            memory = [_wants_memory(_touch, thing) for thing in _objects(file)]
    except _NotListed:
        return _NOT_LISTED
    except BaseException as error:
        memory.append(_is_memory(error))
    return _OUT_OF_MEMORY if any(memory) else 0


class _NotListed(Exception):
    """A group whose members cannot be listed: what is in it could not be tried."""


def _wants_memory(action: Callable[[Any], None], thing: Any) -> bool:
    """Runs an action whatever comes of it; whether it failed for want of memory."""
    try:
        action(thing)
    except Exception as error:
        return _is_memory(error)
    return False


def _is_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "memory" in str(error) or "alloc" in str(error)


def _limit() -> None:
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + _CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = size + _EXTRA_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _objects(file: h5py.File) -> Iterator[Any]:
    """All that hard links reach, once; members that cannot be opened are passed over."""
    waiting: list[Any] = [file]
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_OBJECTS:
        thing = waiting.pop()
        address = h5py.h5o.get_info(thing.id).addr
        if address not in seen:
            seen.add(address)
            yield thing
            waiting += _members(thing) if isinstance(thing, h5py.Group) else ()


def _members(group: h5py.Group) -> Iterator[Any]:
    try:
        names = list(group)
    except Exception as error:
        raise _NotListed from error
    for name in names:
        with suppress(Exception):
            if isinstance(group.get(name, getlink=True), h5py.HardLink):
                yield group[name]


def _touch(thing: Any) -> None:
    """Reads attributes, strings and small arrays, and the index of chunks of the others."""
    for name in thing.attrs:
        thing.attrs.get(name)
    if not isinstance(thing, h5py.Dataset) or thing.shape is None or thing.external:
        return
    if thing.chunks is not None:
        thing.id.get_num_chunks()
    is_text = h5py.check_string_dtype(thing.dtype) is not None
    n_bytes = max(prod(thing.shape), prod(thing.chunks or ())) * thing.dtype.itemsize
    n_chunks = prod(thing.shape) // prod(thing.chunks) if thing.chunks else 0
    if is_text or (n_bytes <= _SMALL_BYTES and n_chunks <= _MANY_CHUNKS):
        thing[()]
