"""Compiles an integer graph into steps: which nodes are fused, and when an array is let go.

Fusions, each only where the value in between is wanted by nobody else:
- conv -> neuron: the convolution emits spikes (`fast_fit`).
- rescale -> add(stream) [-> neuron]: one pass reads accumulator and stream, writes both results.
- rescale -> neuron, add -> neuron: the stream is written and fires in the same pass.
- bias table -> neuron, memory read -> neuron: only spikes are written.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.bounds.range import Range
from simulation.bounds.ranges import value_ranges
from simulation.fast import fused
from simulation.fast.nodes import Kernel, node_kernel, rescale_is_affine
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeNeuron, declared_bits
from spiketrack.graph.structural_nodes import StructuralNode

Values = NDArray[Any]


@dataclass(frozen=True)
class Step:
    """Arrays `reads` in, arrays `writes` out; afterwards `frees` are needed no more."""

    nodes: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Sequence[Values]], tuple[Values, ...]]
    frees: tuple[str, ...] = ()


class Compiler:
    """Walks once through a graph in topological order and makes its steps.

    Args:
        graph: a verified integer graph.
        wanted: values that must exist as arrays; they are never fused away.
        fuse: whether to fuse at all.
        int8: allow quantised library calls.
    """

    def __init__(
        self,
        graph: Graph[s.SpikeNode],
        wanted: Collection[str],
        *,
        fuse: bool = True,
        int8: bool = True,
    ) -> None:
        self._graph = graph
        self._fuse = fuse
        self._int8 = int8
        self._bounds = value_ranges(graph).values
        self._readers = graph.consumers()
        self._wanted = frozenset(wanted)
        self._done: set[str] = set()
        self._deferred: dict[str, s.SpikeRescale] = {}
        self._steps: list[Step] = []

    def compile(self) -> tuple[Step, ...]:
        """The steps in order."""
        for node in self._graph:
            if isinstance(node, s.SpikeInput) or node.name in self._done:
                continue
            if not (self._fuse and self._fused(node)):
                self._single(node)
        return _with_frees(self._steps, self._wanted)

    def _single(self, node: s.SpikeNode) -> None:
        """The node as a step of its own."""
        kernel = node_kernel(
            node,
            [self._bounds[name] for name in node.inputs],
            self._bounds[node.name],
            [self._graph.shapes[name] for name in node.inputs],
            self._graph.shapes[node.name],
            int8=self._int8,
        )
        self._emit([node], node.inputs, (node.name,), _one_value(kernel))

    def _fused(self, node: s.SpikeNode) -> bool:
        """Emits the node with others, or leaves it to its only reader; False if neither can be.

        A neuron is fused into the node before it, and so is done when its own turn comes.
        """
        if isinstance(node, SpikeNeuron | StructuralNode):
            return False
        match node:
            case s.SpikeConv():
                return self._conv(node)
            case s.SpikeRescale():
                return self._rescale(node)
            case s.SpikeAdd():
                return self._add(node)
            case s.SpikeBias():
                return self._bias(node)
            case s.SpikeMemoryRead():
                return self._read(node)
            case (
                s.SpikeInput() | s.SpikeOutput() | s.SpikeSumPool() | s.SpikeUpsample()
                | s.SpikeMemoryWrite() | s.SpikeGateMix()
            ):  # fmt: skip
                return False
            case _:
                assert_never(node)

    def _conv(self, node: s.SpikeConv) -> bool:
        neuron = self._only_neuron(node)
        if neuron is None or not self._int8:
            return False
        x, y = self._bounds[node.inputs[0]], self._bounds[node.name]
        run = fused.conv_spikes(node, neuron, x, y)
        return run is not None and self._emit([node, neuron], node.inputs, (neuron.name,), run)

    def _rescale(self, node: s.SpikeRescale) -> bool:
        x, y = self._bounds[node.inputs[0]], self._bounds[node.name]
        if not rescale_is_affine(node, x, y) or not y.fits(node.bits):
            return False
        # The addition that reads it comes later in the order and emits both as one step.
        if self._is_for_one_add(node):
            self._deferred[node.name] = node
            return True
        neuron = self._any_neuron(node)
        if neuron is None:
            return False
        run = fused.rescale_fire(node, neuron, self._graph.shapes[node.name])
        return self._emit([node, neuron], node.inputs, (node.name, neuron.name), run)

    def _add(self, node: s.SpikeAdd) -> bool:
        y, shape = self._bounds[node.name], self._graph.shapes[node.name]
        neuron = self._any_neuron(node)
        nodes: list[s.SpikeNode] = [node] if neuron is None else [node, neuron]
        writes = tuple(part.name for part in nodes)
        late = [self._deferred.pop(name) for name in node.inputs if name in self._deferred]
        # A pass fuses one rescale: the others of the same sum become steps before it.
        for rescale in late[1:]:
            self._single(rescale)
        if late:
            other = next(name for name in node.inputs if name != late[0].name)
            run = fused.rescale_add(late[0], neuron, shape)
            return self._emit([late[0], *nodes], (late[0].inputs[0], other), writes, run)
        if neuron is None or len(node.inputs) != 2 or not fused.fits_int32(y):
            return False
        return self._emit(nodes, node.inputs, writes, fused.add_fire(neuron, shape))

    def _bias(self, node: s.SpikeBias) -> bool:
        neuron = self._only_neuron(node)
        y = self._bounds[node.name]
        # A table may differ from step to step, and the fused pass knows one step only.
        several = self._graph.shapes[node.name][0] > 1
        if neuron is None or several or not y.fits(node.bits) or not fused.fits_int32(y):
            return False
        run = fused.bias_fire(node, neuron, self._graph.shapes[node.name])
        return self._emit([node, neuron], node.inputs, (neuron.name,), run)

    def _read(self, node: s.SpikeMemoryRead) -> bool:
        neuron = self._only_neuron(node)
        y = self._bounds[node.name]
        if neuron is None or not y.fits(s.ACCUMULATOR_BITS):
            return False
        run = fused.read_fire(node, neuron, y, self._graph.shapes[node.name])
        return self._emit([node, neuron], node.inputs, (neuron.name,), run)

    def _is_for_one_add(self, node: s.SpikeRescale) -> bool:
        """Whether a provably narrow addition of two values is the only one to see this rescale."""
        readers = self._readers[node.name]
        if node.name in self._wanted or len(readers) != 1 or not isinstance(readers[0], s.SpikeAdd):
            return False
        # The sum must fit int32, in which the fused pass adds; a wider one keeps its own step.
        y = self._bounds[readers[0].name]
        narrow = y.fits(readers[0].bits) and fused.fits_int32(y)
        return narrow and len(set(readers[0].inputs)) == 2 and len(readers[0].inputs) == 2

    def _only_neuron(self, node: s.SpikeNode) -> s.SpikeNILIF | None:
        """The stateless neuron that alone reads a value which nobody wants to see."""
        alone = len(self._readers[node.name]) == 1 and node.name not in self._wanted
        return self._any_neuron(node) if alone else None

    def _any_neuron(self, node: s.SpikeNode) -> s.SpikeNILIF | None:
        """The first stateless neuron that reads a provably narrow value."""
        y, shape = self._bounds[node.name], self._graph.shapes[node.name]
        if not self._narrow(node, y):
            return None
        for reader in self._readers[node.name]:
            if isinstance(reader, s.SpikeNILIF) and fused.is_stateless(reader, y, shape):
                return reader
        return None

    def _narrow(self, node: s.SpikeNode, y: Range) -> bool:
        bits = declared_bits(node)
        return (bits is None or y.fits(bits)) and fused.fits_int32(y)

    def _emit(
        self,
        nodes: Sequence[s.SpikeNode],
        reads: tuple[str, ...],
        writes: tuple[str, ...],
        run: Callable[[Sequence[Values]], tuple[Values, ...]],
    ) -> bool:
        self._done.update(node.name for node in nodes)
        self._steps.append(Step(tuple(node.name for node in nodes), reads, writes, run))
        return True


def _one_value(kernel: Kernel) -> Callable[[Sequence[Values]], tuple[Values, ...]]:
    return lambda v: (kernel(v),)


def _with_frees(steps: Sequence[Step], wanted: Collection[str]) -> tuple[Step, ...]:
    """Notes with every step which arrays nobody reads after it."""
    last: dict[str, int] = {}
    for index, step in enumerate(steps):
        for name in (*step.reads, *step.writes):
            last[name] = index
    frees: dict[int, list[str]] = {}
    for name, index in last.items():
        if name not in wanted:
            frees.setdefault(index, []).append(name)
    return tuple(replace(step, frees=tuple(frees.get(i, ()))) for i, step in enumerate(steps))
