"""What a row of the table of backends says, and what its makers take and give.

Why nothing heavy is imported here: help texts and choices of the command line come from the table,
and must not wait for torch, numba or Lava.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from hardware.lava.detail import DEFAULT_DETAIL, Detail
from spiketrack.errors import BackendUnavailable

if TYPE_CHECKING:
    from hardware.lava.runtime.events import Events
    from simulation.counting.counter import EventCounter
    from simulation.run import Run
    from simulation.selftest.backends import Backend as SelftestRunner
    from spiketrack.graph.graph import Graph
    from spiketrack.graph.model import Model
    from spiketrack.graph.spike_nodes import SpikeNode
    from spiketrack.network import SpikeTrackNetwork
    from spiketrack.pipeline.counting import Countable
    from spiketrack.tracking import Engine

Maker = TypeVar("Maker")
OWN, STOCK = "own", "stock"
"""Which processes run a graph on Lava: those of this project, or Lava's stock ones where exact."""


class Use(Enum):
    """What a backend can be used for."""

    NETWORK = "any network on spikes"
    TRACKER = "a tracker on video"
    COUNTED_TRACKER = "a tracker on video, every event counted"
    SELFTEST = "the self-test against the reference"
    FLOAT = "the float network of a checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkJob:
    """One graph that a backend shall run, sample after sample.

    Attributes:
        graph: an integer graph, for as many steps as its inputs have.
        counter: is shown every value that it watches.
        keep: names of further nodes whose values the runs must hold.
        is_strict: an overflow is an error; otherwise it wraps or saturates and is counted.
        lowering: "own" or "stock", for a backend that has both.
        detail: how many nodes one process runs, for a backend that runs processes.
        n_probed: samples to measure on a chip.
    """

    graph: Graph[SpikeNode]
    counter: EventCounter
    keep: tuple[str, ...] = ()
    is_strict: bool = True
    lowering: str = OWN
    detail: Detail = DEFAULT_DETAIL
    n_probed: int = 0

    @property
    def shown(self) -> frozenset[str]:
        """Names of the nodes whose values the counter or the caller needs."""
        return frozenset(self.counter.watched).union(self.keep)


def _no_events() -> dict[str, Events]:
    return {}


def _no_facts() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRunner:
    """A graph that is ready to run.

    Attributes:
        run: runs some samples, raw integers (T, B, C, H, W) by input name, and shows the counter
            their values.
        events: the backend's own counters by node since the last call, while it is open; empty for
            a backend that has none.
        readings: what a chip's probes measured, once the runner is closed.
        lowering: which nodes ran on which processes, once something has run; empty for a backend
            that offers no choice.
    """

    run: Callable[[Mapping[str, Any]], Run]
    events: Callable[[], dict[str, Events]] = _no_events
    readings: Callable[[], dict[str, Any]] = _no_facts
    lowering: Callable[[], dict[str, Any]] = _no_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerJob:
    """One tracker that a backend shall run.

    Attributes:
        model: a converted tracker.
        lowering: "own" or "stock", for a backend that has both.
        detail: how many nodes one process runs, for a backend that runs processes.
        n_probed: searches to measure on a chip.
    """

    model: Model
    lowering: str = OWN
    detail: Detail = DEFAULT_DETAIL
    n_probed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """How the engines of a backend are made; None for what it cannot run.

    Attributes:
        network: opens a graph; the runner is closed with the block.
        tracker: an engine for the tracker; one that has `close` is closed by the caller.
        counted: the same, for an engine that shows its values to a counter.
        float_tracker: an engine for the float network of a checkpoint.
        float_counted: the same, for an engine that shows its values to a counter.
        selftest: makes a runner of many random graphs, for a detail that a backend without
            processes ignores.
        require: looks for what the backend needs, and raises BackendUnavailable without it.
    """

    network: Callable[[NetworkJob], AbstractContextManager[NetworkRunner]] | None = None
    tracker: Callable[[TrackerJob], Engine] | None = None
    counted: Callable[[TrackerJob], Countable] | None = None
    float_tracker: Callable[[SpikeTrackNetwork], Engine] | None = None
    float_counted: Callable[[SpikeTrackNetwork], Countable] | None = None
    selftest: Callable[[Detail], SelftestRunner] | None = None
    require: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One row of the table.

    Attributes:
        name: the value of --backend, which every result carries.
        about: what it is, a few words for help texts.
        runs: what it can be used for.
        makers: imports its libraries and says how its engines are made.
        needs: package, Python and system beside this project's own dependencies; "" for none.
        lowerings: the kinds of processes it offers, the default first; () for no choice.
        runs_processes: it runs a graph as processes, so that how much one of them runs can be
            chosen.
        goes_on_after_overflow: it can wrap or saturate and count instead of stopping.
        warms_up: its first run compiles, so that one run goes before any that is timed.
        measures_on_chip: it reads a chip's probes, which need the number of steps first.
        tested_by_default: the self-test runs it unless others are named.
    """

    name: str
    about: str
    runs: frozenset[Use]
    makers: Callable[[], Makers]
    needs: str = ""
    lowerings: tuple[str, ...] = ()
    runs_processes: bool = False
    goes_on_after_overflow: bool = False
    warms_up: bool = False
    measures_on_chip: bool = False
    tested_by_default: bool = False

    def require(self) -> None:
        """Looks for what the backend needs.

        Raises:
            BackendUnavailable: a package is absent or broken.
        """
        self.makers().require()


def maker_of(row: Backend, maker: Maker | None, use: Use) -> Maker:
    """A maker of a row, which must be there.

    Raises:
        BackendUnavailable: the backend cannot be used for that.
    """
    if maker is None:
        raise BackendUnavailable(f"backend '{row.name}'", f"one that runs {use.value}", row.about)
    return maker


def listed(words: Sequence[str], last: str = "or") -> str:
    """Words as a list in a sentence: "a, b or c"."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
