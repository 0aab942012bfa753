"""Says what a node does to the spikes that pass through it; counting asks no other file.

Why the kinds of `spiketrack.graph.kinds` decide: a float graph and the integer graph made of it
hold different nodes between the same neurons, and both must count the same.
"""

from typing import Literal

from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import Signal
from spiketrack.graph.kinds import (
    Add,
    Bias,
    Conv,
    Firing,
    Gate,
    Input,
    MemoryRead,
    MemoryWrite,
    Neuron,
    Output,
    Pool,
    Rescale,
    Upsample,
    signal_of,
)
from spiketrack.graph.shapes import AnyNode
from spiketrack.graph.structural_nodes import StructuralNode

RootKind = Signal | Literal["real"]
Role = Literal["emits", "enters", "stores", "passes", "moves", "sums", "pools", "makes"]


def role(node: AnyNode) -> Role:
    """Says what a node does to spikes.

    Returns:
        "emits" where a neuron fires; "enters" for an input; "stores" where a memory is written;
        "passes" where every spike goes on, scaled, and zero stays zero; "moves" where spikes change
        their step or place; "sums" and "pools" where several are added; "makes" where other values
        come out.
    """
    if isinstance(node, Neuron):
        return "emits" if isinstance(node, Firing) else "makes"
    if isinstance(node, Input):
        return "enters"
    if isinstance(node, MemoryWrite):
        return "stores"
    if isinstance(node, Rescale):
        return "passes" if _keeps_events(node) else "makes"
    if isinstance(node, StructuralNode):
        return "moves"
    if isinstance(node, Add):
        return "sums"
    if isinstance(node, Pool):
        return "pools"
    if isinstance(node, Conv | MemoryRead | Upsample | Bias | Gate | Output):
        return "makes"
    assert_never(node)


def _keeps_events(node: Rescale) -> bool:
    """Whether every non-zero value stays one, and zero stays zero."""
    match node:
        case f.FloatScale():
            return True  # its factor is positive
        case f.FloatBatchNorm():
            # A batch norm that maps 0 to something else makes events out of silence.
            moves_zero = (node.bias != node.mean * node.gain).any()
            return bool(node.gain.all() and not moves_zero)
        case s.SpikeRescale():
            return bool(node.multiplier_q.all() and not node.bias_q.any())
        case _:
            assert_never(node)


def root_kind(node: AnyNode) -> RootKind:
    """Says what the value of a node is to the connection that reads it."""
    return signal_of(node) or "real"
