"""The documents of a report as bytes."""

import json
from collections.abc import Mapping

from spiketrack.errors import ReportError


def json_bytes(document: Mapping[str, object]) -> bytes:
    """Encodes a document as UTF-8 JSON, the same bytes for the same content and order.

    Raises:
        ReportError: it holds something JSON has no form for, such as NaN or an array.
    """
    try:
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode("utf-8")
    except (TypeError, ValueError) as error:
        raise ReportError("report data", needed="plain JSON values", found=str(error)) from error
