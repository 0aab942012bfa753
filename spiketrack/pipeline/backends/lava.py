"""Lava as a backend: on this machine, or on a Loihi 2 system; the device is what differs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from hardware.lava.backend import DEVICES, require_device
from hardware.lava.tracking import LavaTrackEngine
from simulation.bounds.ranges import value_ranges
from simulation.run import Run
from spiketrack.graph.model import Model
from spiketrack.pipeline.backends.row import STOCK, Makers, NetworkJob, NetworkRunner, TrackerJob
from spiketrack.pipeline.interrupt import uninterrupted
from spiketrack.pipeline.lava.lowering import plan_stock_for
from spiketrack.pipeline.lava.run import OnLava, lava_runner
from spiketrack.pipeline.lava.selftest import selftest_on_lava
from spiketrack.pipeline.lava.stock_run import stock_runner
from spiketrack.pipeline.lava.track import CountedLavaEngine


def lava_makers(backend: str) -> Makers:
    """The makers of one of Lava's backends, which know the device by the backend's name."""
    return Makers(
        network=partial(lava_network, backend),
        tracker=partial(lava_tracker, backend),
        counted=partial(counted_tracker, backend),
        selftest=selftest_on_lava,
        require=lambda: require_device(DEVICES[backend]),
    )


@contextmanager
def lava_network(backend: str, job: NetworkJob) -> Iterator[NetworkRunner]:
    """A graph on processes that end with the block.

    Raises:
        The errors of `lava_runner` and `stock_runner`.
    """
    on = OnLava(backend=backend, detail=job.detail, n_probed=job.n_probed)
    if job.lowering == STOCK:
        with stock_runner(job.graph, job.shown, job.counter.add_run, on) as stock:
            yield NetworkRunner(run=stock, readings=stock.readings, lowering=lambda: stock.facts)
        return
    with lava_runner(job.graph, job.shown, on) as own:

        def run(part: Mapping[str, Any]) -> Run:
            made = own(part)
            job.counter.add_run(made)
            return made

        yield NetworkRunner(run=run, events=own.events, readings=own.readings)


def lava_tracker(backend: str, job: TrackerJob) -> LavaTrackEngine:
    """Makes an engine of both graphs of a tracker on processes, which end with `close`.

    Raises:
        HeadroomError: a worst case that no engine can compute exactly.
        The errors of `LavaTrackEngine`.
    """
    _require_ranges(job.model)
    plans = None
    if job.lowering == STOCK:
        plans = {name: plan_stock_for(graph) for name, graph in job.model.graphs.items()}
    device = DEVICES[backend]
    return uninterrupted(
        lambda: LavaTrackEngine(job.model, detail=job.detail, device=device, plans=plans)
    )


def counted_tracker(backend: str, job: TrackerJob) -> CountedLavaEngine:
    """Makes one that a counter can watch; a chip measures `TrackerJob.n_probed` searches.

    Raises:
        The errors of `lava_tracker`.
    """
    _require_ranges(job.model)
    on = OnLava(backend=backend, detail=job.detail, n_probed=job.n_probed)
    return uninterrupted(lambda: CountedLavaEngine(job.model, on))


def _require_ranges(model: Model) -> None:
    """Refuses what the engines that compile by ranges refuse."""
    for graph in model.graphs.values():
        value_ranges(graph)
