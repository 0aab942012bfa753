"""Brian2 as a witness: another project's simulator that must give the same integers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulation.run import Run
from simulation.selftest.backends import BACKENDS as SELFTESTS
from simulation.witness.brian2_engine import run_brian2
from spiketrack.pipeline.backends.row import Makers, NetworkJob, NetworkRunner


@contextmanager
def brian2_network(job: NetworkJob) -> Iterator[NetworkRunner]:
    """Keeps every value of a run and shows them to the counter afterwards."""

    def run(part: Mapping[str, Any]) -> Run:
        made = run_brian2(job.graph, part, keep=True)
        job.counter.add_run(made)
        return made

    yield NetworkRunner(run=run)


BRIAN2 = Makers(network=brian2_network, selftest=lambda detail: SELFTESTS["brian2"])
