"""mapping.json: written one layer a line so that diff shows what moved, checked when it is read.

What is checked: every neuron lies on exactly one core, no limit of a core is exceeded, every core
has a place of its own on the board, the SynOps of cores and layers agree.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from hardware.mapping.demand import LIMIT_OF
from hardware.mapping.packing import USED
from hardware.mapping.reach import Int64, cuts
from hardware.mapping.record import LayerRecord, MappingRecord
from spiketrack.errors import MappingError, reason_of
from spiketrack.json_text import read_json

FORMAT = "spiketrack-mapping"
VERSION = 1
MAX_BYTES = 1 << 28
_PER_LINE = 24
_COUNTS = (
    "n_steps", "compartments", "weights", "duplicated_weights", "contents", "duplicated_contents",
    "synops", "register_bits",
)  # fmt: skip
_LATER = {"register_bits": 0}
"""What files of before a field was kept are read as."""
_STUMBLES = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def to_text(record: MappingRecord) -> str:
    """The content of mapping.json; equal records give equal bytes.

    Args:
        record: plain data of a layout, from `record_of`.

    Returns:
        JSON text, which ends with a line break.
    """
    parts = [
        f' "format": {json.dumps(FORMAT)}',
        f' "version": {VERSION}',
        f' "graph": {json.dumps(record.graph)}',
        f' "provenance": {_indented(record.provenance)}',
        f' "target": {_indented(record.target)}',
        f' "board": {_indented(record.board)}',
        f' "summary": {_indented(record.summary)}',
        ' "layers": [\n' + ",\n".join(_layer_line(one) for one in record.layers) + "\n ]",
        f' "places": {_rows(record.places)}',
        ' "used": {\n'
        + ",\n".join(f"  {json.dumps(key)}: {_rows(row)}" for key, row in record.used.items())
        + "\n }",
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def from_text(text: str, what: str = "mapping") -> MappingRecord:
    """A mapping from the content of its file, checked.

    Raises:
        MappingError: not a mapping, of another version, or one that breaks its own limits.
    """
    try:
        document = read_json(text)
        if document["format"] != FORMAT or document["version"] != VERSION:
            found = f"{document['format']} {document['version']}"[:80]
            raise MappingError(what, f"{FORMAT} {VERSION}", found)
        record = _record(document)
        check(record, what)
    except _STUMBLES as error:
        found = reason_of(error)[:160]
        raise MappingError(what, "a whole mapping", found) from error
    return record


def read_mapping(path: Path) -> MappingRecord:
    """Reads mapping.json.

    Args:
        path: the file that holds what `to_text` made.

    Raises:
        MappingError: as `from_text`, or the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise MappingError(f"'{path}'", "a readable file", found) from error
    if len(content) > MAX_BYTES:
        raise MappingError(f"'{path}'", f"at most {MAX_BYTES} bytes", "more")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise MappingError(f"'{path}'", "UTF-8 text", str(error)) from error
    return from_text(text, f"'{path}'")


def check(record: MappingRecord, what: str = "mapping") -> None:
    """Raises MappingError where a mapping breaks a law of the head of this file."""
    count = len(record.places)
    for name in USED:
        _require(len(record.used[name]) == count, f"{what}, used '{name}'", f"{count} cores")
    places, room = record.places, int(record.board["cores"])
    _require(len(np.unique(places)) == count, f"{what}, places", "a place of its own for each core")
    inside = count == 0 or (int(places.min()) >= 0 and int(places.max()) < room)
    _require(inside, f"{what}, places", f"places 0..{room - 1}")
    for name, limit in LIMIT_OF.items():
        allowed = int(record.target["quantities"][limit]["value"])
        peak = int(record.used[name].max(initial=0))
        _require(peak <= allowed, f"{what}, {name}", f"at most {allowed} on a core", str(peak))
    neurons = np.zeros(count, np.int64)
    for layer in record.layers:
        _add_neurons(layer, neurons, f"{what}, layer '{layer.name}'")
    same = np.array_equal(neurons, record.used["neurons"])
    _require(same, f"{what}, neurons", "every neuron on exactly one core")
    synops = sum(layer.synops for layer in record.layers)
    _require(
        synops == int(record.used["synops"].sum()), f"{what}, synops", f"{synops} as in the layers"
    )


def _add_neurons(layer: LayerRecord, neurons: Int64, what: str) -> None:
    if layer.runs_on == "host":
        _require(not layer.cores, what, "no cores: the host has it")
        return
    fits = all(1 <= part <= size for part, size in zip(layer.parts, layer.shape, strict=True))
    _require(fits, what, "1 or more cells in every part", str(layer.parts))
    tiles = prod(layer.parts)
    _require(len(layer.cores) == tiles, what, f"a core for each of {tiles} tiles")
    sizes = [np.diff(cuts(*axis)) for axis in zip(layer.shape, layer.parts, strict=True)]
    cells = sizes[1][:, None, None] * sizes[2][None, :, None] * sizes[0][None, None]
    cores = np.array(layer.cores, np.int64)
    inside = int(cores.min()) >= 0 and int(cores.max()) < len(neurons)
    _require(inside, what, f"cores 0..{len(neurons) - 1}")
    np.add.at(neurons, cores, cells.reshape(-1) * layer.compartments)


def _require(holds: bool, what: str, needed: str, found: str = "another") -> None:
    if not holds:
        raise MappingError(what, needed, found)


def _record(document: Mapping[str, Any]) -> MappingRecord:
    used = {name: _integers(document["used"][name]) for name in USED}
    return MappingRecord(
        graph=str(document["graph"]),
        target=dict(document["target"]),
        board=dict(document["board"]),
        layers=tuple(_layer(one) for one in document["layers"]),
        places=_integers(document["places"]),
        used=used,
        summary=dict(document["summary"]),
        provenance=dict(document["provenance"]),
    )


def _layer(document: Mapping[str, Any]) -> LayerRecord:
    names = {field.name for field in fields(LayerRecord)}
    values = {**_LATER, **document}
    if set(values) != names:
        raise ValueError(f"a layer with the fields {', '.join(sorted(set(values) ^ names))}")
    for key in ("shape", "parts"):
        values[key] = tuple(_whole(one) for one in document[key])
        if len(values[key]) != 3:
            raise ValueError(f"{key} of {len(values[key])} axes")
    values["cores"] = tuple(_whole(one) for one in document["cores"])
    values["nodes"] = tuple(str(one) for one in document["nodes"])
    for key in _COUNTS:
        values[key] = _whole(values[key])
    values["messages"] = _number(document["messages"])
    values["utilisation"] = {
        str(key): _number(share) for key, share in document["utilisation"].items()
    }
    return LayerRecord(**values)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 62:
        raise ValueError(f"{value!r} where a number from 0 belongs")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise ValueError(f"{value!r} where a whole number belongs")
    return value


def _integers(rows: Any) -> Int64:
    return np.array([_whole(one) for row in rows for one in row], np.int64)


def _indented(value: Any) -> str:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return text.replace("\n", "\n ")


def _layer_line(layer: LayerRecord) -> str:
    text = json.dumps(asdict(layer), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"  {text}"


def _rows(values: Int64) -> str:
    """Numbers in rows, so that a changed one changes one line."""
    listed = values.tolist()
    rows = [listed[start : start + _PER_LINE] for start in range(0, len(listed), _PER_LINE)]
    lines = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows)
    return f"[\n{lines}\n ]" if rows else "[]"
