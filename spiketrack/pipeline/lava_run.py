"""Runs a graph on Lava sample after sample, with the values that a counter needs."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from hardware.lava_backend import BACKEND, LavaEngine
from simulation.run import Run, take_inputs
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode, SpikeOutput
from spiketrack.pipeline.interrupt import uninterrupted

Runner = Callable[[Mapping[str, NDArray[Any]]], Run]


@contextmanager
def lava_runner(graph: Graph[SpikeNode], keep: Collection[str]) -> Iterator[Runner]:
    """A function that runs samples on Lava processes, which end with the block.

    Every kept node costs one more process, which takes its values to the host.

    Args:
        graph: an integer graph.
        keep: names of its nodes, inputs and outputs included, whose values the runs must hold.

    Raises:
        The errors of `LavaEngine`; the function raises those of its `run`.
    """
    ends = SpikeInput | SpikeOutput
    inside = [node.name for node in graph if node.name in keep and not isinstance(node, ends)]
    with uninterrupted(lambda: LavaEngine(graph, keep=inside)) as engine:

        def run(inputs: Mapping[str, NDArray[Any]]) -> Run:
            made = engine.run(inputs)
            # Why from here: an input is not sent back, and an output comes in any case.
            values = {**take_inputs(graph, inputs), **made.values, **made.outputs}
            kept = {name: value for name, value in values.items() if name in keep}
            return Run(BACKEND, made.outputs, kept)

        yield run
