"""The self-test with every backend of the table that can take part in it."""

from collections.abc import Sequence

from hardware.lava.detail import DEFAULT_DETAIL, Detail
from simulation.selftest.backends import BACKENDS as OWN_BACKENDS
from simulation.selftest.backends import Backend as SelftestRunner
from spiketrack.pipeline.backends.row import Use
from spiketrack.pipeline.backends.table import rows_for


def further_backends(
    names: Sequence[str] | None, detail: Detail = DEFAULT_DETAIL
) -> dict[str, SelftestRunner]:
    """What the self-test may run beside the simulator's own backends, if it is named.

    Args:
        names: the backends that were named; None if none were.
        detail: how many nodes one process runs, for a backend that runs processes.

    Raises:
        BackendUnavailable: one is named and what it needs is not there.
    """
    runners: dict[str, SelftestRunner] = {}
    for row in rows_for(Use.SELFTEST):
        if row.name in OWN_BACKENDS:
            continue
        if names is not None and row.name in names:
            row.require()
        make = row.makers().selftest
        if make is not None:
            runners[row.name] = make(detail)
    return runners
