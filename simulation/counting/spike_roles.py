"""What a node does to the spikes that pass through it: asked here, and nowhere else in counting.

Why one exhaustive function: a float graph and the integer graph made of it hold different nodes
between the same neurons, and must count the same.
"""

from typing import Any, Literal

from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.shapes import AnyNode

Kind = Literal["spikes", "image", "memory", "real"]
Role = Literal["emits", "enters", "stores", "passes", "moves", "sums", "pools", "makes"]


def role(node: AnyNode) -> Role:
    """What a node does to spikes.

    "emits" them; lets them "enter"; "stores" a memory; "passes" every one on, scaled, zero for
    zero; "moves" them in time or place; "sums" several; "pools" them; or "makes" other values.
    """
    match node:
        case (
            f.FloatNILIF() | f.FloatCubaLIF() | f.FloatThreshold()
            | s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeDelta() | s.SpikeRelu()
        ):  # fmt: skip
            return "emits"
        case f.FloatInput() | s.SpikeInput():
            return "enters"
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            return "stores"
        case f.FloatScale():
            return "passes"
        case s.SpikeRescale():
            return "passes" if node.multiplier_q.all() and not node.bias_q.any() else "makes"
        case f.FloatBatchNorm():
            moves_zero = (node.bias != node.mean * node.gain).any()
            return "passes" if node.gain.all() and not moves_zero else "makes"
        case (
            m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels()
            | m.Flatten() | m.Delay()
        ):  # fmt: skip
            return "moves"
        case f.FloatAdd() | s.SpikeAdd():
            return "sums"
        case f.FloatAvgPool() | s.SpikeSumPool():
            return "pools"
        case (
            f.FloatConv() | s.SpikeConv() | f.FloatMemoryRead() | s.SpikeMemoryRead()
            | f.FloatUpsample() | s.SpikeUpsample() | f.FloatBias() | s.SpikeBias()
            | f.FloatCubaLI() | s.SpikeCubaLI() | s.SpikeSigma()
            | f.FloatGateMix() | s.SpikeGateMix() | f.FloatOutput() | s.SpikeOutput()
        ):  # fmt: skip
            return "makes"
        case _:
            assert_never(node)


def root_kind(node: AnyNode) -> Kind:
    """What the value of a node is to the connection that reads it."""
    if isinstance(node, f.FloatInput | s.SpikeInput):
        signal: Kind = node.signal
        return signal
    found = role(node)
    if found == "emits":
        return "spikes"
    return "memory" if found == "stores" else "real"


def max_spike(node: AnyNode) -> int | None:
    """Largest magnitude a neuron can emit, None where its type does not bound it, and for inputs.

    Why not the declared range of an input: it says what may come, and a file often says too much.
    """
    if isinstance(node, f.FloatNILIF | s.SpikeNILIF):
        return node.max_spike
    return 1 if isinstance(node, f.FloatCubaLIF | f.FloatThreshold | s.SpikeCubaLIF) else None


def is_sender(graph: Graph[Any], node: AnyNode) -> bool:
    """Whether a node sends spikes as messages.

    A rectifier that only delta encoders read is a part of their neurons and sends nothing.
    """
    if isinstance(node, s.SpikeRelu):
        readers = graph.consumers()[node.name]
        return not all(isinstance(reader, s.SpikeDelta) for reader in readers)
    return root_kind(node) == "spikes"
