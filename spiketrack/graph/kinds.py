"""What a node is, answered here and nowhere else: its kind, its state, its spikes, its weights.

Everybody who needs to know whether a node is a neuron, which of its inputs carry spikes or what it
weighs asks this file. The unions below sort both graphs' nodes into kinds; the float node and the
integer node of the same meaning share one. `kind_of` names a node's kind as a word.

Why two forms: a union narrows a type (`isinstance(node, Neuron)`), so that the type checker knows
which nodes are left; a word can be matched by code that treats all nodes of a kind alike.
To add a node: put it into the union of its kind, then answer what the type checker asks for.
"""

from typing import Literal

from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Signal
from spiketrack.graph.shapes import AnyNode
from spiketrack.graph.structural_nodes import StructuralNode

Input = f.FloatInput | s.SpikeInput
Output = f.FloatOutput | s.SpikeOutput
Boundary = Input | Output
"""Where values enter and leave."""

Conv = f.FloatConv | s.SpikeConv
"""Trained synapses."""
Pool = f.FloatAvgPool | s.SpikeSumPool
Upsample = f.FloatUpsample | s.SpikeUpsample
MemoryWrite = f.FloatMemoryWrite | s.SpikeMemoryWrite
"""k^T v: a product of two values, kept as a memory."""
MemoryRead = f.FloatMemoryRead | s.SpikeMemoryRead
"""q M: spikes meet the contents of a memory."""
Product = MemoryWrite | MemoryRead
"""A product of two values: its weights are values too."""
Gate = f.FloatGateMix | s.SpikeGateMix

Rescale = f.FloatBatchNorm | f.FloatScale | s.SpikeRescale
"""Every value times a factor, of its channel or of all channels alike."""
Bias = f.FloatBias | s.SpikeBias
Add = f.FloatAdd | s.SpikeAdd

CubaLIF = f.FloatCubaLIF | s.SpikeCubaLIF
CubaLI = f.FloatCubaLI | s.SpikeCubaLI
Cuba = CubaLIF | CubaLI
"""Neurons with a current u beside their membrane v."""
FloatCuba = f.FloatCubaLIF | f.FloatCubaLI
SpikeCuba = s.SpikeCubaLIF | s.SpikeCubaLI
NILIF = f.FloatNILIF | s.SpikeNILIF

# Firing is what others read as messages; a readout and a sigma decoder are read as numbers.
FloatFiring = f.FloatNILIF | f.FloatCubaLIF | f.FloatThreshold
SpikeFiring = s.SpikeNILIF | s.SpikeCubaLIF | s.SpikeDelta | s.SpikeRelu
Firing = FloatFiring | SpikeFiring
"""Neurons whose value is spikes, binary or graded; of the others the membrane itself is read."""
FloatNeuron = FloatFiring | f.FloatCubaLI
SpikeNeuron = SpikeFiring | s.SpikeCubaLI | s.SpikeSigma
Neuron = FloatNeuron | SpikeNeuron

# A union of nodes that declare `bits`, so that code may read them without a match.
SpikeStream = s.SpikeRescale | s.SpikeBias | s.SpikeAdd | s.SpikeSumPool | s.SpikeUpsample
"""Integer nodes whose value lies on a stream: it has a declared width and a scale of its own."""
SpikeAccumulator = s.SpikeConv | s.SpikeMemoryWrite | s.SpikeMemoryRead
"""Integer nodes whose value is a sum of products, in an accumulator of 24 bits."""

Kind = Literal[
    "input", "output", "neuron", "conv", "pool", "upsample", "memory_write", "memory_read",
    "gate", "rescale", "bias", "add", "structure",
]  # fmt: skip
NeuronModel = Literal["nilif", "cuba_lif", "cuba_li", "threshold", "sigma", "delta", "relu"]
Layer = Literal["itself", "its reader's", "its reader's where that is a delta"]
RegisterPart = Literal["membrane", "sum", "difference", "spikes"]
Register = Literal["v", "u"]
"""The membrane v of a neuron, and the current u of those that have one."""


def kind_of(node: AnyNode) -> Kind:
    """The kind of a node as a word; a float node and its integer twin have the same.

    Args:
        node: any node of either graph.
    """
    if isinstance(node, Input):
        return "input"
    if isinstance(node, Output):
        return "output"
    if isinstance(node, Neuron):
        return "neuron"
    if isinstance(node, Conv):
        return "conv"
    if isinstance(node, Pool):
        return "pool"
    if isinstance(node, Upsample):
        return "upsample"
    if isinstance(node, MemoryWrite):
        return "memory_write"
    if isinstance(node, MemoryRead):
        return "memory_read"
    if isinstance(node, Gate):
        return "gate"
    if isinstance(node, Rescale):
        return "rescale"
    if isinstance(node, Bias):
        return "bias"
    if isinstance(node, Add):
        return "add"
    if isinstance(node, StructuralNode):
        return "structure"
    assert_never(node)


def neuron_model(node: Neuron) -> NeuronModel:
    """The model that a neuron follows; its equations stand in the docstring of its class."""
    match node:
        case f.FloatNILIF() | s.SpikeNILIF():
            return "nilif"
        case f.FloatCubaLIF() | s.SpikeCubaLIF():
            return "cuba_lif"
        case f.FloatCubaLI() | s.SpikeCubaLI():
            return "cuba_li"
        case f.FloatThreshold():
            return "threshold"
        case s.SpikeSigma():
            return "sigma"
        case s.SpikeDelta():
            return "delta"
        case s.SpikeRelu():
            return "relu"
        case _:
            assert_never(node)


def signal_of(node: AnyNode) -> Signal | None:
    """Says which integers a node brings into its graph, for others to read.

    Returns:
        What an input declares, "spikes" of a neuron that fires, the "memory" that k^T v makes;
        None where a node computes other numbers, or only moves what it reads.
    """
    kind = kind_of(node)
    match kind:
        case "input":
            return node.signal if isinstance(node, Input) else None
        case "neuron":
            return "spikes" if isinstance(node, Firing) else None
        case "memory_write":
            return "memory"
        case (
            "output" | "conv" | "pool" | "upsample" | "memory_read" | "gate" | "rescale" | "bias"
            | "add" | "structure"
        ):  # fmt: skip
            return None
        case _:
            assert_never(kind)


def port_signals(node: AnyNode) -> tuple[Signal | None, ...]:
    """Says what a node is made to read at each of its inputs, in their order.

    Returns:
        "spikes" where events meet weights or other events, "memory" where they meet its contents,
        None where any number will do (an accumulator, a membrane, or whatever is moved on).
    """
    kind = kind_of(node)
    match kind:
        case "conv":
            return ("spikes",)
        case "memory_write":
            return ("spikes", "spikes")
        case "memory_read":
            return ("spikes", "memory")
        case "gate":
            return ("spikes", None)
        case (
            "input" | "output" | "neuron" | "pool" | "upsample" | "rescale" | "bias" | "add"
            | "structure"
        ):  # fmt: skip
            return (None,) * len(node.inputs)
        case _:
            assert_never(kind)


def max_spike(node: AnyNode) -> int | None:
    """The largest magnitude that a neuron's type lets it emit.

    Returns:
        D of an NI-LIF, 1 of a binary neuron; None where nothing but a register's width bounds a
        graded spike, and where a node emits none.
    """
    if not isinstance(node, Firing):
        return None
    match node:
        case f.FloatNILIF() | s.SpikeNILIF():
            return node.max_spike
        case f.FloatCubaLIF() | s.SpikeCubaLIF() | f.FloatThreshold():
            return 1
        case s.SpikeDelta() | s.SpikeRelu():
            return None
        case _:
            assert_never(node)


def is_graded(node: AnyNode) -> bool:
    """Whether a neuron sends or decodes spikes whose size nothing but a register's width bounds."""
    if not isinstance(node, Neuron):
        return False
    match node:
        case s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return True
        case (
            f.FloatNILIF() | f.FloatCubaLIF() | f.FloatCubaLI() | f.FloatThreshold()
            | s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI()
        ):  # fmt: skip
            return False
        case _:
            assert_never(node)


def registers_of(node: AnyNode) -> tuple[Register, ...]:
    """The registers of a neuron that every engine shows beside its value.

    Sigma, delta and the rectifier show none: what they hold follows from the values around them.
    """
    if not isinstance(node, Neuron):
        return ()
    match node:
        case f.FloatNILIF() | s.SpikeNILIF():
            return ("v",)
        case f.FloatCubaLIF() | s.SpikeCubaLIF() | f.FloatCubaLI() | s.SpikeCubaLI():
            return ("v", "u")
        case f.FloatThreshold() | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return ()
        case _:
            assert_never(node)


def holds_state(node: AnyNode) -> bool:
    """Whether what a node computes in one step depends on what came in an earlier step.

    A node that puts steps in another order (`Repeat`, `SelectStep`, `StackSteps`) computes nothing
    and holds no state in this sense; a memory is written and read anew in every step.
    """
    if not isinstance(node, Neuron | StructuralNode):
        return False
    match node:
        case f.FloatNILIF():
            return bool(node.decay.any())
        case s.SpikeNILIF():
            return bool(node.decay_q.any())
        case (
            f.FloatCubaLIF() | s.SpikeCubaLIF() | f.FloatCubaLI() | s.SpikeCubaLI()
            | s.SpikeSigma() | s.SpikeDelta()
        ):  # fmt: skip
            return True
        case m.Delay():
            return bool(node.steps_q.any())
        case (
            f.FloatThreshold() | s.SpikeRelu() | m.Repeat() | m.SelectStep() | m.StackSteps()
            | m.PositionsToChannels() | m.Flatten()
        ):  # fmt: skip
            return False
        case _:
            assert_never(node)


def layer_of(node: Neuron) -> Layer:
    """Which layer of neurons a node belongs to; `spiketrack.graph.signals` applies it to a graph.

    A sigma decoder is the dendrite of the neuron that reads it. A rectifier that only delta
    encoders read is the activation of their neurons, and sends nothing.
    """
    match node:
        case s.SpikeSigma():
            return "its reader's"
        case s.SpikeRelu():
            return "its reader's where that is a delta"
        case (
            f.FloatNILIF() | f.FloatCubaLIF() | f.FloatCubaLI() | f.FloatThreshold()
            | s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI() | s.SpikeDelta()
        ):  # fmt: skip
            return "itself"
        case _:
            assert_never(node)


def register_part(node: SpikeNeuron) -> RegisterPart:
    """Names the register whose declared width is a neuron's `bits`."""
    match node:
        case s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI():
            return "membrane"
        case s.SpikeSigma():
            return "sum"
        case s.SpikeDelta():
            return "difference"
        case s.SpikeRelu():
            return "spikes"
        case _:
            assert_never(node)


def fixes_steps(node: AnyNode) -> bool:
    """Whether a node works with its own number of steps only, whatever number the inputs have."""
    if not isinstance(node, StructuralNode):
        return False
    match node:
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            return True
        case m.PositionsToChannels() | m.Flatten() | m.Delay():
            return False
        case _:
            assert_never(node)


def conv_weight(node: Conv) -> Array:
    """The weights of a convolution, (O, C / groups, K_h, K_w): float64 or int8."""
    return node.weight if isinstance(node, f.FloatConv) else node.weight_q


def recurrent_weight(node: AnyNode) -> Array | None:
    """The weights from a layer of neurons back to itself, (to, from): float64 or int8.

    Returns:
        None where a layer does not read its own spikes, and for nodes that are no neurons.
    """
    if not isinstance(node, Neuron):
        return None
    match node:
        case f.FloatCubaLIF():
            return node.recurrent if node.recurrent.size else None
        case s.SpikeCubaLIF():
            return node.recurrent_q if node.recurrent_q.size else None
        case (
            f.FloatNILIF() | f.FloatCubaLI() | f.FloatThreshold()
            | s.SpikeNILIF() | s.SpikeCubaLI() | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu()
        ):  # fmt: skip
            return None
        case _:
            assert_never(node)


def weights_of(node: AnyNode) -> tuple[Array, ...]:
    """Gives all synaptic weights that a node holds, of a convolution or of a recurrent layer.

    Factors, tables and thresholds are parameters and no weights: no spike is multiplied by them.
    """
    if isinstance(node, Conv):
        return (conv_weight(node),)
    weight = recurrent_weight(node)
    return () if weight is None else (weight,)


def declared_bits(node: s.SpikeNode) -> int | None:
    """The declared width, in bits with sign, of what an integer node computes.

    Returns:
        The width of its register, stream or accumulator; None for nodes that pass on a value of
        another's width.
    """
    if isinstance(node, SpikeNeuron | SpikeStream):
        return node.bits
    if isinstance(node, SpikeAccumulator):
        return s.ACCUMULATOR_BITS
    if isinstance(node, Boundary | Gate | StructuralNode):
        return None
    assert_never(node)
