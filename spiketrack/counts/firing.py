"""Where neurons fired in one frame: as the page shows it, and as profile.json keeps it.

    {"frame": 30, "patch": "<PNG in base64>", "layers": [{"name": ..., "mean": [[...], ...]}, ...]}

A mean is that of a layer's integer spikes over its steps and channels at one place, 0 to D.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import ReportError
from spiketrack.json_fields import object_in, shortened

FIRING_KEY = "firing_maps"
MOST_LAYERS = 2000
MOST_SIDE = 256
MOST_PICTURE = 4 << 20
HIGHEST = 255.0
_PNG = b"\x89PNG\r\n\x1a\n"
_DIGITS = 3


def firing_json(frame: int, png: bytes, maps: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """What profile.json keeps.

    Args:
        frame: number of the frame.
        png: the search crop.
        maps: by layer, (H, W) mean spikes.
    """
    return {
        "frame": frame,
        "patch": base64.b64encode(png).decode("ascii"),
        "layers": [
            {"name": name, "mean": np.round(mean, _DIGITS).tolist()} for name, mean in maps.items()
        ],
    }


def checked_firing(document: Mapping[str, object]) -> dict[str, Any] | None:
    """The maps in the contents of profile.json, checked; None where there are none.

    Args:
        document: the whole contents.

    Raises:
        ReportError: a map is too large or holds something other than mean spikes.
    """
    if FIRING_KEY not in document:
        return None
    where = f"profile '{FIRING_KEY}'"
    found = object_in(where, document[FIRING_KEY], ReportError)
    layers = found.get("layers")
    if not isinstance(layers, list) or not 0 < len(layers) <= MOST_LAYERS:
        raise ReportError(f"{where} 'layers'", f"1 to {MOST_LAYERS} layers", shortened(layers))
    frame = found.get("frame")
    if isinstance(frame, bool) or not isinstance(frame, int) or frame < 0:
        raise ReportError(f"{where} 'frame'", "a whole number from 0", shortened(frame))
    return {
        "frame": frame,
        "patch": _picture(where, found.get("patch")),
        "layers": [_layer(f"{where} layer {i}", layer) for i, layer in enumerate(layers)],
    }


def _picture(where: str, value: object) -> str:
    try:
        if not isinstance(value, str) or len(value) > MOST_PICTURE:
            raise ValueError("no text, or too long a one")
        if not base64.b64decode(value, validate=True).startswith(_PNG):
            raise ValueError("no PNG")
    except (ValueError, binascii.Error) as error:
        needed = f"a PNG in base64 of at most {MOST_PICTURE:,} characters"
        raise ReportError(f"{where} 'patch'", needed, str(error)) from error
    return value


def _layer(where: str, value: object) -> dict[str, Any]:
    layer = object_in(where, value, ReportError)
    name, rows = layer.get("name"), layer.get("mean")
    if not isinstance(name, str) or not isinstance(rows, list):
        raise ReportError(where, "a name and rows of mean spikes", shortened(value))
    try:
        if not 0 < len(rows) <= MOST_SIDE or max(map(len, rows)) > MOST_SIDE:
            raise ValueError(f"more than {MOST_SIDE} rows or columns, or none")
        mean = np.array(rows, np.float64)
        if mean.ndim != 2 or not mean.size:
            raise ValueError("rows of different lengths")
        if not (np.isfinite(mean) & (mean >= 0) & (mean <= HIGHEST)).all():
            raise ValueError("a mean that is no spike")
    except (TypeError, ValueError) as error:
        needed = f"rows of mean spikes, 0 to {HIGHEST:g}"
        raise ReportError(f"{where} 'mean'", needed, str(error)[:80]) from error
    return {"name": name, "mean": mean.tolist()}
