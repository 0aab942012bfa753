"""A tracker on Lava that can be counted: values to a counter, Lava's own counters by phase.

Reading Lava's counters takes a message for each number, so they are read when a phase ends, or when
somebody asks, not after every frame.
"""

from typing import Any

from hardware.lava.backend import DEVICES, LavaRun
from hardware.lava.tracking import Inputs, LavaTrackEngine
from simulation.counting.counter import EventCounter
from simulation.tracking_engines import GRAPH_OF_PHASE
from spiketrack.graph.model import Model
from spiketrack.pipeline.lava.events import NodeEvents, added
from spiketrack.pipeline.lava.run import DEFAULT_ON_LAVA, OnLava, as_run, inner
from spiketrack.tracking import Maps, Phase


class CountedLavaEngine:
    """Serves a tracker as `IntegerEngine` does, on Lava's processes, which end with `close`.

    Args:
        model: a converted tracker.
        on: the device, the detail, and how many steps of the search graph to measure on a chip.

    Attributes:
        observer: sees every value that it watches.
    """

    def __init__(self, model: Model, on: OnLava = DEFAULT_ON_LAVA) -> None:
        watched = {name: EventCounter(graph).watched for name, graph in model.graphs.items()}
        keep = {name: inner(model.graphs[name], names) for name, names in watched.items()}
        self.model = model
        self.observer: EventCounter | None = None
        self._backend = on.backend
        self._phase: Phase | None = None
        self._events: dict[str, NodeEvents] = {}
        self.lava = LavaTrackEngine(
            model, detail=on.detail, device=DEVICES[on.backend], keep=keep, n_probed=on.n_probed
        )
        self.lava.on_run = self._show
        self.name = self.lava.name
        self.crop_size, self.grid = self.lava.crop_size, self.lava.grid
        self.n_templates = self.lava.n_templates

    def encode_templates(self, patches: Any) -> Any:
        """Memories by input name of the search graph, integers."""
        return self.lava.encode_templates(patches)

    def search(self, patch: Any, memories: Any) -> Maps:
        """Maps of one search patch."""
        return self.lava.search(patch, memories)

    def enter(self, phase: Phase | None) -> None:
        """Lava's counters belong to this phase from here on; to none, and are dropped, if None."""
        if phase != self._phase:
            self._take()
            self._phase = phase

    def forget(self) -> None:
        """Drops what Lava has counted so far."""
        self.enter(None)
        self._events.clear()

    def events(self) -> dict[str, NodeEvents]:
        """Lava's counters by phase and node, since the engine was made or `forget`."""
        self._take()
        return dict(self._events)

    def readings(self) -> dict[str, Any]:
        """What a chip's probes measured, once it is closed."""
        return self.lava.engines["search"].readings()

    def close(self) -> None:
        """Ends all processes; a second call does nothing."""
        self.lava.close()

    def _take(self) -> None:
        phase, engines = self._phase, self.lava.engines
        if phase is None:
            for engine in engines.values():
                engine.counts()
            return
        counted = engines[GRAPH_OF_PHASE[phase]].counts()
        self._events[phase] = added(self._events.get(phase, {}), counted)

    def _show(self, graph: str, inputs: Inputs, made: LavaRun) -> None:
        if self.observer is not None:
            nodes, watched = self.model.graphs[graph], self.observer.watched
            self.observer.add_run(as_run(nodes, inputs, made, watched, self._backend))
