"""Tracks a synthetic video on Lava and on the simulator; says what differs.

Arguments: a folder, a variant, frames, and how often a template is taken (0: never); or "together",
a folder and a variant.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from hardware.lava_tracking import LavaTrackEngine, run_spike_tracker
from simulation.count import EventCounter
from simulation.tracking_engines import IntegerEngine
from spiketrack.graph.model import Model
from spiketrack.pipeline.lava_events import differences
from spiketrack.tracking import Maps, Tracker, UpdatePolicy, synthetic_frames
from tests.hardware.lava.program_equal import tiny_model

NEVER = 1 << 30


class Both:
    """Two engines as one: both compute, what differs is noted, the simulator's maps are used."""

    def __init__(self, lava: LavaTrackEngine, simulator: IntegerEngine, model: Model) -> None:
        self.lava, self.simulator = lava, simulator
        self.name, self.crop_size, self.grid = "both", lava.crop_size, lava.grid
        self.n_templates = lava.n_templates
        self.counters = {name: EventCounter(graph) for name, graph in model.graphs.items()}
        self.compared = {"memories": 0, "logits": 0, "maps": 0}
        self.wrong: list[str] = []

    def _compare(self, kind: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        for name, value in theirs.items():
            self.compared[kind] += value.size
            if not np.array_equal(ours[name], value):
                self.wrong.append(f"{kind} {name}")

    def encode_templates(self, patches: Any) -> Any:
        """Memories of both."""
        self.simulator.observer = self.counters["template"]
        theirs = self.simulator.encode_templates(patches)
        ours = self.lava.encode_templates(patches)
        self._compare("memories", ours, theirs)
        return ours, theirs

    def search(self, patch: Any, memories: Any) -> Maps:
        """Maps of the simulator."""
        self.simulator.observer = self.counters["search"]
        inputs = {"image": patch.transpose(2, 0, 1)[None, None], **memories[1]}
        theirs = self.simulator.run("search", inputs).outputs
        self._compare("logits", self.lava.search_logits(patch, memories[0]), theirs)
        self.simulator.observer = None
        return self.simulator.search(patch, memories[1])

    def wrong_counts(self) -> list[str]:
        """Counts that differ over all frames."""
        counts = self.lava.counts()
        lines = []
        for name, counter in self.counters.items():
            lines += differences(counter.graph, counts[name], counter.counts("x"))
        return lines


def track(folder: Path, name: str, n_frames: int, interval: int) -> object:
    """Tracks with both, then with Lava alone."""
    model = tiny_model(folder, name)
    shown = list(synthetic_frames(n_frames + 1, (128, 96)))
    frames, first_box = [frame for frame, _ in shown], shown[0][1]
    policy = UpdatePolicy(interval or NEVER, -1.0)
    with LavaTrackEngine(model) as lava:
        both = Both(lava, IntegerEngine(model), model)
        runs = []
        for engine in (both, lava):
            tracker = Tracker(engine, policy)
            tracker.initialise(frames[0], first_box)
            runs.append([tracker.track(frame) for frame in frames[1:]])
            if engine is both:
                wrong_counts = both.wrong_counts()
        return {
            "wrong": both.wrong,
            "wrong_counts": wrong_counts,
            "compared": both.compared,
            "frames": len(runs[0]),
            "updates": sum(result.template_updated for result in runs[0]),
            "boxes_equal": runs[0] == runs[1],
            "processes": {key: one.n_processes for key, one in lava.engines.items()},
        }


def together(folder: Path, name: str) -> object:
    """One step of both branches in one runtime, against the simulator."""
    model = tiny_model(folder, name)
    side, rng = int(model.variant["crop_size"]), np.random.default_rng(4)
    n_templates = model.graphs["template"].shapes["image"][0]
    patches = rng.integers(0, 256, (n_templates + 1, side, side, 3)).astype(np.uint8)
    found = run_spike_tracker(model, patches[1:], patches[0])
    simulator = IntegerEngine(model)
    memories = simulator.encode_templates(patches[1:])
    inputs = {"image": patches[0].transpose(2, 0, 1)[None, None], **memories}
    logits = simulator.run("search", inputs).outputs
    wanted = {f"template/{key}": value for key, value in memories.items()}
    wanted |= {f"search/{key}": value for key, value in logits.items()}
    wrong = [key for key, value in wanted.items() if not np.array_equal(found[key], value[:, 0])]
    return {"wrong": wrong, "outputs": len(found), "expected": len(wanted)}


if __name__ == "__main__":
    if sys.argv[1] == "together":
        print(json.dumps(together(Path(sys.argv[2]), sys.argv[3])))
        sys.exit()
    print(json.dumps(track(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
