"""Runs a graph on Lava's stock processes beside ours, sample after sample, for a counter."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from hardware.lava.backend import DEVICES, LavaEngine, LavaRun, require_device
from hardware.lava.stock import StockRun, stream
from hardware.stock.plan import StockPlan
from simulation.run import Run
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.backends.row import STOCK
from spiketrack.pipeline.backends.table import require_lowering
from spiketrack.pipeline.interrupt import uninterrupted
from spiketrack.pipeline.lava.lowering import plan_stock_for, stock_facts
from spiketrack.pipeline.lava.run import DEFAULT_ON_LAVA, Inputs, OnLava, as_run, inner


class StockRunner:
    """A function that runs samples.

    Args:
        graph: what it runs.
        keep: names of its nodes, inputs and outputs included, whose values the runs hold.
        plan: which nodes run on stock processes.
        on_run: is called with every run.
        backend: "lava" or "loihi2".
    """

    def __init__(
        self,
        graph: Graph[SpikeNode],
        keep: Collection[str],
        plan: StockPlan,
        on_run: Callable[[Run], None],
        backend: str,
    ) -> None:
        self._graph, self._keep, self._plan, self._on_run = graph, keep, plan, on_run
        self._backend = backend
        self.inside = inner(graph, keep)
        self.engine: LavaEngine | None = None
        self._n_processes = 0

    def __call__(self, inputs: Inputs) -> Run:
        """Runs some samples; raises the errors of `LavaEngine`."""
        made: LavaRun | StockRun
        if self.engine is None:
            streamed = stream(
                self._plan, inputs, keep=self.inside, device=DEVICES[self._backend],
                start=uninterrupted,
            )  # fmt: skip
            made, self._n_processes = streamed, streamed.n_processes
        else:
            made, self._n_processes = self.engine.run(inputs), self.engine.n_processes
        run = as_run(self._graph, inputs, made, self._keep, self._backend)
        self._on_run(run)
        return run

    @property
    def facts(self) -> dict[str, Any]:
        """Says which nodes ran on which processes, once the graph has run."""
        return stock_facts(self._plan, self._n_processes)

    def readings(self) -> dict[str, Any]:
        """What a chip's probes measured, once the block has ended; empty for a chain of steps."""
        return {} if self.engine is None else self.engine.readings()


@contextmanager
def stock_runner(
    graph: Graph[SpikeNode],
    keep: Collection[str],
    on_run: Callable[[Run], None],
    on: OnLava = DEFAULT_ON_LAVA,
) -> Iterator[StockRunner]:
    """Plans a graph and runs samples on processes that end with the block.

    Args:
        graph: an integer graph.
        keep: names of its nodes, inputs and outputs included, whose values the runs must hold.
        on_run: is called with every run: a counter's `add_run`, as stock processes do not count.
        on: the device, how many of our own nodes one process runs, and what to measure. The steps
            of one way through the pipeline are measured as well; of a chain whose steps come one
            by one nothing is measured, since each sample starts it anew.

    Raises:
        The errors of `LavaEngine`; OverflowBoundError for a value whose range nobody can bound.
        BackendUnavailable: a backend that is none of Lava's, or one that is not there.
    """
    require_lowering(STOCK, on.backend)
    device = DEVICES[on.backend]
    # Why first: that it is absent is known at once, and a plan takes time.
    require_device(device)
    plan = plan_stock_for(graph)
    runner = StockRunner(graph, keep, plan, on_run, on.backend)
    if plan.streamed:
        yield runner
        return
    steps = on.n_probed + plan.latency_steps if on.n_probed else 0
    with uninterrupted(
        lambda: LavaEngine(
            graph, detail=on.detail, keep=runner.inside, device=device, n_probed=steps, plan=plan
        )
    ) as engine:
        runner.engine = engine
        yield runner
