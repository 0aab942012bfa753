"""Event counts of an engine by phase: a counter for each, host work added, sums taken over."""

from dataclasses import dataclass, field, replace
from typing import Any

from simulation.count import EventCounter
from simulation.event_counts import EventCounts, LayerCounts, PhaseCounts
from simulation.tracking_engines import HOST_FLOPS_PER_CELL, FloatGraphEngine, IntegerEngine
from spiketrack.tracking import Phase

Countable = FloatGraphEngine | IntegerEngine
GRAPH_OF_PHASE = {"init": "template", "track": "search", "update": "template"}
HOST_LAYER = "host.decode"


@dataclass
class Counting:
    """Counts what an engine does from `enter` on, on top of `before`.

    Attributes:
        engine: shows its spikes.
        before: counts of earlier frames.
    """

    engine: Countable
    before: EventCounts = field(default_factory=EventCounts)

    def __post_init__(self) -> None:
        engine = self.engine
        graphs: Any = engine.graphs if isinstance(engine, FloatGraphEngine) else engine.model.graphs
        self._counters = {name: EventCounter(graphs[g]) for name, g in GRAPH_OF_PHASE.items()}

    def enter(self, phase: Phase) -> None:
        """Counts what comes next under this phase."""
        self.engine.observer = self._counters[phase]

    def forget(self) -> None:
        """Drops what was counted here (not `before`)."""
        for counter in self._counters.values():
            counter.reset()

    def pause(self) -> None:
        """Counts nothing until the next `enter`."""
        self.engine.observer = None

    def counts(self) -> EventCounts:
        """Everything counted, phases in the order init, track, update; silent phases left out."""
        found = [counter.counts(phase) for phase, counter in self._counters.items()]
        seen = EventCounts.of(self._with_host(one) for one in found if one.frames)
        total = self.before + seen
        phases = {name: total.phases[name] for name in self._counters if name in total.phases}
        return EventCounts(phases)

    def _with_host(self, counts: PhaseCounts) -> PhaseCounts:
        if counts.phase != "track":
            return counts
        flops = HOST_FLOPS_PER_CELL * self.engine.grid**2 * counts.frames
        host = LayerCounts(name=HOST_LAYER, kind="host", side="output", host_flops=flops)
        return replace(counts, layers=(*counts.layers, host))
