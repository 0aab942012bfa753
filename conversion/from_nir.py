"""Reads a NIR file: ours back bit for bit in either dialect, any other by `conversion.nir_import`.

Our metadata says which node each part belongs to; the file's own nodes, edges and uniform arrays
must then be exactly what writing the graph again would give. Nothing in the file is ever executed,
and its sizes are bounded before anything is allocated.
"""

from dataclasses import dataclass
from math import prod
from os import PathLike
from typing import Any

import h5py
import numpy as np

from conversion.nir_document import (
    FORMAT_VERSION,
    KEY,
    MAX_NODES,
    BlockDiagonal,
    Content,
    Derived,
    Filled,
    NirDocument,
    part,
)
from conversion.nir_form import nir_form_of
from conversion.nir_import import read_foreign
from conversion.nir_options import NirOptions
from spiketrack.errors import GraphError, StoreError, UnsupportedOpError
from spiketrack.files.hdf5 import BoundedReader, Limits, reading
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import FLOAT_TYPES, from_record
from spiketrack.json_text import read_json

_SLAB_BYTES = 1 << 26
_DEFAULTS = NirOptions()
_MEMBRANE = ("u_keep", "u_gain", "v_keep", "v_gain", "v_drive")
# Where the arrays of a node lie: the part whose metadata holds them ('' for the node), the fields.
_ARRAY_PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "FloatBias": ("table", ("table",)),
    "FloatNILIF": ("1", ("decay",)),
    "FloatCubaLIF": ("", (*_MEMBRANE, "threshold", "v_reset")),
    "FloatCubaLI": ("", _MEMBRANE),
    "FloatThreshold": ("", ("level",)),
    "Delay": ("", ("steps_q",)),
}


@dataclass(frozen=True, slots=True)
class NirImport:
    """A graph, and how it was read.

    Attributes:
        graph: the float graph.
        notes: what was chosen or assumed on the way, one sentence each.
        dt: seconds a step stands for, the file's own or the option's.
        is_own: whether spiketrack wrote the file, so that it says dt and reset itself.
    """

    graph: Graph[FloatNode]
    notes: tuple[str, ...]
    dt: float
    is_own: bool


def read_nir(
    path: str | PathLike[str],
    *,
    options: NirOptions = _DEFAULTS,
    limits: Limits | None = None,
) -> Graph[FloatNode]:
    """The float graph of a NIR file: `read_nir_with_notes` without the notes.

    Args:
        path: a file by `write_nir` in either dialect, or by another tool.
        options: step, reset and number of steps for a file by another tool; ours says them itself.
        limits: what the file may make this program allocate.

    Raises:
        StoreError: unreadable, too large, of another version, or at odds with its own metadata.
        ObstacleError: nodes with no meaning here, all of them at once.
        UnsupportedOpError: a file of ours with a node type of another version.
    """
    return read_nir_with_notes(path, options=options, limits=limits).graph


def read_nir_with_notes(
    path: str | PathLike[str],
    *,
    options: NirOptions = _DEFAULTS,
    limits: Limits | None = None,
) -> NirImport:
    """The float graph of a NIR file, and how it was read.

    Args:
        path: a file by `write_nir` in either dialect, or by another tool.
        options: step, reset and number of steps for a file by another tool; ours says them itself.
        limits: what the file may make this program allocate.

    Raises:
        StoreError: unreadable, too large, of another version, or at odds with its own metadata.
        ObstacleError: nodes with no meaning here, all of them at once.
        UnsupportedOpError: a file of ours with a node type of another version.
    """
    with reading(path, limits) as reader:
        root = reader.group(reader.root, "node")
        metadata = _texts(reader, root)
        if KEY not in metadata:
            texts = [text for entry in metadata.items() for text in entry]
            graph, notes_of_reading = read_foreign(reader, root, options, texts)
            return NirImport(graph, notes_of_reading, options.dt, is_own=False)
        meaning = _meaning(reader, metadata[KEY])
        graph = _read_own(reader, root, meaning)
        dt = float(meaning["dt"])
        notes = [f"written by spiketrack: steps of dt = {dt:g}"]
        if options.cuba is not None:
            notes.append(f"cuba = {options.cuba} is not used: the file says it of every neuron")
        return NirImport(graph, tuple(notes), dt, is_own=True)


def _texts(reader: BoundedReader, root: h5py.Group) -> dict[str, str]:
    """The metadata that are texts; ours must be one, and other tools may keep anything there."""
    if "metadata" not in root:
        return {}
    group = reader.group(root, "metadata")
    names = [name for name in group if not _is_group(group, name)]
    texts = {name: _text(reader, group, name) for name in names}
    return {name: text for name, text in texts.items() if text is not None}


def _text(reader: BoundedReader, group: h5py.Group, name: str) -> str | None:
    """A text, or None for what is none: lists, numbers, bytes in no encoding of texts."""
    if name == KEY:
        return reader.text(group, name)
    try:
        dataset = reader.dataset(group, name)
        is_text = h5py.check_string_dtype(dataset.dtype) is not None and dataset.shape == ()
        return reader.text(group, name) if is_text else None
    except (StoreError, UnicodeDecodeError):
        return None


def _is_group(group: h5py.Group, name: str) -> bool:
    return group.get(name, getclass=True) is h5py.Group


def _meaning(reader: BoundedReader, text: str) -> dict[str, Any]:
    try:
        meaning = read_json(text)
    except ValueError as error:
        raise StoreError(f"{reader.what}, metadata", "JSON", str(error)) from error
    if not isinstance(meaning, dict):
        raise StoreError(f"{reader.what}, metadata", "a JSON object", type(meaning).__name__)
    return meaning


def _read_own(reader: BoundedReader, root: h5py.Group, meaning: dict[str, Any]) -> Graph[FloatNode]:
    version, dialect, order = (meaning.get(key) for key in ("format_version", "dialect", "order"))
    if version != FORMAT_VERSION:
        needed, found = f"format version {FORMAT_VERSION}", repr(version)
        raise StoreError(reader.what, needed, found, "Another spiketrack wrote it")
    if dialect not in ("portable", "compact") or not isinstance(order, list):
        raise StoreError(f"{reader.what}, metadata", "a dialect and an order", repr(dialect))
    dt = meaning.get("dt")
    if not isinstance(dt, float) or not 0 < dt < float("inf"):
        raise StoreError(f"{reader.what}, metadata", "a positive dt", repr(dt))
    group = reader.group(root, "nodes")
    records = _records(reader, group)
    if sorted(map(str, order)) != sorted(records):
        raise StoreError(f"{reader.what}, metadata", "an order of all its nodes", "another list")
    try:
        nodes = tuple(_read_node(reader, group, records[name]) for name in order)
        graph = Graph(str(meaning.get("graph")), nodes)
        document = nir_form_of(graph, dialect, dt)
    except GraphError as error:
        raise StoreError(reader.what, "metadata that makes a graph", str(error)) from error
    _check_document(reader, root, document)
    return graph


def _records(reader: BoundedReader, group: h5py.Group) -> dict[str, dict[str, Any]]:
    """What the metadata says of every node, by our name of it."""
    if len(group) > MAX_NODES:
        raise StoreError(f"{reader.what}, nodes", f"at most {MAX_NODES} nodes", str(len(group)))
    records: dict[str, dict[str, Any]] = {}
    for name in group:
        node = reader.group(group, name)
        meaning = _meaning(reader, _texts(reader, node).get(KEY, "{}"))
        if "part_of" in meaning:
            continue
        if meaning.get("type") not in FLOAT_TYPES:
            kind = meaning.get("type") or reader.text(node, "type")
            where = f"{reader.what}, node '{name}'"
            raise UnsupportedOpError(where, "a node type with a meaning here", str(kind))
        records[str(meaning.get("name"))] = meaning
    return records


def _read_node(reader: BoundedReader, group: h5py.Group, record: dict[str, Any]) -> FloatNode:
    name = record["name"]
    arrays: dict[str, Array] = {}
    if record["type"] == "FloatConv":
        node = reader.group(group, name)
        arrays["weight"] = _kernel(reader, node, record.get("groups"))
        arrays["bias"] = reader.floats(node, "bias")
    where, fields = _ARRAY_PLACES.get(record["type"], ("", ()))
    for field in fields:
        inside = part(name, where)
        holder = reader.group(group, inside if where and inside in group else name)
        arrays[field] = reader.array(reader.group(holder, "metadata"), field)
    if record["type"] == "FloatCubaLIF":
        way = part(name, "recurrent")
        is_recurrent = way in group
        arrays["recurrent"] = (
            reader.floats(reader.group(group, way), "weight") if is_recurrent else np.zeros((0, 0))
        )
    record = {key: value for key, value in record.items() if key != "steps"}
    return from_record(FLOAT_TYPES, record, arrays)


def _kernel(reader: BoundedReader, node: h5py.Group, groups: object) -> Array:
    """The grouped kernel (O, C/groups, K_h, K_w) float64 of a Conv2d or Affine, expanded or not."""
    stored = int(reader.array(node, "groups")) if "groups" in node else 1
    dataset = reader.dataset(node, "weight")
    if groups == stored or not isinstance(groups, int):
        return _with_taps(reader.floats(node, "weight"))
    if dataset.ndim not in (2, 4) or groups < 1 or any(size % groups for size in dataset.shape[:2]):
        raise StoreError(f"{reader.what}, {node.name}", f"{groups} groups", str(dataset.shape))
    rows, columns = dataset.shape[0] // groups, dataset.shape[1] // groups
    shape = (dataset.shape[0], columns, *dataset.shape[2:])
    group_bytes = max(1, dataset.dtype.itemsize * rows * prod(dataset.shape[1:]))
    step = min(groups, max(1, _SLAB_BYTES // group_bytes))
    reader.charge(node, "weight", prod(shape) * np.dtype(np.float64).itemsize)
    reader.charge(node, "weight", step * group_bytes)
    kernel = np.empty(shape, np.float64)
    for start in range(0, groups, step):
        stop = min(start + step, groups)
        slab = dataset[start * rows : stop * rows]
        for g in range(start, stop):
            own = slab[(g - start) * rows : (g - start + 1) * rows]
            kernel[g * rows : (g + 1) * rows] = own[:, g * columns : (g + 1) * columns]
        if np.count_nonzero(slab) != np.count_nonzero(kernel[start * rows : stop * rows]):
            raise StoreError(f"{reader.what}, {node.name}", "zeros between groups", "other weights")
    return _with_taps(kernel)


def _with_taps(weight: Array) -> Array:
    """A matrix as a kernel of one tap."""
    return weight[:, :, None, None] if weight.ndim == 2 else weight


def _check_document(reader: BoundedReader, root: h5py.Group, document: NirDocument) -> None:
    """Raises StoreError unless nodes, edges and uniform arrays are those of the document."""
    group = reader.group(root, "nodes")
    edges = reader.text_rows(root, "edges", 2)
    odd = set(edges) ^ set(document.edges)
    if odd or len(edges) != len(document.edges):
        found = f"{len(odd)} edges that differ"
        raise StoreError(f"{reader.what}, edges", "those its metadata implies", found)
    odd_nodes = set(group) ^ set(document.nodes)
    if odd_nodes:
        found = f"'{min(odd_nodes)}' in one of them only"
        raise StoreError(f"{reader.what}, nodes", "those its metadata implies", found)
    for name, expected in document.nodes.items():
        node = reader.group(group, name)
        kind = reader.text(node, "type")
        meaning = _meaning(reader, _texts(reader, node).get(KEY, "{}"))
        same = (kind, meaning) == (expected.kind, expected.meaning) and all(
            _matches(reader, node, key, content) for key, content in expected.fields.items()
        )
        if not same:
            needed = f"the {expected.kind} its metadata implies"
            raise StoreError(f"{reader.what}, node '{name}'", needed, f"another {kind}")


def _matches(reader: BoundedReader, node: h5py.Group, name: str, content: Content) -> bool:
    """Whether a dataset is what it should be; of weights, where the graph came from, the shape."""
    dataset = reader.dataset(node, name)
    if isinstance(content, Filled):
        if dataset.shape != content.shape or dataset.dtype != content.value.dtype:
            return False
        if dataset.id.get_storage_size() == 0:
            return bool(dataset.fillvalue == content.value)
        return bool((reader.array(node, name) == content.value).all())
    if isinstance(content, Derived):
        same = dataset.shape == content.array.shape and dataset.dtype == content.array.dtype
        return same and bool(np.array_equal(reader.array(node, name), content.array))
    if isinstance(content, BlockDiagonal) or content.dtype.kind == "f":
        return bool(dataset.shape == content.shape)
    return bool(np.array_equal(reader.array(node, name), content))
