"""Reads a NIR file by another tool as a float graph with notes, or lists every obstacle.

Behind an obstacle the reading goes on with what is known of the shapes, so that the list is whole.
Several in-edges are a sum, in the order of their paths. Input and Output nodes that stock nir would
add are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import h5py
import numpy as np

from conversion.names import Names
from conversion.nir_import.axes import KEEP_SHAPE, Wanted, expected, input_axes, wanted
from conversion.nir_import.banks import find_banks
from conversion.nir_import.loops import Loops, untie
from conversion.nir_import.nesting import Net, read_net
from conversion.nir_import.nodes import Axes, FileNode, refused
from conversion.nir_import.site import Site, UpstreamUnknown, grid_of
from conversion.nir_import.table import CONTINUOUS, CONVERTERS, SPIKING
from conversion.nir_options import NirCurrent, NirOptions
from conversion.nir_origin import current_of
from spiketrack.errors import GraphError, Obstacle, ObstacleError
from spiketrack.files.hdf5 import BoundedReader
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import MAX_NEURONS, output_shape

_TYPES = ", ".join(["Input", *CONVERTERS, "NIRGraph"])


@dataclass(frozen=True, slots=True)
class _Value:
    """A value made: the float node that holds it and its shape as NIR counts it, if known."""

    name: str
    axes: Axes | None


def read_foreign(
    reader: BoundedReader, root: h5py.Group, options: NirOptions, texts: Sequence[str] = ()
) -> tuple[Graph[f.FloatNode], tuple[str, ...]]:
    """The float graph of a file without our metadata, and what was assumed on the way.

    Args:
        reader: the open file.
        root: its NIRGraph.
        options: what the file does not say.
        texts: names and texts of its metadata, which may tell who wrote it.

    Raises:
        ObstacleError: with every obstacle in the file, each with the path of its node.
        StoreError: unreadable or too large.
    """
    net = read_net(reader, root)
    current, chosen = current_of(options, texts)
    importer = _Importer(net, untie(net), options, current)
    importer.convert_all()
    # Behind an obstacle the outputs may only be missing for want of their inputs.
    if not importer.outputs and not net.obstacles:
        net.obstacles.append(Obstacle("", "a net without an output", "add an Output"))
    if net.obstacles:
        raise ObstacleError(reader.what, tuple(net.obstacles))
    return Graph("nir", tuple(importer.made)), (*_choices(importer, options, chosen), *net.notes)


class _Importer:
    """Converts the nodes of a net without loops, sources first."""

    def __init__(self, net: Net, loops: Loops, options: NirOptions, current: NirCurrent) -> None:
        self.made: list[f.FloatNode] = []
        self.outputs = 0
        self.kinds: list[str] = []
        self._net, self._loops, self._options, self._current = net, loops, options, current
        self._sources, self._targets = net.sources(), net.targets()
        self._names = Names(net.nodes)
        self._wants: dict[str, Wanted | None] = {}
        self._behind: dict[str, str] = {}
        self._shapes: dict[str, f.Shape] = {}
        self._values: dict[str, _Value] = {}
        self._banks = find_banks(net.nodes, self._sources, self._targets)
        self._followers = {path for bank in self._banks.values() for path in bank[1:]}

    def convert_all(self) -> None:
        """Fills `made`; obstacles go to the net."""
        # Before shapes are looked for: they follow the edges.
        self._tie_lonely_input()
        nodes, order = self._net.nodes, self._order()
        self._wants = {path: wanted(node) for path, node in nodes.items()}
        keeping = {path for path, node in nodes.items() if node.kind in KEEP_SHAPE}
        self._behind = expected(order, self._wants, self._targets, keeping)
        for path in order:
            node = nodes[path]
            if path not in self._followers:
                self.kinds.append(node.kind)
                self._values[path] = self._attempt(node)
        self._put_outputs()

    def _put_outputs(self) -> None:
        for path, value in self._values.items():
            kind = self._net.nodes[path].kind
            is_end = not self._targets[path] and kind not in ("Input", "Output")
            if is_end and value.name in self._shapes:
                self._net.notes.append(f"'{path}' leads nowhere: an Output is put behind it")
                self._put(
                    f.FloatOutput(name=self._names.free(f"output_{path}"), inputs=(value.name,))
                )
                self.outputs += 1

    def _attempt(self, node: FileNode) -> _Value:
        """The value of one node; behind an obstacle only what is known of its shape."""
        operands = self._operands(node.path)
        incoming = operands[0].axes if operands else None
        try:
            with np.errstate(all="ignore"):  # what overflows is refused as not finite
                return self._convert(node, operands)
        except ObstacleError as error:
            self._net.obstacles += error.obstacles
        except GraphError as error:
            reason = str(error).removeprefix(f"node '{node.path}'").lstrip(":, ")
            rewrite = "change its parameters or what comes in"
            self._net.obstacles.append(Obstacle(node.path, reason, rewrite))
        except UpstreamUnknown:
            pass
        # The rest of the file is read on, so that all obstacles are named at once.
        axes = incoming if node.kind in KEEP_SHAPE else self._axes_behind(node.path)
        if axes is not None and 1 <= len(axes) <= 3 and prod(axes) <= MAX_NEURONS:
            self._shapes[node.path] = (self._options.n_steps, *grid_of(axes))
            return _Value(node.path, axes)
        return _Value(node.path, None)

    def _want_behind(self, path: str) -> Wanted | None:
        """The shape that is wanted from a node, None where nothing is."""
        return self._wants[self._behind[path]] or () if path in self._behind else None

    def _axes_behind(self, path: str) -> Axes | None:
        """The shape that is wanted from a node, if all of it is known."""
        behind = self._want_behind(path)
        known = tuple(size for size in behind or () if size)
        return known if known and known == behind else None

    def _convert(self, node: FileNode, operands: Sequence[_Value]) -> _Value:
        if node.path in self._net.wires:
            return self._sum(node.path, operands)
        if node.kind == "Input":
            return self._input(node, operands)
        if node.kind not in CONVERTERS:
            reason = f"is a {node.kind}" if node.kind else "a node whose type cannot be read"
            raise refused(node.path, reason, f"use {_TYPES}")
        if not operands:
            operands = [self._added_input(node)]
        source = operands[0]
        if len(operands) > 1:
            source = self._sum(self._names.free(f"{node.path}#sum"), operands)
        # What comes out of a loop without meaning has no shape to go by.
        axes = None if node.path in self._loops.broken else source.axes
        site = Site(
            node, source.name, axes, self._options, self._current, self._want_behind(node.path),
            self._loops.chains.get(node.path, ()), len(self._banks.get(node.path, ())), [],
            self._names,
        )  # fmt: skip
        made = CONVERTERS[node.kind](site)
        name = source.name
        for float_node in made:
            name = self._put(float_node)
        self._net.notes += site.notes
        self.outputs += node.kind == "Output"
        return _Value(name, site.result or self._axes_like(name, site.axes))

    def _input(self, node: FileNode, operands: Sequence[_Value]) -> _Value:
        if operands:
            reason = "an Input with in-edges"
            raise refused(node.path, reason, "turn it into a Scale of ones")
        far = self._net.nodes.get(self._behind.get(node.path, ""))
        by_channels = far is not None and far.kind in ("Conv1d", "Conv2d")
        behind = self._want_behind(node.path)
        axes = input_axes(node, behind, self._net.notes, by_channels=by_channels)
        # An Input that nothing reads would be asked for on every run.
        if not self._targets[node.path]:
            self._net.notes.append(f"'{node.path}' is read by nothing and left out")
            return _Value(node.path, axes)
        return self._new_input(node.path, axes)

    def _added_input(self, node: FileNode) -> _Value:
        """What stock nir does for a node that nothing feeds."""
        if node.kind == "Output" or (own := self._wants[node.path]) is None:
            raise refused(node.path, "has no in-edge", "connect it")
        if not own and node.kind in KEEP_SHAPE:
            own = self._axes_behind(node.path) or ()
        axes = tuple(size for size in own if size)
        if not axes or axes != own or len(axes) > 3:
            raise refused(node.path, "has no in-edge", "put an Input with its shape before it")
        name = self._names.free(f"input_{node.path}")
        self._net.notes.append(f"'{node.path}' has no in-edge: Input '{name}' is put before it")
        return self._new_input(name, axes)

    def _new_input(self, name: str, axes: Axes) -> _Value:
        shape = (self._options.n_steps, *grid_of(axes))
        self._put(f.FloatInput(name=name, shape=shape, signal="spikes"))
        return _Value(name, axes)

    def _sum(self, name: str, operands: Sequence[_Value]) -> _Value:
        known = [operand.axes for operand in operands if operand.axes is not None]
        if len(known) == len(operands):
            self._put(f.FloatAdd(name=name, inputs=tuple(operand.name for operand in operands)))
        return _Value(name, known[0] if known else None)

    def _put(self, node: f.FloatNode) -> str:
        """Adds a float node whose inputs fit and whose value is not too large; returns its name.

        Raises:
            GraphError: its inputs do not fit.
            ObstacleError: its value is too large.
            UpstreamUnknown: an input is not known.
        """
        missing = [name for name in node.inputs if name not in self._shapes]
        if missing:
            raise UpstreamUnknown
        shape = output_shape(node, [self._shapes[name] for name in node.inputs])
        # A few bytes of a file can ask for any size of value.
        if prod(shape[1:]) > MAX_NEURONS:
            reason = f"a value of {prod(shape[1:])} numbers a step"
            raise refused(node.name, reason, f"keep it within {MAX_NEURONS}")
        self._shapes[node.name] = shape
        self.made.append(node)
        return node.name

    def _axes_like(self, name: str, axes: Axes) -> Axes:
        _, channels, height, width = self._shapes[name]
        return ((channels,), (channels, width), (channels, height, width))[len(axes) - 1]

    def _operands(self, path: str) -> list[_Value]:
        sources = self._sources[path]
        return [self._values[source] for source in sources if source not in self._followers]

    def _tie_lonely_input(self) -> None:
        """Joins the one Input that leads nowhere to the one node that nothing feeds.

        Why: older exporters leave out the first edge.
        """
        nodes = self._net.nodes
        free = [path for path in nodes if not self._sources[path] and path not in self._net.wires]
        lonely = [p for p in free if nodes[p].kind == "Input" and not self._targets[p]]
        roots = [p for p in free if nodes[p].kind in CONVERTERS and nodes[p].kind != "Output"]
        if len(lonely) == 1 == len(roots):
            self._net.notes.append(f"the missing edge from '{lonely[0]}' to '{roots[0]}' is added")
            self._sources[roots[0]] = lonely
            self._targets[lonely[0]] = roots

    def _order(self) -> list[str]:
        """Paths, sources first; of those that are ready the first by name."""
        open_ = {path: len(sources) for path, sources in self._sources.items()}
        ready = sorted((path for path, n in open_.items() if n == 0), reverse=True)
        order = []
        while ready:
            order.append(ready.pop())
            for target in self._targets[order[-1]]:
                open_[target] -= 1
                if open_[target] == 0:
                    ready.append(target)
        return order


def _choices(importer: _Importer, options: NirOptions, current: str) -> list[str]:
    """The options that mattered, in words."""
    timed = [kind for kind in importer.kinds if kind in CONTINUOUS]
    if not timed:
        return []
    counts = ", ".join(f"{timed.count(kind)} {kind}" for kind in sorted(set(timed)))
    notes = [f"dt = {options.dt:g}: one step, by forward Euler, of {counts}"]
    if SPIKING & set(timed):
        rule = {"zero": "v becomes v_reset after a spike", "subtract": "v loses v_threshold"}
        notes.append(f"reset = {options.reset}: {rule[options.reset]}")
    if {"CubaLI", "CubaLIF"} & set(timed):
        notes.append(current)
    if {"I", "IF"} & set(timed) and options.dt != 1.0:
        notes.append("IF and I gain R * dt per step; files that count time in steps mean dt = 1")
    return notes
