"""What a chip must hold, as plain numbers: populations of neurons and the links between them."""

from dataclasses import dataclass, field
from math import prod
from typing import Literal

from hardware.mapping.reach import Paths, Sizes

Port = Literal["spikes", "stream"]
Kind = Literal[
    "conv", "identity", "pool", "upsample", "memory_read", "memory", "memory_write", "gate",
    "recurrent",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Neurons that one node, or one membrane stream with the neuron that reads it, needs.

    Attributes:
        index: place in the list of populations.
        name: of the node whose value it holds; a hosted neuron's name is in `nodes`.
        kind: node type in short: "nilif", "cuba_lif", "stream", "readout", "input", ...
        shape: (C, H, W); of a memory (heads * d_v, d_k, 1).
        n_steps: T; one population serves all steps of a frame.
        levels: D of an NI-LIF neuron, else 1.
        is_on_chip: False for what the host holds: inputs, and gates between layers.
        host_ports: what the host reads of it each frame.
        registers: state registers per neuron.
        extra_bits: further bits per neuron (tables, delays, parameters per neuron).
        channel_bits: bits of parameters per channel, kept once per tile and channel.
        register_bits: widest register or stream that its nodes declare; 0 in a float graph.
        needs_microcode: no stock neuron computes it.
        needs_binary_state: a multi-level neuron with state, which unrolling cannot express.
        nodes: names of all nodes that live in it, in graph order.
        spike_node: name of the neuron node whose messages it sends, or "".
    """

    index: int
    name: str
    kind: str
    shape: Sizes
    n_steps: int
    levels: int = 1
    is_on_chip: bool = True
    host_ports: tuple[Port, ...] = ()
    registers: int = 1
    extra_bits: int = 0
    channel_bits: int = 0
    register_bits: int = 0
    needs_microcode: bool = False
    needs_binary_state: bool = False
    nodes: tuple[str, ...] = ()
    spike_node: str = ""

    @property
    def neurons(self) -> int:
        """C * H * W."""
        return prod(self.shape)

    @property
    def stepped(self) -> tuple[int, int, int, int]:
        """(T, C, H, W)."""
        return (self.n_steps, *self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Synapses from one population to another.

    Attributes:
        index: place in the list of links.
        source: index of the population that sends.
        target: index of the population that receives.
        port: what is sent: spikes, or the membrane of every neuron.
        kind: connection.
        node: name of the node that is the connection, or of the target for a plain wire.
        paths: source box of a target box.
        weights_per_channel: stored weights per output channel, shared by all positions.
        weight_bits: of one weight.
        whole_weights: stored weights if a tile cannot tell which channels it needs, else 0.
        state_per_channel: bits of memory content per output channel, kept by every tile.
        held_bits: per source cell that a tile reads, of values it must hold until others arrive.
        macs_rows: taps inside the border per output row, or () for even work.
        macs_columns: the same per output column.
        macs: multiply-accumulates of one frame, inside the borders.
        n_steps: steps of the source that travel along it each frame.
        every_frame: False for a memory that the host writes when a template changes.
    """

    index: int
    source: int
    target: int
    port: Port
    kind: Kind
    node: str
    paths: Paths
    weights_per_channel: int = 0
    weight_bits: int = 8
    whole_weights: int = 0
    state_per_channel: int = 0
    held_bits: int = 0
    macs_rows: tuple[int, ...] = ()
    macs_columns: tuple[int, ...] = ()
    macs: int = 0
    n_steps: int = 1
    every_frame: bool = True


@dataclass(frozen=True, slots=True)
class Network:
    """A graph as populations and links.

    Attributes:
        name: of the graph.
        populations: in topological order.
        links: in order of their targets.
    """

    name: str
    populations: tuple[Population, ...]
    links: tuple[Link, ...]
    into: dict[int, list[Link]] = field(init=False)
    out_of: dict[int, list[Link]] = field(init=False)

    def __post_init__(self) -> None:
        into: dict[int, list[Link]] = {p.index: [] for p in self.populations}
        out_of: dict[int, list[Link]] = {p.index: [] for p in self.populations}
        for link in self.links:
            into[link.target].append(link)
            out_of[link.source].append(link)
        object.__setattr__(self, "into", into)
        object.__setattr__(self, "out_of", out_of)

    @property
    def on_chip(self) -> list[Population]:
        """Populations that need cores."""
        return [one for one in self.populations if one.is_on_chip]
