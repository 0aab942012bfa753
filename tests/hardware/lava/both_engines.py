"""A tracker on Lava and on the simulator at once, compared in everything they compute."""

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hardware.lava.tracking import LavaTrackEngine
from simulation.counting.counter import EventCounter
from simulation.tracking_engines import IntegerEngine
from spiketrack.graph.model import Model
from spiketrack.pipeline.lava.events import differences, expected_events
from spiketrack.tracking import Maps, Tracker, TrackResult, UpdatePolicy, synthetic_frames

NEVER = 1 << 30
FRAME_SIZE = (128, 96)


class Both:
    """Two engines as one: both compute, what differs is noted, the simulator's maps are used."""

    def __init__(self, lava: LavaTrackEngine, simulator: IntegerEngine, model: Model) -> None:
        self.lava, self.simulator = lava, simulator
        self.name, self.crop_size, self.grid = "both", lava.crop_size, lava.grid
        self.n_templates = lava.n_templates
        self.counters = {name: EventCounter(graph) for name, graph in model.graphs.items()}
        self.compared = {"memories": 0, "logits": 0}
        self.wrong: list[str] = []
        self.lava_ms: dict[str, list[float]] = {}

    def _compare(self, kind: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        for name, value in theirs.items():
            self.compared[kind] += value.size
            if not np.array_equal(ours[name], value):
                self.wrong.append(f"{kind} {name}")

    def encode_templates(self, patches: Any) -> Any:
        """Memories of both."""
        self.simulator.observer = self.counters["template"]
        theirs = self.simulator.encode_templates(patches)
        ours = self._timed("template", lambda: self.lava.encode_templates(patches))
        self._compare("memories", ours, theirs)
        return ours, theirs

    def search(self, patch: Any, memories: Any) -> Maps:
        """Maps of the simulator."""
        self.simulator.observer = self.counters["search"]
        inputs = {"image": patch.transpose(2, 0, 1)[None, None], **memories[1]}
        theirs = self.simulator.run("search", inputs).outputs
        ours = self._timed("search", lambda: self.lava.search_logits(patch, memories[0]))
        self._compare("logits", ours, theirs)
        self.simulator.observer = None
        return self.simulator.search(patch, memories[1])

    def wrong_counts(self) -> list[str]:
        """Counts that differ over all frames."""
        counts = self.lava.counts()
        lines = []
        for name, counter in self.counters.items():
            lines += differences(counter.graph, counts[name], counter.counts("x"))
        return lines

    def n_counts(self) -> int:
        """Counts that `wrong_counts` compares."""
        return sum(
            len(list(expected_events(counter.graph, layer)))
            for counter in self.counters.values()
            for layer in counter.counts("x").layers
        )

    def _timed(self, what: str, call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = call()
        self.lava_ms.setdefault(what, []).append(1e3 * (time.perf_counter() - start))
        return result


@dataclass(frozen=True)
class Tracked:
    """What both made of a video.

    Attributes:
        both: the two engines, closed.
        wrong_counts: counts that differ.
        n_counts: counts compared.
        results: of the simulator.
        boxes_equal: Lava alone tracks the same boxes.
        start_s: seconds until both graphs' processes were ready.
        processes: by graph.
        pss_mb: memory of all processes but the parent: what they share is divided among them.
    """

    both: Both
    wrong_counts: list[str]
    n_counts: int
    results: list[TrackResult]
    boxes_equal: bool
    start_s: float
    processes: dict[str, int]
    pss_mb: dict[str, float]


def track_both(model: Model, n_frames: int, interval: int) -> Tracked:
    """Tracks a synthetic video with both, then with Lava alone.

    Args:
        model: a converted tracker.
        n_frames: frames to track.
        interval: a new template every so many frames; 0 for never.
    """
    shown = list(synthetic_frames(n_frames + 1, FRAME_SIZE))
    frames, first_box = [frame for frame, _ in shown], shown[0][1]
    start = time.perf_counter()
    with LavaTrackEngine(model) as lava:
        start_s = time.perf_counter() - start
        both, runs = Both(lava, IntegerEngine(model), model), []
        for engine in (both, lava):
            tracker = Tracker(engine, UpdatePolicy(interval or NEVER, -1.0))
            tracker.initialise(frames[0], first_box)
            runs.append([tracker.track(frame) for frame in frames[1:]])
            if engine is both:
                wrong_counts, n_counts = both.wrong_counts(), both.n_counts()
        return Tracked(
            both, wrong_counts, n_counts, runs[0], runs[0] == runs[1], start_s,
            {key: one.n_processes for key, one in lava.engines.items()},
            {key: pss_mb(one.pids.values()) for key, one in lava.engines.items()},
        )  # fmt: skip


def pss_mb(pids: Collection[int]) -> float:
    """Proportional set size of some processes; only Linux tells it."""
    kib = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup")
        lines = rollup.read_text().splitlines() if os.path.exists(rollup) else []
        kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kib / 1024
