"""Checks `simulation.counting.counter` slowly: it walks every spike, tap and output one by one.

Shares no arithmetic with the fast count: no classes, no fan-out maps, no matrix products, recurrent
weights one by one. Only which nodes are connections and what counts as a spike are asked of the
same functions. For small graphs only.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.counting.connections import connection_of, operand_of
from simulation.counting.meters import Synops
from simulation.counting.neuron_costs import RECURRENT_SUFFIX
from simulation.reference.engine import evaluate
from simulation.run import Run
from spiketrack.errors import GraphError
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import (
    Add,
    Bias,
    Boundary,
    Conv,
    Gate,
    MemoryRead,
    MemoryWrite,
    Neuron,
    Pool,
    Product,
    Rescale,
    Upsample,
    conv_weight,
    recurrent_weight,
)
from spiketrack.graph.shapes import AnyNode

Values = NDArray[Any]


def count_run(graph: Graph[Any], run: Run) -> dict[str, Synops]:
    """Event by event, the counts of every connection of a kept run, recurrent ones included.

    A convolution that reads a sum of spikes takes every operand's events. The values that
    connections read must be integers, (T, B, C, H, W).

    Raises:
        GraphError: the run was not kept.
    """
    counts: dict[str, Synops] = {}
    for node in graph:
        weight = recurrent_weight(node)
        if weight is not None:
            counts[node.name + RECURRENT_SUFFIX] = _loop_events(weight, run.values[node.name])
        conv = connection_of(graph, node)
        if conv is not None:
            arrived = _arrivals(graph, run, conv)
            counts[node.name] = sum((count_node(conv, [x]) for x in arrived), start=Synops())
        elif isinstance(node, Product):
            counts[node.name] = count_node(node, [_value(run, name) for name in node.inputs])
    return counts


def _arrivals(graph: Graph[Any], run: Run, conv: Conv) -> list[Values]:
    """What arrives at a convolution: a value, or the operands of a sum of spikes."""
    if operand_of(graph, conv).kind != "spikes":
        return [_value(run, conv.inputs[0])]
    return _operands(graph, run, conv.inputs[0])


def _operands(graph: Graph[Any], run: Run, name: str) -> list[Values]:
    """The operands of every sum behind a value of spikes, moved as the value is."""
    node: AnyNode = graph[name]
    if isinstance(node, Add):
        return [x for source in node.inputs for x in _operands(graph, run, source)]
    if isinstance(node, m.StructuralNode):
        return _moved_operands(node, [_operands(graph, run, source) for source in node.inputs])
    if isinstance(node, Rescale):
        return _operands(graph, run, node.inputs[0])
    if isinstance(node, Neuron | Boundary | Conv | Pool | Upsample | Product | Gate | Bias):
        return [_value(run, name)]
    assert_never(node)


def _moved_operands(node: m.StructuralNode, operands: list[list[Values]]) -> list[Values]:
    """All operands behind the inputs of a structural node, moved as it moves its inputs."""
    match node:
        case m.StackSteps():
            n_steps = len(operands)
            return [_at_step(x, t, n_steps) for t, step in enumerate(operands) for x in step]
        case m.Repeat() | m.SelectStep() | m.PositionsToChannels() | m.Flatten() | m.Delay():
            return [evaluate(node, [x]) for x in operands[0]]
        case _:
            assert_never(node)


def _at_step(x: Values, step: int, n_steps: int) -> Values:
    """One step among silent ones."""
    whole = np.zeros((n_steps, *x.shape[1:]), x.dtype)
    whole[step] = x[0]
    return whole


def _value(run: Run, name: str) -> Values:
    if name not in run.values:
        raise GraphError(f"run by '{run.backend}'", "all values kept", f"no '{name}'")
    return run.values[name]


def _loop_events(weight: Values, x: Values) -> Synops:
    """Events of recurrent weights (to, from): the spikes of every step but the last."""
    total = Synops()
    for (t, _, c, _, _), spike in _spikes(x):
        if t < len(x) - 1:
            met = [weight[to, c] != 0 for to in range(len(weight))]
            total += _event(spike, reached=len(met), non_zero=sum(met))
    return total


def count_node(node: AnyNode, operands: list[Values]) -> Synops:
    """Event by event, the counts of one connection whose operands are given.

    Raises:
        TypeError: the node is no convolution and no product.
    """
    if isinstance(node, Conv):
        return _conv_events(node, operands[0])
    if isinstance(node, MemoryWrite):
        return _write_events(node, *operands)
    if isinstance(node, MemoryRead):
        return _read_events(*operands)
    raise TypeError(f"node '{node.name}' ({type(node).__name__}) is no connection")


def _spikes(x: Values) -> Iterator[tuple[tuple[int, ...], int]]:
    """(t, b, c, y, x) and magnitude of every non-zero spike."""
    for index in zip(*np.nonzero(x), strict=True):
        yield tuple(int(i) for i in index), abs(int(x[index]))


def _conv_events(node: Conv, x: Values) -> Synops:
    weight = conv_weight(node)
    total = Synops()
    for (_, _, c, y, column), spike in _spikes(x):
        met = [value != 0 for value in _weights_met(node, weight, x.shape, c, y, column)]
        total += _event(spike, reached=len(met), non_zero=sum(met))
    return total


def _weights_met(
    node: Conv, weight: Values, shape: tuple[int, ...], c: int, y: int, x: int
) -> Iterator[float]:
    """The weights that one spike at channel c, row y, column x is multiplied with."""
    out_channels, in_channels, k_h, k_w = weight.shape
    out_per_group = out_channels // node.groups
    group, c_in_group = divmod(c, in_channels)
    for i in range(k_h):
        for j in range(k_w):
            inside_y = _lands(node, 0, y, tap=i, size=shape[3])
            inside_x = _lands(node, 1, x, tap=j, size=shape[4])
            if inside_y and inside_x:
                for o in range(group * out_per_group, (group + 1) * out_per_group):
                    yield float(weight[o, c_in_group, i, j])


def _lands(node: Conv, axis: int, position: int, *, tap: int, size: int) -> bool:
    """Is there an output cell whose window holds this row or column under this tap?"""
    weight = conv_weight(node)
    padding, dilation = node.padding[axis], node.dilation[axis]
    first = -padding
    while first + dilation * (weight.shape[2 + axis] - 1) < size + padding:
        if first + dilation * tap == position:
            return True
        first += node.stride[axis]
    return False


def _write_events(node: MemoryWrite, k: Values, v: Values) -> Synops:
    d_k, d_v = k.shape[2] // node.heads, v.shape[2] // node.heads
    total = Synops()
    for (t, b, c, y, x), spike in _spikes(k):
        head = c // d_k
        row = [v[t, b, head * d_v + i, y, x] for i in range(d_v)]
        total += _event(spike, reached=d_v, non_zero=sum(value != 0 for value in row))
    return total


def _read_events(q: Values, memory: Values) -> Synops:
    d_k, d_v = memory.shape[3:]
    total = Synops()
    for (t, b, c, _, _), spike in _spikes(q):
        row = [memory[t, b, c // d_k, c % d_k, i] for i in range(d_v)]
        total += _event(spike, reached=d_v, non_zero=sum(value != 0 for value in row))
    return total


def _event(spike: int, *, reached: int, non_zero: int) -> Synops:
    return Synops(
        events=1,
        unary_spikes=spike,
        graded=int(non_zero),
        unary=spike * int(non_zero),
        all_weights=reached,
        unary_all_weights=spike * reached,
    )
