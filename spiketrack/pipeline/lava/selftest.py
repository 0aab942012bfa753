"""Lava as a backend of the self-test: every graph in processes of its own, all values compared.

Why here: `simulation`, where the self-test lives, does not know `hardware`.
"""

from collections.abc import Sequence

from simulation.random_graphs import Case
from simulation.selftest.backends import Result
from spiketrack.pipeline.lava.run import lava_runner


def run_on_lava(cases: Sequence[Case]) -> list[Result]:
    """Runs every case as one fused block; an error takes the place of its run."""
    return [_attempt(case) for case in cases]


def _attempt(case: Case) -> Result:
    graph, inputs = case
    # Why any exception: a backend that crashes on a valid graph is what a self-test looks for.
    try:
        with lava_runner(graph, [node.name for node in graph]) as run:
            return run(inputs)
    except Exception as error:
        return error
