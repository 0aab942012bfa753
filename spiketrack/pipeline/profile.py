"""Tracks a real video with counting on, and returns everything a report needs as one JSON value."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulation.conventions import NOT_COUNTED
from simulation.count import EventCounter
from simulation.event_counts import EventCounts, LayerCounts, alarms
from simulation.tracking_engines import (
    HOST_FLOPS_PER_CELL,
    HOST_WORK,
    FloatGraphEngine,
    IntegerEngine,
)
from spiketrack.tracking import (
    Box,
    Engine,
    Maps,
    Phase,
    TrackResult,
    UpdatePolicy,
    VideoSource,
    iou,
    track_video,
)
from spiketrack.tracking.templates import DEFAULT_POLICY

Countable = FloatGraphEngine | IntegerEngine
GRAPH_OF_PHASE = {"init": "template", "track": "search", "update": "template"}


@dataclass
class _Watch:
    """Times the counted engine and, if asked, runs a second one beside it on the same patches.

    Attributes:
        beside: computes the same patches with its own memories, for its time only.
        seconds: wall time per phase of the counted engine, one entry a call.
        seconds_beside: the same of the engine beside it.
    """

    engine: Engine
    beside: Engine | None
    phase: Phase = "init"
    seconds: dict[str, list[float]] = field(default_factory=dict)
    seconds_beside: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.engine.name
        self.crop_size = self.engine.crop_size
        self.grid = self.engine.grid
        self.n_templates = self.engine.n_templates
        self._memories_beside: object = None

    def encode_templates(self, patches: Any) -> object:
        """Memories of the counted engine."""
        memories = self._timed(self.seconds, lambda: self.engine.encode_templates(patches))
        if self.beside is not None:
            beside = self.beside
            self._memories_beside = self._timed(
                self.seconds_beside, lambda: beside.encode_templates(patches)
            )
        return memories

    def search(self, patch: Any, memories: object) -> Maps:
        """Maps of the counted engine."""
        maps: Maps = self._timed(self.seconds, lambda: self.engine.search(patch, memories))
        if self.beside is not None:
            beside = self.beside
            self._timed(self.seconds_beside, lambda: beside.search(patch, self._memories_beside))
        return maps

    def _timed(self, store: dict[str, list[float]], call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = call()
        store.setdefault(self.phase, []).append(time.perf_counter() - start)
        return result


def profile_video(
    engine: Countable,
    source: VideoSource,
    box: Box,
    *,
    model: dict[str, Any],
    provenance: dict[str, Any],
    frames: int | None = None,
    policy: UpdatePolicy = DEFAULT_POLICY,
    beside: Engine | None = None,
    on_result: Callable[[TrackResult], None] = lambda result: None,
) -> dict[str, Any]:
    """Counts every event while tracking; an interruption keeps what was counted and says so.

    Args:
        engine: float graphs or integer graphs.
        source: the frames.
        box: target in the first frame.
        model: facts about the model for the report (variant, widths, ...).
        provenance: hashes and versions.
        frames: frames to track after the first; all if None.
        policy: when to renew templates.
        beside: an engine timed on the same patches in the same run (the float network).
        on_result: called after each tracked frame.

    Returns:
        The JSON value of profile.json.

    Raises:
        BoxError, VideoError: as in `track_video`.
    """
    graphs = engine.graphs if isinstance(engine, FloatGraphEngine) else engine.model.graphs
    counters = {phase: EventCounter(graphs[name]) for phase, name in GRAPH_OF_PHASE.items()}
    calls = dict.fromkeys(counters, 0)
    watch = _Watch(engine, beside)

    def enter(phase: Phase) -> None:
        watch.phase, engine.observer = phase, counters[phase]
        calls[phase] += 1

    results: list[TrackResult] = []
    interrupted = False
    try:
        for result in track_video(source, box, watch, frames, policy=policy, on_phase=enter):
            results.append(result)
            on_result(result)
    except KeyboardInterrupt:
        if not results:
            raise
        interrupted = True
    calls["track"] = len(results)
    counts = _collect(counters, calls, engine)
    return {
        "provenance": provenance,
        "model": {**model, "backend": engine.name},
        **counts.to_dict(),
        "listed_not_counted": [*NOT_COUNTED, *HOST_WORK],
        "alarms": list(alarms(counts)),
        "interrupted": interrupted,
        "speed": _speed(watch),
        "boxes": [list(result.box) for result in results],
    }


def _collect(
    counters: dict[str, EventCounter], calls: dict[str, int], engine: Countable
) -> EventCounts:
    phases = []
    for phase, counter in counters.items():
        if calls[phase] == 0:
            continue
        one = counter.counts(phase)
        if phase == "track":
            flops = HOST_FLOPS_PER_CELL * engine.grid**2 * one.frames
            host = LayerCounts(name="host.decode", kind="host", side="output", host_flops=flops)
            one = replace(one, layers=(*one.layers, host))
        phases.append(one)
    return EventCounts.of(phases)


def _speed(watch: _Watch) -> dict[str, Any]:
    """Median ms per call and phase, of the engine and of the one beside it; peak memory."""
    speed: dict[str, Any] = {"engine": watch.name, "ms_per_call": _medians(watch.seconds)}
    if watch.beside is not None:
        speed["beside"] = {
            "engine": watch.beside.name,
            "ms_per_call": _medians(watch.seconds_beside),
        }
        speed["beside_over_engine"] = {
            phase: speed["beside"]["ms_per_call"][phase] / ms
            for phase, ms in speed["ms_per_call"].items()
        }
    speed["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return speed


def _medians(seconds: dict[str, list[float]]) -> dict[str, float]:
    return {phase: 1e3 * float(np.median(times)) for phase, times in seconds.items()}


def mean_iou(a: list[list[float]], b: list[list[float]]) -> float:
    """Mean overlap of two box lists, frame by frame."""
    return float(np.mean([iou(Box(*p), Box(*q)) for p, q in zip(a, b, strict=True)])) if a else 1.0
