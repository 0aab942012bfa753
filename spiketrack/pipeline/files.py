"""Writes a small text file whole or not at all."""

import os
import tempfile
from pathlib import Path

from spiketrack.errors import StoreError


def write_text(path: Path, text: str) -> None:
    """Writes to a temporary file beside the target, then renames.

    Raises:
        StoreError: the folder or the disk does not allow it; nothing is left behind.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise StoreError(
            f"file '{path.name}'", "a place to write", error.strerror or str(error)
        ) from error
