"""Lava as a backend of the self-test: every graph in processes of its own, all values compared.

Why here: `simulation`, where the self-test lives, does not know `hardware`.
"""

from hardware.lava.detail import Detail
from simulation.random_graphs import Case
from simulation.selftest.backends import Backend, Result
from spiketrack.pipeline.lava.run import OnLava, lava_runner


def selftest_on_lava(detail: Detail) -> Backend:
    """Runs every case, with so many nodes a process; an error takes the place of its run."""
    return lambda cases: [_attempt(case, OnLava(detail=detail)) for case in cases]


def _attempt(case: Case, on: OnLava) -> Result:
    graph, inputs = case
    # Why any exception: a backend that crashes on a valid graph is what a self-test looks for.
    try:
        with lava_runner(graph, [node.name for node in graph], on) as run:
            return run(inputs)
    except Exception as error:
        return error
