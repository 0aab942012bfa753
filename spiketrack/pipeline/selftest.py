"""The self-test with every backend of the table that can take part in it."""

from collections.abc import Sequence

from simulation.selftest.backends import BACKENDS as OWN_BACKENDS
from simulation.selftest.backends import Backend as SelftestRunner
from spiketrack.pipeline.backends.row import Use
from spiketrack.pipeline.backends.table import rows_for


def further_backends(names: Sequence[str] | None) -> dict[str, SelftestRunner]:
    """What the self-test may run beside the simulator's own backends, if it is named.

    Args:
        names: the backends that were named; None if none were.

    Raises:
        BackendUnavailable: one is named and what it needs is not there.
    """
    runners: dict[str, SelftestRunner] = {}
    for row in rows_for(Use.SELFTEST):
        if row.name in OWN_BACKENDS:
            continue
        if names is not None and row.name in names:
            row.require()
        runner = row.makers().selftest
        if runner is not None:
            runners[row.name] = runner
    return runners
