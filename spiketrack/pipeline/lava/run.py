"""Runs a graph on Lava sample after sample, with the values that a counter needs."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from hardware.lava.backend import BACKEND, DEVICES, LavaEngine, LavaRun
from hardware.lava.detail import DEFAULT_DETAIL, Detail
from hardware.lava.runtime.events import Events
from hardware.lava.stock import StockRun
from simulation.bounds.ranges import value_ranges
from simulation.run import Run, take_inputs
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import Boundary
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.interrupt import uninterrupted

Inputs = Mapping[str, NDArray[Any]]
Runner = Callable[[Inputs], Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLava:
    """How Lava shall run a graph.

    Attributes:
        backend: "lava" or "loihi2".
        detail: how many nodes one process runs: "node", "block" or "branch".
        n_probed: samples, or searches of a tracker, to measure on the chip; 0 measures nothing.
    """

    backend: str = BACKEND
    detail: Detail = DEFAULT_DETAIL
    n_probed: int = 0


DEFAULT_ON_LAVA = OnLava()


class LavaRunner:
    """A graph on Lava's processes.

    Args:
        engine: runs the graph.
        graph: what it runs.
        keep: nodes, inputs and outputs included, whose values the runs hold.
        backend: name for the runs.
    """

    def __init__(
        self, engine: LavaEngine, graph: Graph[SpikeNode], keep: Collection[str], backend: str
    ) -> None:
        self._engine, self._graph, self._keep, self._backend = engine, graph, keep, backend

    def __call__(self, inputs: Inputs) -> Run:
        """Runs some samples.

        Raises:
            The errors of `LavaEngine.run`.
        """
        made = self._engine.run(inputs)
        return as_run(self._graph, inputs, made, self._keep, self._backend)

    def events(self) -> dict[str, Events]:
        """What the processes themselves have counted since the last call."""
        return self._engine.counts()

    def readings(self) -> dict[str, Any]:
        """What a chip's probes measured, once the block has ended."""
        return self._engine.readings()


@contextmanager
def lava_runner(
    graph: Graph[SpikeNode], keep: Collection[str], on: OnLava = DEFAULT_ON_LAVA
) -> Iterator[LavaRunner]:
    """Runs samples on Lava processes, which end with the block.

    Args:
        graph: an integer graph.
        keep: names of its nodes, inputs and outputs included, whose values the runs must hold.
        on: the device, the detail, and what to measure.

    Raises:
        HeadroomError: a worst case that no engine can compute exactly.
        The errors of `LavaEngine`.
    """
    value_ranges(graph)
    device = DEVICES[on.backend]
    inside = inner(graph, keep)
    with uninterrupted(
        lambda: LavaEngine(
            graph, detail=on.detail, keep=inside, device=device, n_probed=on.n_probed
        )
    ) as engine:
        yield LavaRunner(engine, graph, keep, on.backend)


def inner(graph: Graph[SpikeNode], names: Collection[str]) -> list[str]:
    """The names that belong to nodes of the graph which are neither inputs nor outputs."""
    return [node.name for node in graph if node.name in names and not isinstance(node, Boundary)]


def as_run(
    graph: Graph[SpikeNode],
    inputs: Inputs,
    made: LavaRun | StockRun,
    keep: Collection[str],
    backend: str,
) -> Run:
    """A run of Lava's as every engine gives it.

    Why inputs from here: they are not sent back, and an output comes in any case.
    """
    values = {**take_inputs(graph, inputs), **made.values, **made.outputs}
    kept = {name: value for name, value in values.items() if name in keep}
    return Run(backend, made.outputs, kept)
