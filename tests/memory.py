"""A ceiling over the memory that a piece of a test may ask for, and files with long holes."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MIB = 1 << 20
CEILING_BYTES = 640 * MIB
"""More than any reader grants a file of some kilobytes, far less than what the files ask for."""


@contextmanager
def ceiling(n_bytes: int = CEILING_BYTES) -> Iterator[None]:
    """Refuses this process more than `n_bytes` of address space beside what it has.

    Why address space: memory that is asked for and not touched counts, and so does what libraries
    in C take. A reader that asks for more fails for want of memory, and not with its own words.
    """
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("this system does not tell how much memory a process has")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    now = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def append_hole(path: Path, n_bytes: int) -> Path:
    """Lengthens a file by zeros that take no place on the disk; skips the test where they would."""
    before = path.stat()
    os.truncate(path, before.st_size + n_bytes)
    if path.stat().st_blocks - before.st_blocks > MIB // 512:
        pytest.skip("this file system stores holes")
    return path


def hollow_npy(path: Path, dtype: str, *shape: int) -> Path:
    """A .npy file that is little more than its header: all of its numbers are 0."""
    write_header: Any = np.lib.format.write_array_header_1_0
    with path.open("wb") as file:
        write_header(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return append_hole(path, prod(shape) * np.dtype(dtype).itemsize)
