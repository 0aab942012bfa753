"""Every backend takes its inputs and returns its run in the form that is defined here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import GraphError
from spiketrack.fixed_point import Int64
from spiketrack.graph.graph import Graph
from spiketrack.graph.input_range import require_in_range
from spiketrack.graph.kinds import Register
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode, SpikeOutput


class Observer(Protocol):
    """An engine shows its values to an observer, for instance an event counter."""

    @property
    def watched(self) -> frozenset[str]:
        """The names of the values that it wants to see."""

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Takes one value of one run.

        Args:
            name: the node.
            array: (T, B, H, W, C), spikes as uint8; a memory (T, B, heads, d_k, d_v).
        """


@dataclass(frozen=True)
class Run:
    """A run holds what one pass of inputs through a graph gave.

    Attributes:
        backend: name of the engine that made it.
        outputs: per output node, (T, B, C, H, W).
        values: per node, if kept (spikes of neurons, accumulators of synapses, streams).
        states: per neuron layer its membrane before the reset, and its current under
            `current_name`, if kept.
        overflows: elements that left their width, by what overflowed; empty in a strict run.
    """

    backend: str
    outputs: dict[str, NDArray[Any]]
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    states: dict[str, NDArray[Any]] = field(default_factory=dict)
    overflows: dict[str, int] = field(default_factory=dict)


def current_name(neuron: str) -> str:
    """The name of a neuron layer's current u among the states of a run."""
    return f"{neuron}#u"


def state_name(neuron: str, register: Register) -> str:
    """The name of one of a neuron layer's registers among the states of a run."""
    return current_name(neuron) if register == "u" else neuron


def take_inputs(graph: Graph[SpikeNode], inputs: Mapping[str, NDArray[Any]]) -> dict[str, Int64]:
    """Checks raw inputs against the graph's input nodes and subtracts their integer channel means.

    Raises:
        GraphError: an input that is missing, not integer or of the wrong shape.
        OverflowBoundError: a value outside the range the graph was proved for.
    """
    values: dict[str, Int64] = {}
    for node in graph.inputs:
        if not isinstance(node, SpikeInput):
            continue
        if node.name not in inputs:
            raise GraphError(f"input '{node.name}' of graph '{graph.name}'", "an array", "nothing")
        raw = np.asarray(inputs[node.name])
        fits = raw.ndim == 5 and (raw.shape[0], *raw.shape[2:]) == node.shape
        if not fits or raw.dtype.kind not in "iu":
            needed = f"integers (T, B, C, H, W) = {node.shape[:1] + ('B',) + node.shape[1:]}"
            raise GraphError(f"input '{node.name}'", needed, f"{raw.dtype} {raw.shape}")
        require_in_range(node, raw, node.offset_q)
        value = raw.astype(np.int64)
        if node.offset_q.size > 1 or node.offset_q.any():
            value = value - node.offset_q.astype(np.int64)[:, None, None]
        require_in_range(node, value)
        values[node.name] = value
    return values


def real_outputs(graph: Graph[SpikeNode], run: Run) -> dict[str, NDArray[np.float64]]:
    """Outputs as real numbers: q * scale + bias per channel.

    Args:
        graph: the integer graph that ran.
        run: its run, whose outputs are integers (T, B, C, H, W).
    """
    reals: dict[str, NDArray[np.float64]] = {}
    for node in graph.outputs:
        if isinstance(node, SpikeOutput):
            scale, bias = node.scale[:, None, None], node.bias[:, None, None]
            reals[node.name] = run.outputs[node.name].astype(np.float64) * scale + bias
    return reals
