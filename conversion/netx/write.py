"""Writes an integer graph as a `.net` file of lava-dl, or lists every obstacle in one error.

Written are chains: an input, with a CUBA-LIF or a delta encoder or alone; layers of `Delay`,
`SpikeConv` and neuron (CUBA-LIF, CUBA-LI, or sigma with relu and delta), axonal delays, `Flatten`;
and an average at the end. The format has no names and no real scales: they are dropped. What it has
is exact: reading the file gives a graph that computes the same integers, and the very same graph if
that came from a file with an input layer (without one, the layers are numbered anew).
"""

from os import PathLike
from typing import Any

import h5py
import numpy as np

from conversion.netx.chain import ChainCutter, Part
from conversion.netx.layers import Layer, LayerWriter
from conversion.netx.options import NetxOptions
from spiketrack.errors import ObstacleError
from spiketrack.files.hdf5 import put_array, write_hdf5
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

_GZIP_LEVEL = 4


def write_netx(
    graph: Graph[s.SpikeNode], path: str | PathLike[str], *, options: NetxOptions | None = None
) -> None:
    """Writes a network file, complete or not at all.

    Args:
        graph: an integer graph.
        path: where; an existing file is replaced.
        options: what the file's reader will be given: reset, spike_exp, input_message_bits.

    Raises:
        ObstacleError: everything in the graph that the format, or its loader in lava-dl, cannot
            say, each with the name of its node.
        StoreError: the file cannot be written.
    """
    layers = layers_of(graph, options or NetxOptions())

    def fill(file: h5py.File) -> None:
        group = file.create_group("layer")
        for index, layer in enumerate(layers):
            _put(group.create_group(str(index)), layer)

    write_hdf5(path, fill)


def layers_of(graph: Graph[s.SpikeNode], options: NetxOptions) -> list[Layer]:
    """The fields of all layers.

    Raises:
        ObstacleError: as `write_netx`.
    """
    cutter = ChainCutter(graph)
    writer = LayerWriter(graph, options)
    layers = _write_parts(writer, cutter.parts)
    # A graph that is no chain has no layers to write, and its neurons are still worth a word.
    if not cutter.parts:
        writer.check_neurons()
    obstacles = (*cutter.obstacles, *writer.obstacles)
    if obstacles:
        raise ObstacleError(f"graph '{graph.name}'", tuple(obstacles))
    return layers


def _write_parts(writer: LayerWriter, parts: list[Part]) -> list[Layer]:
    return [
        writer.layer(part, parts[index + 1] if index + 1 < len(parts) else None)
        for index, part in enumerate(parts)
    ]


def _put(group: h5py.Group, fields: Layer) -> None:
    for name, value in fields.items():
        if isinstance(value, dict):
            if value:
                _put(group.create_group(name), value)
        elif isinstance(value, np.ndarray) and value.dtype.kind != "S":
            put_array(group, name, value, level=_GZIP_LEVEL)
        else:
            data: Any = value
            # Without times the same graph gives the same bytes.
            group.create_dataset(name, data=data, track_times=False)
