"""Stores a converted model in one HDF5 file: equal models give equal bytes, damage is refused.

Layout (format version 2), everything in a fixed order and without times:
    512 bytes                                        the seal: format, version, SHA-256 of the rest
    `structure`, `variant`, `provenance`, `report`   canonical JSON as UTF-8 bytes
    `arrays/<graph>.<node>.<field>`                  one dataset per array, by position in it
    `sha256`                                         of all arrays and texts, as JSON
`structure` is [{"name": graph, "nodes": [record, ...]}, ...]. No dataset has variable length.
"""

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

import h5py
import numpy as np

from spiketrack.errors import GraphError, StoreError
from spiketrack.files.hdf5 import BoundedReader, Limits, put_array, reading, write_hdf5
from spiketrack.files.seal import check_seal
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Json, Model
from spiketrack.graph.records import SPIKE_TYPES, array_fields, from_record, record_type, to_record
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.json_text import read_json
from spiketrack.provenance import sha256_arrays

FORMAT = "spiketrack-model"
FORMAT_VERSION = 2
_GZIP_LEVEL = 4
_MAX_TEXT_BYTES = 1 << 26
_TEXTS = ("structure", "variant", "provenance", "report")


def save_model(path: str | PathLike[str], model: Model) -> None:
    """Writes a model; on any failure the file at `path` stays what it was.

    Args:
        path: where; an existing file is replaced.
        model: integer graphs and facts; equal models give equal bytes.

    Raises:
        StoreError: the disk refuses, or the model holds what JSON cannot say.
    """
    parts: dict[str, object] = {
        "structure": _structure(model.graphs),
        "variant": model.variant,
        "provenance": model.provenance,
        "report": model.report,
    }
    contents = {name: _to_bytes(name, value) for name, value in parts.items()}
    contents.update(_arrays(model.graphs))

    def fill(file: h5py.File) -> None:
        file.create_group("arrays")
        # A checksum inside as well: the seal covers bytes, this one numbers, whatever library wrote
        # them.
        put_array(file, "sha256", _to_bytes("sha256", sha256_arrays(contents)), level=_GZIP_LEVEL)
        for name, array in contents.items():
            put_array(file, name, array, level=_GZIP_LEVEL)

    write_hdf5(path, fill, seal=(FORMAT, FORMAT_VERSION))


def load_model(path: str | PathLike[str], *, limits: Limits | None = None) -> Model:
    """Reads a model back, bit for bit.

    Args:
        path: a file made by `save_model`.
        limits: what the file may make this program allocate.

    Raises:
        StoreError: not such a file, of another version, truncated, changed or inconsistent.
    """
    # Before HDF5 sees the file, since its library can crash on damaged ones.
    check_seal(path, FORMAT, FORMAT_VERSION)
    with reading(path, limits) as reader:
        contents = {name: _text(reader, name) for name in _TEXTS}
        texts = {name: _from_bytes(reader, name, contents[name]) for name in _TEXTS}
        for name in ("variant", "provenance", "report"):
            if not isinstance(texts[name], dict):
                raise StoreError(f"{reader.what}, '{name}'", "a dictionary", "another value")
        try:
            graphs = _read_graphs(reader, texts["structure"], contents)
        except GraphError as error:
            raise StoreError(reader.what, "graphs that keep the law", str(error)) from error
        recorded = _from_bytes(reader, "sha256", _text(reader, "sha256"))
        # Last, since the hash is over what has been read by then.
        if recorded != sha256_arrays(contents):
            raise StoreError(reader.what, "contents that give the recorded sha256", "changed ones")
    return Model(graphs, texts["variant"], texts["provenance"], texts["report"])


def content_sha256(graphs: Mapping[str, Graph[Any]]) -> str:
    """Hashes every node, number, width and array of a model's graphs, and nothing else (SHA-256).

    A model that was converted again, by other versions or with another report, has the same.

    Args:
        graphs: of integers or floats, by name.
    """
    parts = {"structure": _to_bytes("structure", _structure(graphs)), **_arrays(graphs)}
    return sha256_arrays(parts)


def _structure(graphs: Mapping[str, Graph[Any]]) -> list[Json]:
    for name, graph in graphs.items():
        if graph.name != name:
            raise StoreError(f"model, graph '{name}'", "a graph of that name", f"'{graph.name}'")
    return [
        {"name": name, "nodes": [to_record(node) for node in graph]}
        for name, graph in graphs.items()
    ]


def _arrays(graphs: Mapping[str, Graph[Any]]) -> dict[str, Array]:
    return {
        _array_name(i, j, field): getattr(node, field)
        for i, graph in enumerate(graphs.values())
        for j, node in enumerate(graph)
        for field in array_fields(type(node))
    }


def _array_name(graph: int, node: int, field: str) -> str:
    # Padded with zeros, so that the order of names is that of the nodes.
    return f"arrays/{graph}.{node:05d}.{field}"


def _to_bytes(name: str, value: object) -> Array:
    try:
        # One way to write a value, so that equal models give equal bytes.
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StoreError(f"model, {name}", "JSON values and finite numbers", str(error)) from error
    return np.frombuffer(text.encode(), np.uint8)


def _text(reader: BoundedReader, name: str) -> Array:
    """The bytes of a text, of which there are never many: JSON costs many times its length."""
    declared = reader.dataset(reader.root, name).size
    if declared > _MAX_TEXT_BYTES:
        needed = f"at most {_MAX_TEXT_BYTES} bytes of text"
        raise StoreError(f"{reader.what}, '{name}'", needed, f"{declared} declared")
    return reader.array(reader.root, name)


def _from_bytes(reader: BoundedReader, name: str, raw: Array) -> Any:
    try:
        return read_json(raw.astype(np.uint8).tobytes().decode())
    except ValueError as error:
        raise StoreError(f"{reader.what}, '{name}'", "JSON", str(error)) from error


def _read_graphs(
    reader: BoundedReader, structure: object, contents: dict[str, Array]
) -> dict[str, Graph[SpikeNode]]:
    graphs: dict[str, Graph[SpikeNode]] = {}
    arrays = reader.group(reader.root, "arrays")
    for i, entry in enumerate(_list(reader, structure)):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise StoreError(f"{reader.what}, 'structure'", "named graphs", "another value")
        records = enumerate(_list(reader, entry.get("nodes")))
        nodes = [_read_node(reader, arrays, contents, (i, j), record) for j, record in records]
        graphs[entry["name"]] = Graph(entry["name"], tuple(nodes))
    # An array that no node names would be outside the checksum.
    if len(arrays) != len(contents) - len(_TEXTS):
        expected = f"{len(contents) - len(_TEXTS)} arrays"
        raise StoreError(f"{reader.what}, 'arrays'", expected, str(len(arrays)))
    return graphs


def _read_node(
    reader: BoundedReader,
    arrays: h5py.Group,
    contents: dict[str, Array],
    place: tuple[int, int],
    record: object,
) -> SpikeNode:
    given: dict[str, Array] = {}
    for field in array_fields(SPIKE_TYPES[record_type(SPIKE_TYPES, record)]):
        name = _array_name(*place, field)
        contents[name] = given[field] = reader.array(arrays, name.removeprefix("arrays/"))
    return from_record(SPIKE_TYPES, record, given)


def _list(reader: BoundedReader, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise StoreError(f"{reader.what}, 'structure'", "lists", type(value).__name__)
    return value
