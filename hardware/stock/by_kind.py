"""Whether a node needs microcode, by what it is alone: all that is known of a float graph.

`hardware.stock.answer` knows more of an integer graph: the ranges of its values decide whether an
NI-LIF layer can become binary neurons, and the nodes around a node what its synapses read.
"""

from typing_extensions import assert_never

from hardware.stock.limits import MAX_DELAY
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.kinds import Neuron, kind_of
from spiketrack.graph.shapes import AnyNode


def needs_microcode(node: AnyNode, n_steps: int) -> bool:
    """Whether no stock Loihi 2 process computes a node, with one neuron for each of its values.

    Stock are CUBA-LIF with reset to zero, LI, delta, sigma, the rectifier, the stateless threshold
    and convolutions. An NI-LIF with graded spikes, products of spikes, pooling and interpolation,
    rescaling, tables of biases, values held for some steps only and delays above 62 are not. The
    gate is the host's.

    Args:
        node: a node of a float graph or of an integer graph.
        n_steps: T, the steps of its value.
    """
    kind = kind_of(node)
    match kind:
        case "neuron":
            return isinstance(node, Neuron) and _is_beyond_stock(node, n_steps)
        case "memory_write" | "memory_read" | "pool" | "upsample" | "bias":
            return True
        case "rescale":
            return not isinstance(node, f.FloatScale)
        case "structure":
            return isinstance(node, m.StructuralNode) and _picks_steps(node)
        case "input" | "output" | "conv" | "gate" | "add":
            return False
        case _:
            assert_never(kind)


def _picks_steps(node: m.StructuralNode) -> bool:
    """Whether values are held, or delayed for longer than an axon can."""
    match node:
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            return True
        case m.Delay():
            return int(node.steps_q.max()) > MAX_DELAY
        case m.Flatten() | m.PositionsToChannels():
            return False
        case _:
            assert_never(node)


def _is_beyond_stock(node: Neuron, n_steps: int) -> bool:
    match node:
        case s.SpikeCubaLIF():
            return node.reset != "zero" or node.reset_period > 0 or node.current != "new"
        case f.FloatCubaLIF():
            return node.reset != "value" or node.current != "new"
        case s.SpikeCubaLI() | f.FloatCubaLI():
            return node.current != "new"
        case f.FloatNILIF() | s.SpikeNILIF():
            return node.max_spike > 1 or n_steps > 1
        case f.FloatThreshold() | s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return False
        case _:
            assert_never(node)
