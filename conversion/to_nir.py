"""Writes a float graph as a NIR file (HDF5, NIR 1.0.8), in one of two dialects of the same nodes.

"portable": what stock `nir.read` accepts with its defaults. Grouped kernels are expanded to dense
ones, thresholds and scales have the full shape (C, H, W). Uniform arrays are stored as a fill value
and expanded kernels as their diagonal blocks, so the file stays small; a stock reader sees them
whole.
"compact": grouped kernels as they are, uniform arrays of shape (1, 1, 1); for stock NIR it needs
`type_check=False`.

What a stock executor computes: exactly the segments between cuts. A cut is what NIR has no
primitive for: k^T v, q M, bilinear upsampling, the gate, and every change of the number of steps or
of the grid's meaning. Positional tables and the decayed membrane of a neuron with several steps
enter through Inputs; metadata says what to feed. `conversion.nir_document.NOTES` says the same
inside the file.
"""

import json
import math
from collections.abc import Mapping
from os import PathLike
from types import MappingProxyType
from typing import Any

import h5py
import numpy as np

from conversion.nir_document import (
    KEY,
    NIR_VERSION,
    NOTES,
    NOTES_KEY,
    BlockDiagonal,
    Content,
    Derived,
    Dialect,
    Filled,
    NirDocument,
    NirNode,
)
from conversion.nir_form import nir_form_of
from spiketrack.errors import UnsupportedOpError
from spiketrack.files.hdf5 import put_array, write_hdf5
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.records import FLOAT_TYPES

_GZIP_LEVEL = 1
_BLOCK_CHANNELS = 32
_NOTHING: Mapping[str, str] = MappingProxyType({})


def write_nir(
    graph: Graph[FloatNode],
    path: str | PathLike[str],
    *,
    dialect: Dialect = "portable",
    metadata: Mapping[str, str] = _NOTHING,
    dt: float = 1e-4,
) -> None:
    """Writes a graph; the file is complete or absent, and the same graph gives the same bytes.

    Args:
        graph: a float graph whose batch norms are folded.
        path: where; an existing file is replaced.
        dialect: "portable" for any NIR tool, "compact" for this project.
        metadata: texts to keep in the file, for instance provenance as JSON.
        dt: length of one step, for which time constants and delays are written.

    Raises:
        UnsupportedOpError: a batch norm, a neuron that grows by itself, an integer graph, or a
            kernel or name the file cannot hold.
        StoreError: the disk is full or the folder not writable.
        ValueError: a metadata key that is taken or cannot be a key; an unknown dialect; a dt that
            is not positive.
    """
    if dialect not in ("portable", "compact"):
        raise ValueError(f"dialect must be 'portable' or 'compact', not {dialect!r}")
    for key in metadata:
        if key.startswith(KEY) or "/" in key or key in ("", "."):
            raise ValueError(f"metadata key {key!r} cannot be used")
    if not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"dt must be a positive number, not {dt!r}")
    _require_float(graph)
    document = nir_form_of(graph, dialect, dt)
    texts = {KEY: _json(document.meaning), NOTES_KEY: NOTES, **metadata}
    write_hdf5(path, lambda file: _put_document(file, document, texts))


def _require_float(graph: Graph[FloatNode]) -> None:
    """Refuses an integer graph: its numbers have scales and widths, for which NIR has no words."""
    for node in graph:
        kind = type(node).__name__
        if kind not in FLOAT_TYPES:
            advice = "Write the float graph it was made from"
            raise UnsupportedOpError(f"node '{node.name}'", "a float node", f"a {kind}", advice)


def _put_document(file: h5py.File, document: NirDocument, texts: Mapping[str, str]) -> None:
    _put_text(file, "version", NIR_VERSION)
    root = file.create_group("node")
    _put_text(root, "type", "NIRGraph")
    shared = root.create_group("metadata")
    for key, text in texts.items():
        _put_text(shared, key, text)
    edges = np.array(document.edges, object)
    root.create_dataset("edges", data=edges, dtype=h5py.string_dtype(), track_times=False)
    nodes = root.create_group("nodes")
    for name, node in document.nodes.items():
        _put_node(nodes.create_group(name), node)


def _put_node(group: h5py.Group, node: NirNode) -> None:
    _put_text(group, "type", node.kind)
    for name, content in node.fields.items():
        _put_content(group, name, content)
    metadata = group.create_group("metadata")
    _put_text(metadata, KEY, _json(node.meaning))
    for name, table in node.tables.items():
        put_array(metadata, name, table, level=_GZIP_LEVEL)


def _put_content(group: h5py.Group, name: str, content: Content) -> None:
    if isinstance(content, Filled):
        dtype, shape = content.value.dtype, content.shape
        group.create_dataset(name, shape, dtype, fillvalue=content.value, track_times=False)
    elif isinstance(content, Derived):
        put_array(group, name, content.array, level=_GZIP_LEVEL)
    elif isinstance(content, BlockDiagonal):
        _put_blocks(group, name, content)
    else:
        put_array(group, name, content, level=_GZIP_LEVEL)


def _put_blocks(group: h5py.Group, name: str, content: BlockDiagonal) -> None:
    """Writes the diagonal of an expanded kernel, one chunk per batch of groups; the rest is 0."""
    weight, groups = content.weight, content.groups
    rows, columns = len(weight) // groups, weight.shape[1]
    batch = min(groups, max(1, _BLOCK_CHANNELS // max(rows, columns)))
    dataset = group.create_dataset(
        name,
        content.shape,
        weight.dtype,
        chunks=(batch * rows, batch * columns, *weight.shape[2:]),
        compression="gzip",
        compression_opts=_GZIP_LEVEL,
        shuffle=True,
        fillvalue=weight.dtype.type(0),
        track_times=False,
    )
    for start in range(0, groups, batch):
        n = min(batch, groups - start)
        block = np.zeros((n, rows, n, columns, *weight.shape[2:]), weight.dtype)
        for i in range(n):
            block[i, :, i] = weight[(start + i) * rows : (start + i + 1) * rows]
        block = block.reshape(n * rows, n * columns, *weight.shape[2:])
        at = slice(start * rows, (start + n) * rows), slice(start * columns, (start + n) * columns)
        dataset[at] = block


def _put_text(group: h5py.Group, name: str, text: str) -> None:
    group.create_dataset(name, data=text, dtype=h5py.string_dtype(), track_times=False)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
