"""Writes a file whole or not at all: the one way in which this project puts a file on a disk.

The content goes to a hidden file beside the target, is forced to the disk, and takes the target's
name in one step; a crash leaves the old file or the new one, never half of either.

What a killed run left behind is removed by the next run that writes into the folder. The name of a
hidden file says which process on which running machine made it, and only one whose process is
surely gone is touched.
"""

import contextlib
import errno
import hashlib
import os
import platform
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from spiketrack.errors import SpiketrackError, StoreError

_PREFIX = ".spiketrack-"
_NAME = re.compile(r"\.spiketrack-([0-9a-f]{12})-([0-9]{1,9})-[0-9a-f]{8}\.part(\.\w{1,16})?")
_swept: set[Path] = set()


class PartFile:
    """A hidden file that will be `target`, for writers that need a path and not an open file.

    Attributes:
        path: of the hidden file; it exists and is empty.
    """

    def __init__(self, target: Path, suffix: str = "") -> None:
        """Makes the hidden file beside `target`, and removes those of killed runs.

        Args:
            target: the name it will have.
            suffix: what the name of the hidden file ends in, with its dot.

        Raises:
            OSError: no such folder, no right to write, or `target` is no plain file.
        """
        _refuse_other_kinds(target)
        _sweep(target.parent)
        self._target = target
        token = secrets.token_hex(4)
        self.path = target.with_name(f"{_PREFIX}{_machine()}-{os.getpid()}-{token}.part{suffix}")
        with open(self.path, "xb") as file:
            self._mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)

    def publish(self) -> None:
        """Forces the content to the disk and gives it the target's name.

        Raises:
            OSError: the disk refuses; the hidden file is still there.
        """
        # Why: some libraries put a private file of their own in the place of this one.
        self.path.chmod(self._mode)
        _force(self.path, os.O_RDWR)
        os.replace(self.path, self._target)
        # Why allowed to fail: not every file system lets a folder be forced.
        with contextlib.suppress(OSError):
            _force(self._target.parent, os.O_RDONLY)

    def discard(self) -> None:
        """Removes the hidden file; after `publish` there is nothing to remove."""
        self.path.unlink(missing_ok=True)


@contextmanager
def part_of(
    path: str | os.PathLike[str], *, error: type[SpiketrackError] = StoreError, suffix: str = ""
) -> Iterator[Path]:
    """Gives the path of a hidden file, which becomes `path` when the block ends without an error.

    Args:
        path: the file to write, in a folder that is there.
        error: what an `OSError` becomes.
        suffix: what the name of the hidden file ends in, with its dot.

    Raises:
        SpiketrackError: of the type `error`; the file cannot be written, and an older one of that
            name is as it was.
    """
    with _telling(path, error):
        part = PartFile(Path(path), suffix)
        try:
            yield part.path
            part.publish()
        finally:
            part.discard()


def write_whole(
    path: str | os.PathLike[str],
    write: Callable[[BinaryIO], object],
    *,
    error: type[SpiketrackError] = StoreError,
) -> None:
    """Writes a file whole or not at all, and makes its folder.

    Args:
        path: the file; an existing one is replaced at the end, in one step.
        write: puts the content into the open file.
        error: what an `OSError` becomes.

    Raises:
        SpiketrackError: of the type `error`; the file or its folder cannot be written.
    """
    with _telling(path, error):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with part_of(path, error=error) as part, open(part, "wb") as file:
        write(file)


def write_bytes(
    path: str | os.PathLike[str], content: bytes, *, error: type[SpiketrackError] = StoreError
) -> None:
    """Writes bytes, as `write_whole`.

    Raises:
        SpiketrackError: of the type `error`; the file or its folder cannot be written.
    """
    write_whole(path, lambda file: file.write(content), error=error)


def write_text(
    path: str | os.PathLike[str], text: str, *, error: type[SpiketrackError] = StoreError
) -> None:
    """Writes text as UTF-8, as `write_whole`.

    Raises:
        SpiketrackError: of the type `error`; the file or its folder cannot be written.
    """
    write_bytes(path, text.encode("utf-8"), error=error)


def is_running(pid: int) -> bool:
    """Whether a process of this machine runs; where nobody can know, it counts as running."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextmanager
def _telling(path: str | os.PathLike[str], error: type[SpiketrackError]) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        found = failure.strerror or str(failure) or type(failure).__name__
        raise error(f"file '{path}'", "a place that can be written", found) from failure


@cache
def _machine() -> str:
    """Twelve digits for this machine since it started, as its processes are numbered here.

    Why all three: containers may share a folder and a host name, and number processes anew.
    """
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with contextlib.suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _sweep(folder: Path) -> None:
    """Removes the hidden files of processes that are gone; once for each folder of a run."""
    place = folder.absolute()
    if place in _swept:
        return
    _swept.add(place)
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        orphans = [Path(entry.path) for entry in entries if _is_orphan(entry)]
        for orphan in orphans:
            orphan.unlink(missing_ok=True)


def _is_orphan(entry: "os.DirEntry[str]") -> bool:
    parts = _NAME.fullmatch(entry.name)
    if parts is None or not entry.is_file(follow_symlinks=False):
        return False
    return parts[1] == _machine() and not is_running(int(parts[2]))


def _refuse_other_kinds(target: Path) -> None:
    """Refuses to put a file in the place of a folder, a device or a pipe.

    Raises:
        OSError: it is one.
    """
    with contextlib.suppress(FileNotFoundError):
        mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "a device or a pipe, which no file replaces", str(target))


def _force(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
