"""Bits of state and parameters that a node adds to the population it lives in.

Per neuron: one register of the target's state width per value that must outlive a step (counted by
`registers`), plus `extra_bits`. Per channel: `channel_bits`, kept once in every tile that holds the
channel. Widths are those of the integer contract: multiplier 16, shift 6; biases, tables and
thresholds have the width of the node's own stream, 24 in a float graph.
"""

from dataclasses import dataclass, fields

import numpy as np
from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.kinds import MemoryWrite, Neuron, neuron_model
from spiketrack.graph.shapes import AnyNode

WORD_BITS = 24
GAIN_BITS = 16 + 6
REFRACTORY_BITS = 6


@dataclass(frozen=True, slots=True)
class NodeState:
    """What one node needs.

    Attributes:
        extra_bits: per neuron.
        channel_bits: per channel.
    """

    extra_bits: int = 0
    channel_bits: int = 0

    def __add__(self, other: "NodeState") -> "NodeState":
        return NodeState(self.extra_bits + other.extra_bits, self.channel_bits + other.channel_bits)


def node_state(node: AnyNode) -> NodeState:
    """Bits of tables and parameters.

    rescale, batch norm: 16 + 6 + w per channel, w the width of its stream. bias table: w per neuron
    and step. conv bias: 24 per channel. NI-LIF: w per threshold and channel (float: one set of D
    per layer). Delay: 24 per step of the longest delay and neuron. Parameters of rank 3 (C, H, W):
    24 per neuron where they differ by position, else per channel.
    """
    match node:
        case f.FloatBatchNorm():
            return NodeState(channel_bits=GAIN_BITS + WORD_BITS)
        case s.SpikeRescale():
            return NodeState(channel_bits=GAIN_BITS + node.bits)
        case f.FloatBias():
            return NodeState(extra_bits=WORD_BITS * len(node.table))
        case s.SpikeBias():
            return NodeState(extra_bits=node.bits * len(node.table_q))
        case f.FloatConv():
            return NodeState(channel_bits=WORD_BITS * bool(node.bias.any()))
        case s.SpikeNILIF():
            return NodeState(channel_bits=node.bits * node.max_spike)
        case m.Delay():
            return NodeState(extra_bits=WORD_BITS * int(node.steps_q.max()))
        case s.SpikeCubaLIF():
            refractory = REFRACTORY_BITS * (node.refractory > 1)
            return NodeState(extra_bits=refractory) + _parameters(node)
        case (
            f.FloatCubaLIF() | f.FloatCubaLI() | f.FloatThreshold()
            | s.SpikeCubaLI() | s.SpikeDelta() | s.SpikeRelu()
        ):  # fmt: skip
            return _parameters(node)
        case (
            f.FloatInput() | s.SpikeInput() | s.SpikeConv() | f.FloatScale() | f.FloatAdd()
            | s.SpikeAdd() | f.FloatNILIF() | s.SpikeSigma() | f.FloatAvgPool() | s.SpikeSumPool()
            | f.FloatUpsample() | s.SpikeUpsample() | f.FloatMemoryWrite() | s.SpikeMemoryWrite()
            | f.FloatMemoryRead() | s.SpikeMemoryRead() | f.FloatGateMix() | s.SpikeGateMix()
            | f.FloatOutput() | s.SpikeOutput() | m.Repeat() | m.SelectStep() | m.StackSteps()
            | m.PositionsToChannels() | m.Flatten()
        ):  # fmt: skip
            return NodeState()
        case _:
            assert_never(node)


def registers(node: AnyNode, n_steps: int) -> int:
    """State registers per neuron that a node which roots a population needs.

    NI-LIF: the membrane, and for T > 1 the input beside it. CUBA: u and v. Sigma and delta: the
    remembered value and the input. k^T v: one per step, each step's product is kept. Others: the
    accumulator alone.

    Args:
        node: a node of a float graph or of an integer graph.
        n_steps: T, the steps of its value.
    """
    if isinstance(node, MemoryWrite):
        return n_steps
    if not isinstance(node, Neuron):
        return 1
    model = neuron_model(node)
    match model:
        case "nilif":
            return 1 if n_steps == 1 else 2
        case "cuba_lif" | "cuba_li" | "sigma" | "delta":
            return 2
        case "threshold" | "relu":
            return 1
        case _:
            assert_never(model)


def _parameters(node: AnyNode) -> NodeState:
    state = NodeState()
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, np.ndarray) and value.ndim == 3:
            by_position = value.shape[1] * value.shape[2] > 1
            state += NodeState(WORD_BITS, 0) if by_position else NodeState(0, WORD_BITS)
    return state
