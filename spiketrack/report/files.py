"""Writing a file so that nobody ever sees half of it: to a temporary name, then renamed."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spiketrack.errors import ReportError


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ReportError: the file cannot be written; an older file of that name is left as it was.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise ReportError(f"report file '{path}'", found=f"cannot write: {reason}") from error


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Encode a document as UTF-8 JSON, the same bytes for the same content and order.

    Raises:
        ReportError: it holds something JSON has no form for, such as NaN or an array.
    """
    try:
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode("utf-8")
    except (TypeError, ValueError) as error:
        raise ReportError("report data", needed="plain JSON values", found=str(error)) from error
