"""A NIR file by another tool -> float graph, or one error that lists every obstacle.

Directly expressible: Input, Output, Conv2d, AvgPool2d over square cells, a uniform positive Scale,
and banks of Thresholds with common sources and destinations at the levels of an NI-LIF neuron.
Several in-edges are a sum. One step; loops, nested graphs and all other types are obstacles.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import h5py
import numpy as np

from conversion.nir_document import firing_levels
from spiketrack.errors import GraphError, UnsupportedOpError
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.hdf5_file import BoundedReader

_KNOWN = {"Input", "Output", "Conv2d", "AvgPool2d", "Scale", "Threshold"}


@dataclass(frozen=True, slots=True)
class _File:
    """Types, in-edges and out-edges of all nodes by name."""

    reader: BoundedReader
    group: h5py.Group
    kinds: dict[str, str]
    sources: dict[str, tuple[str, ...]]
    targets: dict[str, tuple[str, ...]]

    def array(self, node: str, field: str) -> Array:
        return self.reader.array(self.reader.group(self.group, node), field)

    def floats(self, node: str, field: str) -> Array:
        return self.reader.floats(self.reader.group(self.group, node), field)


def read_foreign(reader: BoundedReader, root: h5py.Group) -> Graph[f.FloatNode]:
    """The float graph of a file without our metadata.

    Raises:
        UnsupportedOpError: with every obstacle in the file, each with the path of its node.
        GraphError: nodes that do not fit together.
        StoreError: unreadable.
    """
    file, obstacles = _survey(reader, root)
    banks = _banks(file, obstacles)
    order = _order(file, obstacles)
    nodes: list[f.FloatNode] = []
    for name in order:
        if file.kinds[name] == "Threshold" and name not in banks:
            continue
        try:
            nodes += _convert(file, name, banks)
        except UnsupportedOpError as error:
            obstacles.append(str(error))
    if obstacles:
        needed = "node types with a meaning here"
        raise UnsupportedOpError(reader.what, needed, "; ".join(sorted(set(obstacles))))
    return Graph("nir", tuple(nodes))


def _survey(reader: BoundedReader, root: h5py.Group) -> tuple[_File, list[str]]:
    group = reader.group(root, "nodes")
    kinds = {name: reader.text(reader.group(group, name), "type") for name in group}
    unknown = [(name, kind) for name, kind in kinds.items() if kind not in _KNOWN]
    obstacles = [f"node '{name}' is a {kind}" for name, kind in unknown]
    sources, targets = defaultdict(list), defaultdict(list)
    for source, target in reader.text_rows(root, "edges", 2):
        lost = [name for name in (source, target) if name not in kinds]
        obstacles += [f"an edge names the unknown node '{name}'" for name in lost]
        if not lost:
            sources[target].append(source)
            targets[source].append(target)
    return _File(
        reader,
        group,
        kinds,
        {name: tuple(sorted(sources[name])) for name in kinds},
        {name: tuple(sorted(targets[name])) for name in kinds},
    ), obstacles


def _banks(file: _File, obstacles: list[str]) -> dict[str, tuple[str, ...]]:
    """Thresholds that make one neuron together, by the first of them (the lowest level)."""
    alike: dict[object, list[tuple[float, str]]] = defaultdict(list)
    for name, kind in file.kinds.items():
        if kind == "Threshold":
            level = _uniform(file.array(name, "threshold"))
            if level is None:
                obstacles.append(f"node '{name}' has thresholds that differ")
            else:
                alike[file.sources[name], file.targets[name]].append((level, name))
    banks = {}
    for members in alike.values():
        levels, names = zip(*sorted(members), strict=True)
        if levels == tuple(float(level) for level in firing_levels(len(levels))):
            banks[names[0]] = names
        else:
            listed = ", ".join(names)
            obstacles.append(f"Thresholds {listed} at {levels} are no integer neuron")
    return banks


def _order(file: _File, obstacles: list[str]) -> list[str]:
    """Node names, sources first (Kahn's algorithm)."""
    open_ = {name: len(sources) for name, sources in file.sources.items()}
    ready = sorted((name for name, n in open_.items() if n == 0), reverse=True)
    order = []
    while ready:
        name = ready.pop()
        order.append(name)
        for target in file.targets[name]:
            open_[target] -= 1
            if open_[target] == 0:
                ready.append(target)
    loops = sorted(set(file.kinds) - set(order))
    if loops:
        obstacles.append(f"nodes in or behind a loop: {', '.join(loops)}")
    return order


def _convert(file: _File, name: str, banks: dict[str, tuple[str, ...]]) -> Iterable[f.FloatNode]:
    """The node and, before it, the sum of its in-edges if there are several."""
    kind = file.kinds[name]
    operands = _operands(file, name, banks)
    if kind == "Input":
        shape = [int(size) for size in file.array(name, "shape")]
        if operands or len(shape) != 3:
            raise UnsupportedOpError(f"Input '{name}' has the shape {shape} or in-edges")
        return [f.FloatInput(name=name, shape=(1, shape[0], shape[1], shape[2]), signal="image")]
    if not operands:
        raise UnsupportedOpError(f"node '{name}' has no in-edge")
    if len(operands) == 1:
        return [_single(file, name, operands, banks)]
    total = f.FloatAdd(name=f"{name}#sum", inputs=operands)
    return [total, _single(file, name, (total.name,), banks)]


def _operands(file: _File, name: str, banks: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    followers = {other for names in banks.values() for other in names[1:]}
    return tuple(source for source in file.sources[name] if source not in followers)


def _single(
    file: _File, name: str, inputs: tuple[str, ...], banks: dict[str, tuple[str, ...]]
) -> f.FloatNode:
    kind, stateless = file.kinds[name], np.zeros(0)
    try:
        if kind == "Output":
            return f.FloatOutput(name=name, inputs=inputs)
        if kind == "Scale":
            factor = _uniform(file.array(name, "scale"))
            if factor is None:
                raise UnsupportedOpError(f"Scale '{name}' is not uniform")
            return f.FloatScale(name=name, inputs=inputs, factor=factor)
        if kind == "AvgPool2d":
            return f.FloatAvgPool(name=name, inputs=inputs, factor=_cell(file, name))
        if kind == "Conv2d":
            return _conv(file, name, inputs)
        if kind == "Threshold":
            levels = len(banks[name])
            return f.FloatNILIF(name=name, inputs=inputs, max_spike=levels, decay=stateless)
    except GraphError as error:
        raise UnsupportedOpError(str(error)) from error
    raise UnsupportedOpError(f"node '{name}' is a {kind}")


def _conv(file: _File, name: str, inputs: tuple[str, ...]) -> f.FloatNode:
    return f.FloatConv(
        name=name,
        inputs=inputs,
        weight=file.floats(name, "weight"),
        bias=file.floats(name, "bias"),
        stride=_square(file, name, "stride"),
        padding=_square(file, name, "padding"),
        dilation=_square(file, name, "dilation"),
        groups=int(file.array(name, "groups")),
    )


def _cell(file: _File, name: str) -> int:
    size, stride = _square(file, name, "kernel_size"), _square(file, name, "stride")
    if size != stride or _square(file, name, "padding"):
        raise UnsupportedOpError(f"AvgPool2d '{name}' has cells that overlap or are padded")
    return size


def _square(file: _File, name: str, field: str) -> int:
    """A size that is the same along both axes."""
    dataset = file.reader.dataset(file.reader.group(file.group, name), field)
    if dataset.dtype.kind not in "iu":
        raise UnsupportedOpError(f"node '{name}' has {field} as text")
    sizes = {int(size) for size in np.ravel(file.array(name, field))}
    if len(sizes) != 1:
        raise UnsupportedOpError(f"node '{name}' has {field} {sorted(sizes)}, different per axis")
    return sizes.pop()


def _uniform(array: Array) -> float | None:
    """The one value of an array, or None."""
    values = np.unique(array)
    return float(values[0]) if values.size == 1 else None
