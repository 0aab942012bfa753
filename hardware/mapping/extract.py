"""Graph -> network: which values need neurons of their own, and what is wired to what.

A population is made for every neuron node, every product k^T v, every result the host reads, every
gate, which the host computes, and every membrane that more than one node reads or that a connection
or the host reads (a residual stream). A neuron that reads such a stream directly is hosted by it:
one compartment holds the membrane, sends spikes to the next layer and, as a graded message, the
membrane itself to whoever adds to it. A sigma decoder or a rectifier that the counter takes for a
part of its reader is one here too, if a single neuron reads it (sigma-delta). All other nodes live
in the population that reads them; a delay of messages is a delay line of the neurons that wait for
them.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from hardware.mapping.connections import Synapse, input_steps, is_plain, memory_sizes, synapse
from hardware.mapping.formats import register_bits_of
from hardware.mapping.node_state import NodeState, node_state, registers
from hardware.mapping.populations import Link, Network, Population, Port
from hardware.mapping.reach import AxisPath, Paths, Sizes, extend, identity
from hardware.mapping.roles import Role, role_of
from hardware.stock.by_kind import needs_microcode
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Neuron, max_spike, neuron_model, recurrent_weight
from spiketrack.graph.shapes import AnyNode
from spiketrack.graph.signals import is_own_layer, sends_spikes

_ROOTS: tuple[Role, ...] = ("input", "neuron", "product", "host")
_CONNECT: tuple[Role, ...] = ("synapse", "product", "host")


def network_of(graph: Graph[Any]) -> Network:
    """The populations and links of a graph, of floats or of integers."""
    extraction = _Extraction(graph)
    extraction.find_roots()
    extraction.host_neurons()
    extraction.make_populations()
    for root in extraction.roots:
        extraction.wire(root)
    return Network(graph.name, tuple(extraction.populations), tuple(extraction.links))


@dataclass
class _Draft:
    """A population under construction."""

    nodes: list[str] = field(default_factory=list)
    state: NodeState = NodeState()
    microcode: bool = False


class _Extraction:
    """One walk over a graph; the methods are called in the order of `network_of`."""

    def __init__(self, graph: Graph[Any]) -> None:
        self.graph = graph
        self.sizes = {node.name: _sizes(node, graph) for node in graph}
        self.readers = graph.consumers()
        self.order = {node.name: place for place, node in enumerate(graph)}
        self.roots: list[str] = []
        self.views: set[str] = set()
        self.shown: set[str] = set()
        self.host_of: dict[str, str] = {}
        self.hosts: dict[str, str] = {}
        self.index: dict[str, int] = {}
        self.populations: list[Population] = []
        self.links: list[Link] = []

    def find_roots(self) -> None:
        """Values that get a population, and views of them."""
        roots: set[str] = set()
        for node in self.graph:
            role = role_of(node)
            source = node.inputs[0] if node.inputs else ""
            shown = source in roots or source in self.views
            # A host that reads a population's own value needs no second one for the same numbers.
            if role == "output" and shown:
                self.shown.add(self._behind_views(source))
            if role == "view" and shown:
                self.views.add(node.name)
            elif self._is_part(node):
                continue
            elif role in _ROOTS or (role == "output" and not shown) or self._is_stream(node, role):
                roots.add(node.name)
                self.roots.append(node.name)

    def _is_part(self, node: AnyNode) -> bool:
        # The counter's own question comes first, so that no messages are counted that are not sent.
        if not isinstance(node, Neuron) or is_own_layer(self.graph, node):
            return False
        # What several nodes read is computed and kept once, in a population that all of them hear.
        readers = self.readers[node.name]
        return len(readers) == 1 and role_of(readers[0]) == "neuron"

    def _is_stream(self, node: AnyNode, role: Role) -> bool:
        if role == "output":
            return False
        readers = self.readers[node.name]
        # A sum that one neuron reads stays in that neuron; what several read is computed once.
        return len(readers) > 1 or any(role_of(one) in _CONNECT for one in readers)

    def host_neurons(self) -> None:
        """Lets every stream host the first neuron that reads nothing but it."""
        known = set(self.roots)
        for root in self.roots:
            if role_of(self.graph[root]) in ("synapse", "membrane", "view"):
                neuron = self._direct_neuron(root, known)
                if neuron is not None:
                    self.hosts[root] = neuron
                    self.host_of[neuron] = root
        self.roots = [root for root in self.roots if root not in self.host_of]

    def _direct_neuron(self, stream: str, known: set[str]) -> str | None:
        for reader in self.readers[stream]:
            node, steps = reader, self.graph.shapes[stream][0]
            while node.name not in known and self._is_wire(node):
                node = self.readers[node.name][0]
            # A neuron of other steps than the stream would need another membrane than its host has.
            same = self.graph.shapes[node.name][0] == steps
            if role_of(node) == "neuron" and node.name not in self.host_of and same:
                return str(node.name)
        return None

    def _is_wire(self, node: AnyNode) -> bool:
        scales = role_of(node) == "membrane" or isinstance(node, f.FloatScale)
        alone = len(node.inputs) == 1 and len(self.readers[node.name]) == 1
        return scales and alone and not isinstance(node, m.StackSteps)

    def make_populations(self) -> None:
        """One population per root, with all that lives in it."""
        for index, root in enumerate(self.roots):
            self.index[root] = index
            if root in self.hosts:
                self.index[self.hosts[root]] = index
            self.populations.append(self._population(index, root))

    def _population(self, index: int, root: str) -> Population:
        node, shape = self.graph[root], self.graph.shapes[root]
        role = role_of(node)
        hosted = self.hosts.get(root, "")
        draft = _Draft()
        # The root comes first: a hosted neuron stops where it meets the nodes of its host.
        for one in filter(None, (root, hosted)):
            self._absorb(one, draft, shape[0])
        spiking = self.graph[hosted] if hosted else node
        levels = max_spike(spiking) or 1
        kind = neuron_model(spiking) if isinstance(spiking, Neuron) else _plain_kind(role)
        # A host of several steps keeps the stream beside the membrane of the neuron it hosts.
        kept = registers(spiking, shape[0]) + (1 if hosted and shape[0] > 1 else 0)
        # A sigma decoder keeps its sum from step to step, in a register of its reader.
        kept += sum(
            isinstance(self.graph[name], s.SpikeSigma) for name in draft.nodes if name != root
        )
        made = Population(
            index=index,
            name=root,
            kind=f"stream+{kind}" if hosted else kind,
            shape=self.sizes[root],
            n_steps=shape[0],
            levels=levels,
            is_on_chip=role not in ("input", "host"),
            registers=kept,
            extra_bits=draft.state.extra_bits,
            channel_bits=draft.state.channel_bits,
            register_bits=max(register_bits_of(self.graph[name]) for name in draft.nodes),
            needs_microcode=draft.microcode,
            needs_binary_state=levels > 1 and shape[0] > 1,
            nodes=tuple(sorted(draft.nodes, key=self.order.__getitem__)),
            spike_node=spiking.name if isinstance(spiking, Neuron) else "",
        )
        seen = [name for name in (root, hosted) if name in self.shown or role == "output"]
        return replace(made, host_ports=tuple(self._port(made, name) for name in seen if name))

    def _absorb(self, value: str, draft: _Draft, n_steps: int) -> None:
        """Collects a root and every node between it and the populations it reads."""
        if value in draft.nodes:
            return
        node = self.graph[value]
        draft.nodes.append(value)
        draft.state += node_state(node)
        draft.microcode |= needs_microcode(node, n_steps)
        for name in node.inputs:
            if name in self.views:
                self._listen(name, draft, n_steps)
            # A value in the index has a population of its own, which is wired and not absorbed.
            elif name not in self.index:
                self._absorb(name, draft, n_steps)

    def _listen(self, view: str, draft: _Draft, n_steps: int) -> None:
        """What the views between a value and a population cost it: delays, picking of steps."""
        while view in self.views:
            draft.state += node_state(self.graph[view])
            draft.microcode |= needs_microcode(self.graph[view], n_steps)
            view = self.graph[view].inputs[0]

    def _behind_views(self, value: str) -> str:
        while value in self.views:
            value = self.graph[value].inputs[0]
        return value

    def wire(self, root: str) -> None:
        """All links into a population."""
        node, shape = self.graph[root], self.graph.shapes[root]
        target = self.index[root]
        self._read(node, _Wire(identity(self.sizes[root])), target)
        recurrent = recurrent_weight(node)
        if recurrent is not None:
            neurons = len(recurrent)
            self.links.append(
                Link(
                    index=len(self.links), source=target, target=target, port="spikes",
                    kind="recurrent", node=root,
                    # A neuron reads its whole layer, whichever channels its tile holds.
                    paths=(AxisPath(neurons, None), AxisPath(1, 1), AxisPath(1, 2)),
                    weights_per_channel=neurons, macs=shape[0] * neurons * neurons,
                    n_steps=shape[0],
                )
            )  # fmt: skip

    def _read(self, node: AnyNode, wire: "_Wire", target: int) -> None:
        """Follows every input of a node back to the populations it comes from."""
        out = self.graph.shapes[node.name]
        connects = role_of(node) in _CONNECT
        for place, name in enumerate(node.inputs):
            shape = self.graph.shapes[name]
            onward = wire
            # Only the connection nearest to the target has weights on its cores: one before it
            # belongs to another population.
            if connects and wire.synapse is None:
                made = synapse(node, place, shape, out)
                # Where a flatten lies between, a tile cannot tell which channels it needs, so that
                # none of the weights can be left out.
                onward = replace(wire, synapse=made if wire.plain else _blurred(made, out[1]),
                                 node=node.name, n_steps=shape[0])  # fmt: skip
            steps = input_steps(node, place, self.sizes[name], self.sizes[node.name])
            onward = replace(
                onward,
                n_steps=onward.n_steps or shape[0],
                paths=extend(wire.paths, steps, self.sizes[name]),
                plain=wire.plain and is_plain(node),
            )
            if name in self.index:
                self._connect(name, onward, target)
            else:
                self._read(self.graph[name], onward, target)

    def _connect(self, source: str, wire: "_Wire", target: int) -> None:
        population = self.populations[self.index[source]]
        root = self.populations[target]
        made = wire.synapse or synapse(self.graph[root.name], -1, root.stepped, root.stepped)
        is_memory = made.kind == "memory"
        self.links.append(
            Link(
                index=len(self.links), source=population.index, target=target,
                port=self._port(population, source),
                kind=made.kind, node=wire.node or root.name, paths=wire.paths,
                weights_per_channel=made.weights_per_channel, weight_bits=made.weight_bits,
                whole_weights=made.whole_weights, state_per_channel=made.state_per_channel,
                held_bits=made.held_bits,
                n_steps=wire.n_steps, macs_rows=made.macs_rows, macs_columns=made.macs_columns,
                macs=made.macs,
                # A memory that comes from the host changes with a new template only.
                every_frame=population.is_on_chip or not is_memory,
            )
        )  # fmt: skip

    def _port(self, population: Population, value: str) -> Port:
        if not population.is_on_chip:
            return "spikes"
        return "spikes" if sends_spikes(self.graph, self.graph[value]) else "stream"


@dataclass(frozen=True, slots=True)
class _Wire:
    """The way from a population back to where it reads.

    Attributes:
        paths: so far.
        synapse: the connection on the way, or None.
        node: its name.
        n_steps: steps of the value it reads; 0 at the start.
        plain: whether every cell still stands for the cell of the same place.
    """

    paths: Paths
    synapse: Synapse | None = None
    node: str = ""
    n_steps: int = 0
    plain: bool = True


def _blurred(made: Synapse, channels: int) -> Synapse:
    """A connection whose target cells have been renamed: each tile may need all its weights."""
    return replace(made, macs_rows=(), macs_columns=(), weights_per_channel=0,
                   whole_weights=made.weights_per_channel * channels)  # fmt: skip


def _sizes(node: AnyNode, graph: Graph[Any]) -> Sizes:
    """(C, H, W) of a node's value; of a memory, and of what only shows one, as it is laid out."""
    shape: Sizes = graph.shapes[node.name][1:]
    base = node
    while role_of(base) == "view":
        base = graph[base.inputs[0]]
    is_memory = role_of(base) == "product" or (
        isinstance(base, f.FloatInput | s.SpikeInput) and base.signal == "memory"
    )
    return memory_sizes(shape) if is_memory else shape


def _plain_kind(role: Role) -> str:
    names: dict[Role, str] = {
        "input": "input", "output": "readout", "product": "memory", "host": "gate",
    }  # fmt: skip
    return names.get(role, "stream")
