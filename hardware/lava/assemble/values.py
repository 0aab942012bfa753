"""What travels between processes: the width and number type of every value of an integer graph.

One Lava step is one frame, and one message carries the whole value (T, C, H, W) of one node (a
memory: (T, heads, d_k, d_v)), spikes as uint8 and all else as int32, or int64 where 32 bits might
not hold a value or a sum that an InPort makes.
Why whole values: processes that receive, compute and send within a step have no latency, so a graph
of any depth runs in one step and costs one message per edge.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from typing_extensions import assert_never

from spiketrack.fixed_point import signed_bits
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.graph import Graph
from spiketrack.graph.signals import is_own_layer

MESSAGE_BITS = 32
Dtype = type[np.unsignedinteger[Any]] | type[np.signedinteger[Any]]
Sizes = dict[str, int]


@dataclass(frozen=True, eq=False)
class Values:
    """Shapes and number types of all values of one graph.

    Attributes:
        graph: the graph.
        bits: signed width of every value.
        wide: the number type of all values that are not spikes.
        dtypes: number type of the message that carries each value.
        senders: rectifiers that are neurons of their own (not read by delta encoders alone).
    """

    graph: Graph[s.SpikeNode]
    bits: Sizes = field(init=False)
    wide: Dtype = field(init=False)
    dtypes: dict[str, Dtype] = field(init=False)
    senders: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        graph = self.graph
        bits: Sizes = {}
        for node in graph:
            bits[node.name] = _bits(node, bits)
        adds = [node for node in graph if isinstance(node, s.SpikeAdd)]
        sums = [max(bits[name] for name in add.inputs) + _log2(len(add.inputs)) for add in adds]
        wide = np.int32 if max([*bits.values(), *sums]) <= MESSAGE_BITS else np.int64
        added = {name for add in adds for name in add.inputs}
        set_ = object.__setattr__
        set_(self, "bits", bits)
        set_(self, "wide", wide)
        set_(self, "dtypes", _dtypes(graph, wide, added))
        rectifiers = (node for node in graph if isinstance(node, s.SpikeRelu))
        senders = (node.name for node in rectifiers if is_own_layer(graph, node))
        set_(self, "senders", frozenset(senders))

    def shape(self, name: str) -> Shape:
        """(T, C, H, W) of a value."""
        return self.graph.shapes[name]


def _dtypes(graph: Graph[s.SpikeNode], wide: Dtype, added: set[str]) -> dict[str, Dtype]:
    dtypes: dict[str, Dtype] = {}
    for node in graph:
        match node:
            case s.SpikeNILIF() | s.SpikeCubaLIF():
                narrow = True
            case s.SpikeInput():
                # Why not a memory: the branch that writes it sends it wide.
                narrow = node.signal != "memory" and 0 <= node.low and node.high <= 255
            case m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels():
                narrow = all(dtypes[name] is np.uint8 for name in node.inputs)
            case m.Flatten() | m.Delay() | s.SpikeOutput():
                narrow = all(dtypes[name] is np.uint8 for name in node.inputs)
            case (
                s.SpikeConv() | s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix()
                | s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | s.SpikeSumPool()
                | s.SpikeUpsample() | s.SpikeCubaLI() | s.SpikeSigma() | s.SpikeDelta()
                | s.SpikeRelu()
            ):  # fmt: skip
                narrow = False
            case _:
                assert_never(node)
        # Why not if added: an InPort adds in the number type of its messages.
        dtypes[node.name] = np.uint8 if narrow and node.name not in added else wide
    return dtypes


def _bits(node: s.SpikeNode, known: Sizes) -> int:
    """Signed width of a node's value."""
    match node:
        case s.SpikeInput():
            return signed_bits(node.low, node.high)
        case s.SpikeConv() | s.SpikeMemoryWrite() | s.SpikeMemoryRead():
            return s.ACCUMULATOR_BITS
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | s.SpikeSumPool():
            return node.bits
        case s.SpikeUpsample() | s.SpikeCubaLI() | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return node.bits
        case s.SpikeNILIF():
            return signed_bits(0, node.max_spike)
        case s.SpikeCubaLIF():
            return signed_bits(0, 1)
        case s.SpikeGateMix():
            return known[node.inputs[0]] + s.GATE_FRACTION_BITS
        case m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels():
            return max(known[name] for name in node.inputs)
        case m.Flatten() | m.Delay() | s.SpikeOutput():
            return max(known[name] for name in node.inputs)
        case _:
            assert_never(node)


def _log2(count: int) -> int:
    return (count - 1).bit_length()
