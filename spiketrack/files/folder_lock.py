"""One run at a time in an output folder.

The lock is a file in the folder, held by the operating system for as long as the process lives, so
that a killed run leaves no folder locked; the file also says who holds it, for messages.
Where the file system knows no locks (or on Windows), nothing is locked and nothing is said.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spiketrack.errors import StoreError
from spiketrack.files.places import make_folder

FILE_NAME = ".spiketrack.lock"
_LONGEST_NOTE = 4096


@contextmanager
def locked_folder(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Keeps other runs out of a folder inside the block; makes the folder.

    Folders that were made here and are still empty at the end are removed.

    Args:
        folder: where the run will write.
        say: is called with a sentence if a run before was killed here.

    Raises:
        StoreError: another run is writing there, or the folder cannot be written.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    make_folder(folder)
    path = folder / FILE_NAME
    descriptor = _opened(path)
    try:
        _note_holder(descriptor, folder, say)
        yield
    finally:
        # Why removed first: who opens the file afterwards must not find one that is given up.
        path.unlink(missing_ok=True)
        os.close(descriptor)
        with contextlib.suppress(OSError):
            for place in made:
                place.rmdir()


def _opened(path: Path) -> int:
    """The lock file, locked and still under its name.

    Raises:
        StoreError: another process holds it, or it cannot be opened.
    """
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            found = error.strerror or str(error)
            needed = "a folder that can be written"
            raise StoreError(f"folder '{path.parent}'", needed, found) from error
        try:
            _lock(descriptor, path)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder removed it between opening and locking


def _lock(descriptor: int, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        needed, found = "a folder that no other run writes into", _holder(_read(descriptor))
        advice = "Wait until it has ended, or choose another folder with -o"
        raise StoreError(f"folder '{path.parent}'", needed, found, advice) from error
    except OSError:
        return  # a file system without locks


def _note_holder(descriptor: int, folder: Path, say: Callable[[str], None]) -> None:
    before = _read(descriptor)
    if before:
        say(f"Note: {_holder(before)} did not end properly in '{folder}'; this run goes on there.")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid()}).encode(), 0)


def _read(descriptor: int) -> bytes:
    return os.pread(descriptor, _LONGEST_NOTE, 0)


def _holder(note: bytes) -> str:
    try:
        pid = json.loads(note)["pid"]
    except (ValueError, TypeError, LookupError, RecursionError):
        pid = None
    return f"the run of process {pid}" if isinstance(pid, int) else "another run"
