"""Which numbers of a graph a chip has no format for: one rule, by which `check` and `map` refuse.

Registers and weights of a chip are words of a fixed width. A narrower one takes a whole word, a
wider one does not fit, and what the chip would store of it is another network.
"""

from collections.abc import Iterator
from typing import Any

from hardware.target import Target
from spiketrack.errors import CapacityError, Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Conv, SpikeNeuron, SpikeStream, recurrent_weight
from spiketrack.graph.shapes import AnyNode

FLOAT_WEIGHT_BITS = 8
"""What the weights of a float graph, which has no integers yet, are taken to become."""


def format_obstacles(graph: Graph[Any], target: Target) -> Iterator[Obstacle]:
    """Every node with weights or registers wider than a chip's.

    Args:
        graph: of floats or of integers.
        target: the chip.
    """
    weight_bits, state_bits = target["weight_bits"], target["state_bits"]
    for node in graph:
        weights, register = weight_bits_of(node), register_bits_of(node)
        if weights > weight_bits:
            found = f"{weights}-bit weights, the chip has {weight_bits} ({target.name})"
            yield Obstacle(node.name, found, f"convert with --weight-bits {weight_bits}")
        if register > state_bits:
            found = f"a register of {register} bits, the chip has {state_bits} ({target.name})"
            yield Obstacle(node.name, found, f"convert with --stream-bits {state_bits}")


def require_formats(graph: Graph[Any], target: Target) -> None:
    """Refuses a graph that a chip has no format for.

    Raises:
        CapacityError: names the first node that does not fit, and how many there are.
    """
    obstacles = list(format_obstacles(graph, target))
    if obstacles:
        first, rest = obstacles[0], len(obstacles) - 1
        more = f", and {rest} more" if rest else ""
        needed = (
            f"at most {target['weight_bits']}-bit weights and {target['state_bits']}-bit registers"
        )
        raise CapacityError(
            f"node '{first.node}'", needed, f"{first.reason}{more}", first.rewrite.capitalize()
        )


def weight_bits_of(node: AnyNode) -> int:
    """Bits of a node's own weights, 0 if it has none."""
    if isinstance(node, Conv):
        return node.weight_bits if isinstance(node, s.SpikeConv) else FLOAT_WEIGHT_BITS
    recurrent = recurrent_weight(node)
    if recurrent is None:
        return 0
    is_integer = recurrent.dtype.kind == "i"
    return recurrent.dtype.itemsize * 8 if is_integer else FLOAT_WEIGHT_BITS


def register_bits_of(node: AnyNode) -> int:
    """Declared width of a node's registers or stream; 0 where it has none, or is of floats."""
    return node.bits if isinstance(node, SpikeNeuron | SpikeStream) else 0
