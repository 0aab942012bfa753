"""`profile.partial`: what an unfinished profile has counted, and all it needs to go on.

Counts are sums and the tracker's state is whole between frames, so a run that goes on from here
ends with the same counts as one that never stopped. The file says what it was made from; another
model, video, box or policy is refused.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from spiketrack.counts.event_counts import SUMMED, EventCounts, LayerCounts, PhaseCounts
from spiketrack.errors import ReportError, reason_of
from spiketrack.files.atomic import write_text
from spiketrack.json_text import read_json
from spiketrack.pairs import MODEL_KEYS, Side, check_pair, hashes_in
from spiketrack.pipeline.identity import Warn, silent
from spiketrack.pipeline.lava import events as lava_events
from spiketrack.pipeline.tracker.watch import Seconds
from spiketrack.tracking import Box, TrackerState

FILE_NAME = "profile.partial"
FORMAT = "spiketrack-profile-partial"
VERSION = 1
MAX_BYTES = 1 << 28
SHA256_OF = "sha256 of the "
"""Beginning of the keys of hashes in `made_from`."""
NO_FILES: Mapping[str, str] = MappingProxyType({})
_PAIRS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("model", (*MODEL_KEYS, "checkpoint")),
    ("video", ("video",)),
    ("beside", ("weights_beside",)),
)
_ADVICE = "Remove it, or start without --resume into another folder."
# What JSON of a wrong shape leads to when it is taken apart.
_STUMBLES = (ValueError, TypeError, KeyError, AttributeError, OverflowError, zlib.error)


@dataclass(frozen=True)
class Partial:
    """An unfinished profile.

    Attributes:
        made_from: what must be the same to go on: hashes, tools, model, box, policy, engine.
        state: of the tracker.
        counts: of all frames so far.
        boxes: x, y, w, h of every tracked frame so far.
        seconds: wall time per phase and call.
        seconds_beside: the same of the engine beside it.
        resumed_at: frames at which the run was taken up before.
        events: Lava's own counters by phase, if Lava ran.
    """

    made_from: dict[str, Any]
    state: TrackerState
    counts: EventCounts
    boxes: list[list[float]]
    seconds: Seconds = field(default_factory=dict)
    seconds_beside: Seconds = field(default_factory=dict)
    resumed_at: list[int] = field(default_factory=list)
    events: dict[str, lava_events.NodeEvents] = field(default_factory=dict)


def write_partial(path: Path, partial: Partial) -> None:
    """Writes it whole or not at all.

    Raises:
        StoreError: the disk refuses; an older file stays as it was.
    """
    templates = np.ascontiguousarray(partial.state.templates)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "made_from": partial.made_from,
        "frame_index": partial.state.frame_index,
        "box": [float(value) for value in partial.state.box],
        "templates_shape": list(templates.shape),
        "templates": base64.b64encode(zlib.compress(templates.tobytes())).decode(),
        "counts": {name: asdict(phase) for name, phase in partial.counts.phases.items()},
        "boxes": partial.boxes,
        "seconds": partial.seconds,
        "seconds_beside": partial.seconds_beside,
        "resumed_at": partial.resumed_at,
        "lava_events": lava_events.to_dict(partial.events),
    }
    write_text(path, json.dumps(document, separators=(",", ":"), allow_nan=False) + "\n")


def read_partial(path: Path) -> Partial:
    """Reads an unfinished profile.

    Raises:
        ReportError: not there, damaged, or of another version.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        needed, advice = "an unfinished profile to resume", "Start without --resume."
        raise ReportError(f"'{path}'", needed, "nothing there", advice) from None
    except OSError as error:
        found = error.strerror or str(error)
        raise ReportError(f"'{path}'", "a readable file", found) from error
    try:
        document = read_json(content.decode())
        if document["format"] != FORMAT or document["version"] != VERSION:
            found = f"{document['format']} {document['version']}"
            raise ReportError(f"'{path}'", f"{FORMAT} {VERSION}", found[:80], _ADVICE)
        return _partial(document)
    except (*_STUMBLES, RecursionError) as error:
        found = reason_of(error)[:120]
        raise ReportError(f"'{path}'", "a whole unfinished profile", found, _ADVICE) from error


def refuse_unfinished(path: Path) -> None:
    """Refuses to begin anew over an unfinished profile, whose work would be lost.

    Raises:
        ReportError: it is there.
    """
    if path.exists():
        advice = "Go on with --resume, or remove it"
        raise ReportError(f"'{path}'", "no unfinished profile", "one", advice)


def check_same(
    path: Path,
    recorded: dict[str, Any],
    needed: dict[str, Any],
    files: Mapping[str, str] = NO_FILES,
    warn: Warn = silent,
) -> None:
    """Refuses to go on with anything but what the file was made from.

    Args:
        path: of the unfinished profile.
        recorded: what it was made from.
        needed: what the run that goes on is made from.
        files: names of this run's "model", "video" and "beside", for messages.
        warn: is called with what could not be compared.

    Raises:
        PairError: of other files; names both.
        ReportError: names the first other thing that differs.
    """
    before, hashes = _hashes(recorded), _hashes(needed)
    kept = Side(f"unfinished profile '{path}'", before)
    for thing, keys in _PAIRS:
        if any(key in before or key in hashes for key in keys):
            source = Side(files.get(thing, f"the {thing} given"), hashes)
            warning = check_pair(kept, source, keys, _ADVICE)
            if warning is not None:
                warn(warning)
    # Through JSON, so that tuples and lists compare equal with what the file holds.
    now = json.loads(json.dumps(needed))
    for key in dict.fromkeys([*now, *recorded]):
        if key.startswith(SHA256_OF):
            continue
        if recorded.get(key) != now.get(key):
            what = f"'{path}', {key}"
            raise ReportError(what, _brief(now.get(key)), _brief(recorded.get(key)), _ADVICE)


def _hashes(made_from: dict[str, Any]) -> dict[str, str]:
    """What `made_from` was made from, by hash."""
    named = {key: sha256 for key, sha256 in made_from.items() if key.startswith(SHA256_OF)}
    return hashes_in({"sha256": {key[len(SHA256_OF) :]: sha256 for key, sha256 in named.items()}})


def _partial(document: dict[str, Any]) -> Partial:
    shape = tuple(int(size) for size in document["templates_shape"])
    size = int(np.prod(shape))
    if len(shape) != 4 or not 0 < size <= MAX_BYTES:
        raise ValueError(f"templates of shape {shape}")
    packed = base64.b64decode(document["templates"], validate=True)
    raw = zlib.decompressobj().decompress(packed, size)
    templates = np.frombuffer(raw, np.uint8).reshape(shape)
    boxes = [list(_box(row)) for row in document["boxes"]]
    frame_index = _count(document["frame_index"])
    if len(boxes) != frame_index:
        raise ValueError(f"{len(boxes)} boxes of {frame_index} frames")
    counts = EventCounts({name: _phase(name, phase) for name, phase in document["counts"].items()})
    events = _events(document.get("lava_events", {}))
    unknown = sorted(events.keys() - counts.phases.keys())
    if unknown:
        raise ValueError(f"Lava's counters of phase '{unknown[0]}', of which no frame was counted")
    return Partial(
        dict(document["made_from"]),
        TrackerState(frame_index, _box(document["box"]), templates),
        counts,
        boxes,
        _seconds(document["seconds"]),
        _seconds(document["seconds_beside"]),
        [_count(frame) for frame in document["resumed_at"]],
        events,
    )


def _phase(name: str, document: dict[str, Any]) -> PhaseCounts:
    if document["phase"] != name:
        raise ValueError(f"phase '{document['phase']}' under the name '{name}'")
    layers = tuple(_layer(layer) for layer in document["layers"])
    return PhaseCounts(name, _count(document["frames"]), layers)


def _events(document: dict[str, Any]) -> dict[str, lava_events.NodeEvents]:
    events = lava_events.from_dict(document)
    for nodes in events.values():
        for node_events in nodes.values():
            for count in asdict(node_events).values():
                _count(count)
    return events


def _layer(document: dict[str, Any]) -> LayerCounts:
    missing = {field.name for field in fields(LayerCounts)} - document.keys()
    if missing:
        raise ValueError(f"a layer without '{min(missing)}'")
    for key in (*SUMMED, "neurons", "n_steps", "bytes_per_message", "max_spike"):
        _count(document[key])
    return LayerCounts(**document)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} where a count belongs")
    return value


def _box(row: Any) -> Box:
    x, y, w, h = (float(value) for value in row)
    return Box(x, y, w, h)


def _seconds(document: dict[str, Any]) -> Seconds:
    return {str(phase): [float(value) for value in times] for phase, times in document.items()}


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 100 else f"{text[:97]}..."
