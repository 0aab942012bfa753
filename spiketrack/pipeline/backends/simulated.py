"""The engines of this project's own simulator: the fast one and the reference."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from simulation.run import Run
from simulation.selftest.backends import BACKENDS as SELFTESTS
from simulation.tracking_engines import IntegerEngine
from spiketrack.pipeline.backends.row import Makers, NetworkJob, NetworkRunner, TrackerJob


@contextmanager
def fast_network(job: NetworkJob) -> Iterator[NetworkRunner]:
    """Compiles the graph once; the counter watches the run itself."""
    engine = FastEngine(job.graph)
    yield NetworkRunner(
        run=lambda part: engine.run(part, keep=job.keep, observer=job.counter),
    )


@contextmanager
def reference_network(job: NetworkJob) -> Iterator[NetworkRunner]:
    """Keeps every value of a run and shows them to the counter afterwards."""

    def run(part: Mapping[str, Any]) -> Run:
        made = run_reference(job.graph, part, strict=job.is_strict)
        job.counter.add_run(made)
        return made

    yield NetworkRunner(run=run)


def fast_tracker(job: TrackerJob) -> IntegerEngine:
    """Makes an engine of both graphs of a tracker, compiled."""
    return IntegerEngine(job.model, "fast")


def reference_tracker(job: TrackerJob) -> IntegerEngine:
    """Makes an engine of both graphs of a tracker, as the reference defines them."""
    return IntegerEngine(job.model, "reference")


FAST = Makers(
    network=fast_network,
    tracker=fast_tracker,
    counted=fast_tracker,
    selftest=lambda detail: SELFTESTS["fast"],
)
REFERENCE = Makers(network=reference_network, tracker=reference_tracker, counted=reference_tracker)
