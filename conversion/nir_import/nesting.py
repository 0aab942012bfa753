"""Flattens nested graphs: names are joined with '.', inner Inputs and Outputs dissolved.

An edge to a nested graph ends at its Input, an edge from it starts at its Output. Both are wires:
what they join is joined directly. Depth, nodes and edges are bounded, so that a file whose groups
contain each other ends in an error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import h5py

from conversion.nir_document import MAX_NODES
from conversion.nir_import.contents import Contents
from conversion.nir_import.nodes import FileNode
from spiketrack.errors import Obstacle, StoreError
from spiketrack.files.hdf5 import BoundedReader

MAX_EDGES = 1 << 16
MAX_DEPTH = 32
Doors = tuple[list[str], list[str]]
"""Paths of the Outputs and of the Inputs of one graph: where edges start and where they end."""


@dataclass(slots=True)
class Net:
    """A flat net.

    Attributes:
        nodes: by path; nested graphs are not among them.
        wires: those that are inner Inputs or Outputs: a wire that is left is a sum.
        edges: from path to path, none twice in one graph of the file.
        obstacles: what could not be made out.
        notes: what was assumed.
    """

    nodes: dict[str, FileNode] = field(default_factory=dict)
    wires: set[str] = field(default_factory=set)
    edges: list[tuple[str, str]] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def sources(self) -> dict[str, list[str]]:
        """For every node, the sorted nodes from which its in-edges come."""
        return self._ends(1)

    def targets(self) -> dict[str, list[str]]:
        """For every node, the sorted nodes to which its out-edges lead."""
        return self._ends(0)

    def _ends(self, mine: int) -> dict[str, list[str]]:
        ends: dict[str, list[str]] = {path: [] for path in self.nodes}
        for edge in self.edges:
            ends[edge[mine]].append(edge[1 - mine])
        return {path: sorted(others) for path, others in ends.items()}


def read_net(reader: BoundedReader, root: h5py.Group) -> Net:
    """The flat net of a file.

    Raises:
        StoreError: too deep, too many nodes or edges, unreadable.
    """
    collector = _Collector(reader)
    collector.collect(root, "", 0)
    _dissolve(collector.net)
    return collector.net


class _Collector:
    """Walks the graphs of a file, outermost first, and keeps account of how much there is."""

    def __init__(self, reader: BoundedReader) -> None:
        self.net = Net()
        self._reader = reader
        self._contents: dict[int, Contents] = {}
        self._n_nodes = 0
        self._n_edges = 0

    def collect(self, graph: h5py.Group, prefix: str, depth: int) -> Doors:
        """Adds the nodes and edges of one graph and of those inside it.

        Raises:
            StoreError: too deep, too many nodes or edges, unreadable.
        """
        group = self._reader.group(graph, "nodes")
        self._n_nodes += len(group)
        # Groups of HDF5 can contain each other by links, without end.
        if depth > MAX_DEPTH or self._n_nodes > MAX_NODES:
            needed = f"at most {MAX_NODES} nodes, {MAX_DEPTH} graphs deep"
            raise StoreError(f"{self._reader.what}, nodes", needed, "more")
        doors: Doors = ([], [])
        inner: dict[str, Doors] = {}
        for name in sorted(group):
            node = self._reader.group(group, name)
            contents, path = self._shared(node), self._path(prefix, name)
            kind = _kind(contents)
            if path in self.net.nodes or path in inner:
                self._obstacle(path, "two nodes have this path", "rename one of them")
            elif kind == "NIRGraph":
                inner[path] = self.collect(node, f"{path}.", depth + 1)
            else:
                self.net.nodes[path] = FileNode(path, kind, contents)
                if depth and kind in ("Input", "Output"):
                    self.net.wires.add(path)
                    doors[kind == "Input"].append(path)
        self.net.edges.extend(self._edges(graph, prefix, inner))
        return doors

    def _path(self, prefix: str, name: str) -> str:
        """A name with those of the graphs around it, which many nodes may repeat."""
        self._reader.spend(f"{self._reader.what}, names of nodes", len(prefix) + len(name))
        return prefix + name

    def _shared(self, node: h5py.Group) -> Contents:
        """The fields of a node, the same for all names of one group."""
        # The address names the group whatever links lead to it.
        address: int = h5py.h5o.get_info(node.id).addr
        if address not in self._contents:
            self._contents[address] = Contents(self._reader, node)
        return self._contents[address]

    def _edges(
        self, graph: h5py.Group, prefix: str, inner: dict[str, Doors]
    ) -> Iterator[tuple[str, str]]:
        """The edges of one graph, each once, between nodes of the flat net."""
        rows = self._rows(graph)
        once = dict.fromkeys((source, target) for source, target in rows)
        if len(once) < len(rows):
            self.net.notes.append(f"{len(rows) - len(once)} edges listed twice count once")
        for source, target in once:
            start = self._end(self._path(prefix, source), 0, inner)
            end = self._end(self._path(prefix, target), 1, inner)
            if start and end:
                yield start, end

    def _rows(self, graph: h5py.Group) -> list[tuple[str, ...]]:
        if "edges" not in graph:
            return []
        self._n_edges += self._reader.dataset(graph, "edges").size
        if self._n_edges > 2 * MAX_EDGES:
            raise StoreError(f"{self._reader.what}, edges", f"at most {MAX_EDGES}", "more")
        return self._reader.text_rows(graph, "edges", 2)

    def _end(self, path: str, side: int, inner: dict[str, Doors]) -> str:
        """The node at one end of an edge: side 0 where it starts, 1 where it ends; '' if none."""
        if path in self.net.nodes:
            return path
        if path not in inner:
            self._obstacle(path, f"an edge names the unknown node '{path}'", "name one of the file")
            return ""
        doors = inner[path][side]
        if len(doors) != 1:
            what = ("Outputs", "Inputs")[side]
            self._obstacle(path, f"a nested graph with {len(doors)} {what}", "give it one")
            return ""
        return doors[0]

    def _obstacle(self, path: str, reason: str, rewrite: str) -> None:
        obstacle = Obstacle(path, reason, rewrite)
        # Edges of one damaged graph repeat themselves; looking through all would take quadratic
        # time.
        if obstacle not in self.net.obstacles[-8:]:
            self.net.obstacles.append(obstacle)


def _kind(contents: Contents) -> str:
    try:
        return contents.text("type")
    except StoreError:
        return ""  # an obstacle, named where the node is converted


def _dissolve(net: Net) -> None:
    """Takes out every wire with one in-edge or one out-edge at most; the others are sums.

    Why not all: sums through sums would multiply the edges without end.
    """
    sources, targets = net.sources(), net.targets()
    # Sorted, so that sums add up in the same order on every machine.
    for wire in sorted(net.wires):
        ins, outs = sources[wire], targets[wire]
        if not ins or not outs:
            net.notes.append(f"'{wire}' joins nothing and is left out")
        if len(ins) > 1 and len(outs) > 1:
            continue
        for source in ins:
            targets[source] = _replaced(targets[source], wire, outs)
        for target in outs:
            sources[target] = _replaced(sources[target], wire, ins)
        del net.nodes[wire], sources[wire], targets[wire]
    net.wires &= set(net.nodes)
    net.edges = [(source, target) for target, ends in sources.items() for source in ends]


def _replaced(ends: list[str], wire: str, others: list[str]) -> list[str]:
    at = ends.index(wire)
    return ends[:at] + others + ends[at + 1 :]
