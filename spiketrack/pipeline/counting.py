"""Event counts of an engine by phase: a counter for each, host work added, sums taken over."""

from dataclasses import dataclass, field, replace
from typing import Any

from simulation.counting.counter import EventCounter
from simulation.tracking_engines import (
    GRAPH_OF_PHASE,
    HOST_FLOPS_PER_CELL,
    FloatGraphEngine,
    IntegerEngine,
)
from spiketrack.counts.event_counts import EventCounts, LayerCounts, PhaseCounts
from spiketrack.pipeline.lava.events import NodeEvents, added, alarms_of
from spiketrack.pipeline.lava.track import CountedLavaEngine
from spiketrack.tracking import Phase

Countable = FloatGraphEngine | IntegerEngine | CountedLavaEngine
HOST_LAYER = "host.decode"


@dataclass
class Counting:
    """Counts what an engine does from `enter` on, on top of `before`.

    Attributes:
        engine: shows its spikes.
        before: counts of earlier frames.
        events_before: Lava's own counters of earlier frames, by phase.
    """

    engine: Countable
    before: EventCounts = field(default_factory=EventCounts)
    events_before: dict[str, NodeEvents] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine = self.engine
        graphs: Any = engine.graphs if isinstance(engine, FloatGraphEngine) else engine.model.graphs
        self._graphs = {name: graphs[graph] for name, graph in GRAPH_OF_PHASE.items()}
        self._counters = {name: EventCounter(graph) for name, graph in self._graphs.items()}

    def enter(self, phase: Phase) -> None:
        """Counts what comes next under this phase."""
        self.engine.observer = self._counters[phase]
        if isinstance(self.engine, CountedLavaEngine):
            self.engine.enter(phase)

    def forget(self) -> None:
        """Drops what was counted here (not `before`)."""
        for counter in self._counters.values():
            counter.reset()
        if isinstance(self.engine, CountedLavaEngine):
            self.engine.forget()

    def pause(self) -> None:
        """Counts nothing until the next `enter`."""
        self.engine.observer = None
        if isinstance(self.engine, CountedLavaEngine):
            self.engine.enter(None)

    def counts(self) -> EventCounts:
        """Everything counted, phases in the order init, track, update; silent phases left out."""
        by_phase = [counter.counts(phase) for phase, counter in self._counters.items()]
        seen = EventCounts.of(self._with_host(counts) for counts in by_phase if counts.frames)
        total = self.before + seen
        # `before` may hold phases that this run has not entered, in an order of its own.
        phases = {name: total.phases[name] for name in self._counters if name in total.phases}
        return EventCounts(phases)

    def lava_events(self) -> dict[str, NodeEvents]:
        """Lava's own counters by phase, those of earlier frames included; empty without Lava."""
        if not isinstance(self.engine, CountedLavaEngine):
            return {}
        now = self.engine.events()
        total = {
            phase: added(self.events_before.get(phase, {}), now.get(phase, {}))
            for phase in (*self.events_before, *now)
        }
        return {phase: total[phase] for phase in self._graphs if phase in total}

    def mismatches(self, events: dict[str, NodeEvents], counts: EventCounts) -> list[str]:
        """A sentence for every counter of Lava's that the counted values do not give."""
        return alarms_of(self._graphs, events, counts)

    def _with_host(self, counts: PhaseCounts) -> PhaseCounts:
        # The host decodes boxes in tracked frames only.
        if counts.phase != "track":
            return counts
        flops = HOST_FLOPS_PER_CELL * self.engine.grid**2 * counts.frames
        host = LayerCounts(name=HOST_LAYER, kind="host", side="output", host_flops=flops)
        return replace(counts, layers=(*counts.layers, host))
