"""Lists every reason, each with its node, why a float graph cannot become integers."""

from collections.abc import Iterator

import numpy as np
from typing_extensions import assert_never

from calibration.neuron_steps import forgets
from spiketrack.errors import Obstacle
from spiketrack.graph import float_nodes as f
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatCuba
from spiketrack.graph.signals import integer_values


def find_obstacles(graph: Graph[FloatNode]) -> tuple[Obstacle, ...]:
    """Lists what stands in the way of quantising a graph whose inputs are integers."""
    integers = integer_values(graph)
    return tuple(
        Obstacle(node.name, reason, rewrite)
        for node in graph
        for reason, rewrite in _reasons(node, graph, integers)
    )


def _reasons(
    node: FloatNode, graph: Graph[FloatNode], integers: frozenset[str]
) -> Iterator[tuple[str, str]]:
    if isinstance(node, m.StructuralNode):
        return
    match node:
        case f.FloatCubaLIF():
            yield from _register_reasons(node)
            yield from _firing_reasons(node)
        case f.FloatCubaLI():
            yield from _register_reasons(node)
            if not _same_per_channel(node.u_gain * node.v_gain):
                # An output scale has one number for each channel.
                yield "gains that differ within a channel", "use one gain per channel, or Flatten"
        case f.FloatConv():
            if not _is_integer(node.inputs[0], graph, integers):
                needed = "merge it with the linear layer before it, or put a neuron between them"
                yield "synapses that read real values instead of spikes", needed
        case f.FloatMemoryWrite() | f.FloatMemoryRead():
            if not all(_is_integer(name, graph, integers) for name in node.inputs):
                yield "a product of real values", "put a neuron before each operand"
        case (
            f.FloatInput() | f.FloatOutput() | f.FloatBatchNorm() | f.FloatScale() | f.FloatAdd()
            | f.FloatBias() | f.FloatNILIF() | f.FloatThreshold() | f.FloatAvgPool()
            | f.FloatUpsample() | f.FloatGateMix()
        ):  # fmt: skip
            return
        case _:
            assert_never(node)


def _register_reasons(node: FloatCuba) -> Iterator[tuple[str, str]]:
    for name, keep in (("u", node.u_keep), ("v", node.v_keep)):
        if keep.min() < 0.0 or keep.max() > 1.0:
            reason = f"keeps {keep.min():.4g}..{keep.max():.4g} of {name} in a step"
            yield reason, "choose a dt below the time constants"
    if (node.u_gain <= 0.0).any() or (node.v_gain <= 0.0).any():
        yield "a gain of 0 or below", "move its sign into the weights before it"


def _firing_reasons(node: f.FloatCubaLIF) -> Iterator[tuple[str, str]]:
    if (node.threshold < 0.0).any() and not forgets(node):
        yield "a threshold below 0", "shift threshold and bias up together"
    # A reset value matters only where the next step keeps some of it.
    remembers = np.broadcast_to(node.v_keep, np.broadcast(node.v_keep, node.v_reset).shape) != 0.0
    if node.reset == "value" and (remembers & (node.v_reset != 0.0)).any():
        reason = f"a reset to {node.v_reset.min():.4g}..{node.v_reset.max():.4g}"
        yield reason, "measure potentials from the reset value, so that it is 0"


def _same_per_channel(array: Array) -> bool:
    return bool((array == array[:, :1, :1]).all())


def _is_integer(name: str, graph: Graph[FloatNode], integers: frozenset[str]) -> bool:
    """Whether a value is an integer times one real number.

    What only moves a stream keeps its grid, so every structural node hands on integers.
    """
    node: FloatNode = graph[name]
    if isinstance(node, m.StructuralNode):
        return True
    match node:
        case f.FloatScale() | f.FloatGateMix():
            return _is_integer(node.inputs[0], graph, integers)
        case f.FloatMemoryRead() | f.FloatMemoryWrite() | f.FloatAdd() | f.FloatBias():
            return True
        case f.FloatAvgPool() | f.FloatUpsample():
            return True
        case f.FloatConv():
            kernels = node.weight.reshape(len(node.weight), -1)
            # Channels with equal kernels share one step, so that the accumulator has one scale.
            return bool((kernels == kernels[:1]).all()) and not node.bias.any()
        case (
            f.FloatInput() | f.FloatNILIF() | f.FloatCubaLIF() | f.FloatCubaLI()
            | f.FloatThreshold() | f.FloatBatchNorm() | f.FloatOutput()
        ):  # fmt: skip
            return name in integers
        case _:
            assert_never(node)
