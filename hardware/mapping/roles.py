"""What a node is to a mapper: a neuron, a synapse, work on a membrane, a view, or the host's."""

from typing import Literal

from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.shapes import AnyNode

Role = Literal["input", "neuron", "product", "output", "synapse", "membrane", "view", "host"]

_NEURON_KINDS: dict[str, str] = {
    "FloatNILIF": "nilif",
    "SpikeNILIF": "nilif",
    "FloatCubaLIF": "cuba_lif",
    "SpikeCubaLIF": "cuba_lif",
    "FloatCubaLI": "cuba_li",
    "SpikeCubaLI": "cuba_li",
    "FloatThreshold": "threshold",
    "SpikeRelu": "relu",
    "SpikeSigma": "sigma",
    "SpikeDelta": "delta",
}


def role_of(node: AnyNode) -> Role:
    """The role of a node.

    A product (k^T v) is a population of its own: its values are state that later layers read. A
    view moves or renames values and holds nothing. The softmax gate is the host's: exponentials and
    a division, of which Loihi 2's microcode publicly has neither.
    """
    match node:
        case f.FloatInput() | s.SpikeInput():
            return "input"
        case (
            f.FloatNILIF() | f.FloatCubaLIF() | f.FloatCubaLI() | f.FloatThreshold()
            | s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI()
            | s.SpikeRelu() | s.SpikeSigma() | s.SpikeDelta()
        ):  # fmt: skip
            return "neuron"
        case f.FloatMemoryWrite() | s.SpikeMemoryWrite():
            return "product"
        case f.FloatOutput() | s.SpikeOutput():
            return "output"
        case (
            f.FloatConv() | s.SpikeConv() | f.FloatMemoryRead() | s.SpikeMemoryRead()
            | f.FloatAvgPool() | s.SpikeSumPool() | f.FloatUpsample() | s.SpikeUpsample()
        ):  # fmt: skip
            return "synapse"
        case f.FloatGateMix() | s.SpikeGateMix():
            return "host"
        case (
            f.FloatBatchNorm() | f.FloatAdd() | f.FloatBias()
            | s.SpikeRescale() | s.SpikeAdd() | s.SpikeBias() | m.StackSteps()
        ):  # fmt: skip
            return "membrane"
        case (
            f.FloatScale() | m.Repeat() | m.SelectStep() | m.PositionsToChannels()
            | m.Flatten() | m.Delay()
        ):  # fmt: skip
            return "view"
        case _:
            assert_never(node)


def neuron_kind(node: AnyNode) -> str:
    """A neuron node's kind in short."""
    return _NEURON_KINDS[type(node).__name__]
