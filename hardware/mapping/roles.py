"""What a node is to a mapper: a neuron, a synapse, work on a membrane, a view, or the host's."""

from typing import Literal

from typing_extensions import assert_never

from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.kinds import kind_of
from spiketrack.graph.shapes import AnyNode

Role = Literal["input", "neuron", "product", "output", "synapse", "membrane", "view", "host"]


def role_of(node: AnyNode) -> Role:
    """The role of a node.

    A product (k^T v) is a population of its own: its values are state that later layers read. A
    view moves or renames values and holds nothing. The softmax gate is the host's: exponentials and
    a division, of which Loihi 2's microcode publicly has neither.

    Args:
        node: a node of a float graph or of an integer graph.
    """
    kind = kind_of(node)
    match kind:
        case "input" | "output" | "neuron":
            return kind
        case "memory_write":
            return "product"
        case "conv" | "memory_read" | "pool" | "upsample":
            return "synapse"
        case "gate":
            return "host"
        case "add" | "bias":
            return "membrane"
        case "rescale":
            return "view" if isinstance(node, f.FloatScale) else "membrane"
        case "structure":
            return "membrane" if isinstance(node, m.StackSteps) else "view"
        case _:
            assert_never(kind)
