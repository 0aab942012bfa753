"""Small files whole or not at all, and whether a place can be written, asked before long work."""

import os
import secrets
from pathlib import Path

from spiketrack.errors import StoreError


def write_text(path: Path, text: str) -> None:
    """Writes to a temporary file beside the target, then renames; makes the folder.

    Raises:
        StoreError: the folder or the disk does not allow it; nothing is left behind.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(part, "x", encoding="utf-8") as file:
                file.write(text)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise StoreError(f"file '{path}'", "a place that can be written", found) from error


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
