"""Runs a graph on Lava's stock processes beside ours, sample after sample, for a counter."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from hardware.lava_backend import BACKEND, LavaEngine, LavaRun
from hardware.lava_stock import StockRun, stream
from hardware.lowering.stock_plan import StockPlan
from simulation.run import Run, take_inputs
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode, SpikeOutput
from spiketrack.pipeline.interrupt import uninterrupted
from spiketrack.pipeline.lava_lowering import plan_stock_for, stock_facts

Inputs = Mapping[str, NDArray[Any]]
Made = LavaRun | StockRun


class StockRunner:
    """A function that runs samples.

    Args:
        graph: what it runs.
        keep: names of its nodes, inputs and outputs included, whose values the runs hold.
        plan: which nodes run on stock processes.
        on_run: told every run.
    """

    def __init__(
        self,
        graph: Graph[SpikeNode],
        keep: Collection[str],
        plan: StockPlan,
        on_run: Callable[[Run], None],
    ) -> None:
        self._graph, self._keep, self._plan, self._on_run = graph, keep, plan, on_run
        ends = SpikeInput | SpikeOutput
        self.inside = [n.name for n in graph if n.name in keep and not isinstance(n, ends)]
        self.engine: LavaEngine | None = None
        self._n_processes = 0

    def __call__(self, inputs: Inputs) -> Run:
        """Runs some samples; raises the errors of `LavaEngine`."""
        made: Made
        if self.engine is None:
            streamed = stream(self._plan, inputs, keep=self.inside)
            made, self._n_processes = streamed, streamed.n_processes
        else:
            made, self._n_processes = self.engine.run(inputs), self.engine.n_processes
        # Why from here: an input is not sent back, and an output comes in any case.
        values = {**take_inputs(self._graph, inputs), **made.values, **made.outputs}
        kept = {name: value for name, value in values.items() if name in self._keep}
        run = Run(BACKEND, made.outputs, kept)
        self._on_run(run)
        return run

    @property
    def facts(self) -> dict[str, Any]:
        """What of the graph runs where, once it has run."""
        return stock_facts(self._plan, self._n_processes)


@contextmanager
def stock_runner(
    graph: Graph[SpikeNode], keep: Collection[str], on_run: Callable[[Run], None]
) -> Iterator[StockRunner]:
    """Plans a graph and runs samples on processes that end with the block.

    Args:
        graph: an integer graph.
        keep: names of its nodes, inputs and outputs included, whose values the runs must hold.
        on_run: told every run; a counter's `add_run`, since stock processes count nothing.

    Raises:
        The errors of `LavaEngine`; OverflowBoundError for a value that no range can be told of.
    """
    plan = plan_stock_for(graph)
    runner = StockRunner(graph, keep, plan, on_run)
    if plan.streamed:
        yield runner
        return
    with uninterrupted(lambda: LavaEngine(graph, keep=runner.inside, plan=plan)) as engine:
        runner.engine = engine
        yield runner
