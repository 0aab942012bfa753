"""The fast engine equals `simulation.reference.engine` bit for bit on every node.

A graph is compiled once. Static bounds prove for every layer that a library's float32 (or int8)
convolution gives the exact integers, and which widths need no check while running; what is not
proved takes float64 or is checked as in the reference. Inside, arrays are channels-last
(T, B, H, W, C), spikes one byte, streams int32.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from simulation.fast import kernels as fast_kernels
from simulation.fast.neurons import registers_of
from simulation.fast.plan import Compiler, Step
from simulation.fast.rows import from_reference, to_reference
from simulation.run import Observer, Run, take_inputs
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeNeuron
from spiketrack.graph.signals import memory_values

BACKEND = "fast"
Values = NDArray[Any]


class FastEngine:
    """Runs one integer graph, again and again.

    Args:
        graph: a verified integer graph.
        fuse: fuse nodes into shared passes (the results are the same either way).
        int8: allow oneDNN's quantised convolutions (the results are the same either way).
    """

    def __init__(self, graph: Graph[s.SpikeNode], *, fuse: bool = True, int8: bool = True) -> None:
        """Compiles the plan for a run that keeps outputs only."""
        self.graph = graph
        self._fuse = fuse
        self._int8 = int8
        self._plans: dict[frozenset[str], tuple[Step, ...]] = {}
        self._memories = memory_values(graph)
        self._outputs = tuple(node.name for node in graph.outputs)
        self.plan(frozenset())

    def plan(self, wanted: frozenset[str]) -> tuple[Step, ...]:
        """The steps of a run in which `wanted` and all outputs exist as arrays.

        Args:
            wanted: names of values that must not be fused away.

        Raises:
            GraphError: a name the graph does not have.
        """
        unknown = sorted(wanted - self.graph.by_name.keys())
        if unknown:
            raise GraphError(f"graph '{self.graph.name}'", f"a node named '{unknown[0]}'", "none")
        if wanted not in self._plans:
            names = wanted.union(self._outputs)
            compiler = Compiler(self.graph, names, fuse=self._fuse, int8=self._int8)
            self._plans[wanted] = compiler.compile()
        return self._plans[wanted]

    def run(
        self,
        inputs: Mapping[str, Values],
        *,
        keep: Collection[str] = (),
        keep_all: bool = False,
        observer: Observer | None = None,
    ) -> Run:
        """Runs the graph once.

        Args:
            inputs: raw integers per input node, (T, B, C, H, W); a memory is
                (T, B, heads, d_k, d_v).
            keep: names of values to keep in the result.
            keep_all: keep every value and every register.
            observer: sees the values it watches.

        Returns:
            A `Run` whose arrays are int64 in the reference's layout.

        Raises:
            GraphError: an input is missing or misshapen, or a name in `keep` is unknown.
            OverflowBoundError: a value leaves its declared width or an input its promised range.
        """
        kept = frozenset(self.graph.by_name) if keep_all else frozenset(keep)
        watched = observer.watched if observer is not None else frozenset()
        steps = self.plan(kept | watched)
        values = self._inputs(inputs)
        with torch.inference_mode():
            for step in steps:
                _execute(step, values)
        if observer is not None:
            for name in sorted(watched):
                observer.add(name, self._as_seen(name, values[name]))
        arrays = {name: to_reference(values[name]) for name in kept.union(self._outputs)}
        outputs = {name: arrays[name] for name in self._outputs}
        kept_values = {node.name: arrays[node.name] for node in self.graph if node.name in kept}
        return Run(BACKEND, outputs, kept_values, self._registers(values) if keep_all else {})

    def _inputs(self, inputs: Mapping[str, Values]) -> dict[str, Values]:
        """Inputs as channels-last arrays; `take_inputs` reports whatever is wrong with them."""
        values: dict[str, Values] = {}
        for node in self.graph.inputs:
            if isinstance(node, s.SpikeInput):
                value = enter(node, inputs.get(node.name))
                if value is None:
                    taken = take_inputs(self.graph, inputs)
                    return {name: from_reference(array) for name, array in taken.items()}
                values[node.name] = value
        return values

    def _as_seen(self, name: str, value: Values) -> Values:
        """A value as an observer sees it: integers, a memory in its own order of axes."""
        if name in self._memories:
            value = value.transpose(0, 1, 4, 2, 3)
        if value.dtype.kind == "f":
            value = value.astype(np.int64)
        return np.ascontiguousarray(value)

    def _registers(self, values: Mapping[str, Values]) -> dict[str, NDArray[np.int64]]:
        """Registers of every neuron layer, from the kept values."""
        states: dict[str, NDArray[np.int64]] = {}
        for node in self.graph:
            if isinstance(node, SpikeNeuron):
                x, y = values[node.inputs[0]], values[node.name]
                registers = registers_of(node, x, y, self.graph.shapes[node.name])
                states |= {name: to_reference(register) for name, register in registers.items()}
        return states


def enter(node: s.SpikeInput, raw: Values | None) -> Values | None:
    """One input as a channels-last array, or None if it is not what the node promises."""
    wide = max(-node.low, node.high) >= 2**31 - 1
    if raw is None or raw.ndim != 5 or raw.dtype.kind not in "iu" or wide or not raw.size:
        return None
    if raw.dtype == np.uint64:  # 2**64 - 1 would enter as -1
        return None
    t, b, c, h, w = raw.shape
    if (t, c, h, w) != node.shape:
        return None
    dtype = np.uint8 if node.low >= 0 and node.high <= 255 else np.int32
    value = np.empty((t, b, h, w, c), dtype)
    offset = np.broadcast_to(node.offset_q, (c,)).astype(np.int64)
    images = np.ascontiguousarray(raw).reshape(t * b, c, h, w)
    low, high = fast_kernels.enter(images, offset, value.reshape(t * b, h, w, c))
    return value if node.low <= low and high <= node.high else None


def _execute(step: Step, values: dict[str, Values]) -> None:
    """Runs one step and lets go of what nobody reads any more."""
    results = step.run([values[name] for name in step.reads])
    for name, result in zip(step.writes, results, strict=True):
        values[name] = result
    for name in step.frees:
        del values[name]
