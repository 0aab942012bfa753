"""Whether a place can be written, asked before long work."""

import os
from pathlib import Path

from spiketrack.errors import StoreError


def make_folder(path: Path) -> Path:
    """Makes a folder and those above it; one that is there is fine.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise StoreError(f"folder '{path}'", "a folder that can be made", found) from error
    return path


def check_output_folder(path: Path) -> None:
    """Refuses a folder that cannot be made or written, and makes nothing.

    Why: a wrong name should cost a second, not the hour of work before the result is written.

    Raises:
        StoreError: part of the path is a file, or the folder is not writable.
    """
    place = path
    while not (place.exists() or place.is_symlink()) and place != place.parent:
        place = place.parent
    if not place.is_dir():
        found = "a file" if place == path else f"'{place}', which is no folder"
        raise StoreError(f"folder '{path}'", "a folder or a new name", found)
    if not os.access(place, os.W_OK | os.X_OK):
        raise StoreError(f"folder '{path}'", "a folder that can be written", f"'{place}' cannot")


def check_output_file(path: Path) -> None:
    """Refuses a file name that cannot be written, and makes nothing.

    Raises:
        StoreError: the name is a folder, or its folder cannot be made or written.
    """
    if path.is_dir():
        raise StoreError(f"file '{path}'", "a file name", "a folder")
    check_output_folder(path.parent)
