"""The table of backends: commands, help texts, errors and the pipeline ask it and nobody else.

A new backend is a file of makers beside this one and a row here.
"""

from collections.abc import Mapping

from hardware.lava.detail import DEFAULT_DETAIL
from spiketrack.errors import BackendUnavailable
from spiketrack.pipeline.backends.row import OWN, STOCK, Backend, Makers, Use, listed

_ANY_GRAPH = frozenset((Use.NETWORK, Use.TRACKER, Use.COUNTED_TRACKER))


def _fast() -> Makers:
    from spiketrack.pipeline.backends.simulated import FAST

    return FAST


def _reference() -> Makers:
    from spiketrack.pipeline.backends.simulated import REFERENCE

    return REFERENCE


def _brian2() -> Makers:
    from spiketrack.pipeline.backends.brian2 import BRIAN2

    return BRIAN2


def _lava() -> Makers:
    from spiketrack.pipeline.backends.lava import lava_makers

    return lava_makers("lava")


def _loihi2() -> Makers:
    from spiketrack.pipeline.backends.lava import lava_makers

    return lava_makers("loihi2")


def _float() -> Makers:
    from spiketrack.pipeline.backends.floats import FLOAT

    return FLOAT


_ROWS = (
    Backend(
        name="fast",
        about="compiled code",
        runs=_ANY_GRAPH | {Use.SELFTEST},
        makers=_fast,
        warms_up=True,
        tested_by_default=True,
    ),
    Backend(
        name="reference",
        about="NumPy, the slow definition",
        runs=_ANY_GRAPH,
        makers=_reference,
        goes_on_after_overflow=True,
    ),
    Backend(
        name="brian2",
        about="the simulator Brian2, a witness",
        runs=frozenset((Use.NETWORK, Use.SELFTEST)),
        makers=_brian2,
        needs="the package brian2",
        tested_by_default=True,
    ),
    Backend(
        name="lava",
        about="Lava processes on this machine",
        runs=_ANY_GRAPH | {Use.SELFTEST},
        makers=_lava,
        needs="lava-nc 0.10 in Python 3.10, on Linux or macOS",
        lowerings=(OWN, STOCK),
        runs_processes=True,
    ),
    Backend(
        name="loihi2",
        about="Lava on a Loihi 2 system",
        runs=_ANY_GRAPH,
        makers=_loihi2,
        needs="lava-nc 0.10 in Python 3.10 and Intel's extension lava-loihi",
        lowerings=(OWN, STOCK),
        runs_processes=True,
        measures_on_chip=True,
    ),
    Backend(
        name="float",
        about="PyTorch, in float32",
        runs=frozenset((Use.FLOAT,)),
        makers=_float,
    ),
)
BACKENDS: Mapping[str, Backend] = {row.name: row for row in _ROWS}
"""Every backend by name, in the order of help texts."""
DEFAULT = _ROWS[0].name


def rows_for(use: Use) -> tuple[Backend, ...]:
    """The backends that can be used for something."""
    return tuple(row for row in BACKENDS.values() if use in row.runs)


def names_for(use: Use) -> tuple[str, ...]:
    """Names the backends that can be used for something, in the order of help texts."""
    return tuple(row.name for row in rows_for(use))


def find_backend(name: str, use: Use) -> Backend:
    """The row of a name.

    Raises:
        BackendUnavailable: no such backend, or one that cannot be used for that.
    """
    row = BACKENDS.get(name)
    if row is None or use not in row.runs:
        needed = f"for {use.value} one of {listed(names_for(use))}"
        raise BackendUnavailable(f"backend '{name}'", needed)
    return row


def float_backend(name: str) -> Backend:
    """The backend that runs the float network of a checkpoint.

    Args:
        name: of a backend. It is taken if it can run the float network; where it is only the
            default of an option, and cannot, the first backend that can is taken instead.
    """
    able = rows_for(Use.FLOAT)
    return next((row for row in able if row.name == name), able[0])


def with_stock_processes() -> tuple[str, ...]:
    """Names of the backends that offer Lava's stock processes."""
    return tuple(row.name for row in BACKENDS.values() if STOCK in row.lowerings)


def require_lowering(lowering: str, backend: str) -> None:
    """Refuses to choose between processes where there are none.

    Args:
        lowering: "own" or "stock".
        backend: a name of the table.

    Raises:
        BackendUnavailable: stock processes of a backend that has none.
    """
    if lowering != OWN and backend not in with_stock_processes():
        needed = f"backend {listed([repr(name) for name in with_stock_processes()])}"
        raise BackendUnavailable(f"lowering '{lowering}'", needed, f"'{backend}'")


def with_processes() -> tuple[str, ...]:
    """Names of the backends that run a graph as processes."""
    return tuple(row.name for row in BACKENDS.values() if row.runs_processes)


def require_detail(detail: str, backend: str) -> None:
    """Refuses to choose how much a process runs where there are no processes.

    Args:
        detail: "node", "block" or "branch".
        backend: a name of the table.

    Raises:
        BackendUnavailable: a detail that is not the default, of a backend without processes.
    """
    if detail != DEFAULT_DETAIL and backend not in with_processes():
        needed = f"backend {listed([repr(name) for name in with_processes()])}"
        raise BackendUnavailable(f"detail '{detail}'", needed, f"'{backend}'")


def lenient() -> Backend:
    """The backend that goes on after an overflow."""
    return next(row for row in BACKENDS.values() if row.goes_on_after_overflow)


def require_strict(is_strict: bool, backend: str) -> None:
    """Refuses to go on after an overflow on a backend that cannot.

    Raises:
        BackendUnavailable: it cannot.
    """
    if not is_strict and not BACKENDS[backend].goes_on_after_overflow:
        needed = f"the {lenient().name}, the only engine that goes on after an overflow"
        raise BackendUnavailable("a run with --no-strict", needed, f"'{backend}'")


def selftest_backends(*, by_default: bool) -> tuple[str, ...]:
    """Names that the self-test takes: those it runs unasked, or those it runs only if named."""
    return tuple(r.name for r in rows_for(Use.SELFTEST) if r.tested_by_default == by_default)
