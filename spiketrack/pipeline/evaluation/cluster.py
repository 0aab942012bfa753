"""Where jobs run: in this process, in several of this machine, or on a cluster that is there.

Dask spreads them: a worker that dies is replaced, and what it was doing is done again elsewhere.
Jobs share nothing and give text, so neither their order nor their number of workers can change it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from spiketrack.errors import BackendUnavailable, SchedulerError
from spiketrack.pipeline.evaluation.job import Job, Outcome, run_job

Spread = Callable[[Iterable[Job]], Iterator[tuple[Job, Outcome]]]
_NEEDED = "the package distributed, for --workers above 1 and --scheduler"
_CONNECT_S = 10


@contextmanager
def spread(
    workers: int, scheduler: str | None, threads: int, tell: Callable[[str], None]
) -> Iterator[Spread]:
    """Gives a function that runs jobs and yields each with its outcome as it is done.

    Args:
        workers: processes on this machine; 1 runs the jobs in this one.
        scheduler: address of a Dask scheduler; None starts one here if it is needed.
        threads: of one process.
        tell: called with the link of the dashboard.

    Raises:
        BackendUnavailable: Dask is needed and not installed.
        SchedulerError: nothing answers at the address.
    """
    if workers == 1 and scheduler is None:
        yield lambda jobs: ((job, run_job(job)) for job in jobs)
        return
    with _client(workers, scheduler, threads) as client:
        tell(f"Dask dashboard: {client.dashboard_link}")
        yield lambda jobs: _on(client, jobs)


@contextmanager
def _client(workers: int, scheduler: str | None, threads: int) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        advice = "Install it with: pip install 'spiketrack[cluster]'"
        raise BackendUnavailable("workers", _NEEDED, "no such package", advice) from None
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=_CONNECT_S)
        except (OSError, ValueError) as error:
            raise SchedulerError(
                f"scheduler '{scheduler}'", "a Dask scheduler at this address", str(error)
            ) from None
        with client:
            yield client
        return
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    # Why no limit: a worker that is killed for memory would lose its sequence and begin it again.
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", memory_limit=0,
            env=dict.fromkeys(names, str(threads)),
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        yield client


def _on(client: Any, jobs: Iterable[Job]) -> Iterator[tuple[Job, Outcome]]:
    from distributed import as_completed

    # Why held: Dask forgets the work of a future that nobody holds.
    waiting = {
        client.submit(run_job, job, key=f"sequence-{job.key}", pure=False): job for job in jobs
    }
    for future in as_completed(list(waiting)):
        yield waiting[future], future.result()
