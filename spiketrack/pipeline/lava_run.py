"""Runs a graph on Lava sample after sample, with the values that a counter needs."""

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

Runner = Callable[[Mapping[str, NDArray[Any]]], Run]


@contextmanager
def lava_runner(
    graph: Graph[SpikeNode],
    keep: Collection[str],
    plan: StockPlan | None = None,
    on_start: Callable[[int], None] = lambda n_processes: None,
) -> Iterator[Runner]:
    """A function that runs samples on Lava processes, which end with the block.

    Args:
        graph: an integer graph.
        keep: names of its nodes, inputs and outputs included, whose values the runs must hold.
        plan: which nodes run on stock processes; none if None.
        on_start: told how many processes there are.

    Raises:
        The errors of `LavaEngine`; the function raises those of its `run`.
    """
    ends = SpikeInput | SpikeOutput
    inside = [node.name for node in graph if node.name in keep and not isinstance(node, ends)]

    def as_run(inputs: Mapping[str, NDArray[Any]], made: LavaRun | StockRun) -> Run:
        # Why from here: an input is not sent back, and an output comes in any case.
        values = {**take_inputs(graph, inputs), **made.values, **made.outputs}
        kept = {name: value for name, value in values.items() if name in keep}
        return Run(BACKEND, made.outputs, kept)

    if plan is not None and plan.streamed:
        chain = plan

        def run_chain(inputs: Mapping[str, NDArray[Any]]) -> Run:
            made = stream(chain, inputs, keep=inside)
            on_start(made.n_processes)
            return as_run(inputs, made)

        yield run_chain
        return
    with uninterrupted(lambda: LavaEngine(graph, keep=inside, plan=plan)) as engine:
        on_start(engine.n_processes)
        yield lambda inputs: as_run(inputs, engine.run(inputs))
