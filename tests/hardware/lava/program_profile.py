"""Profiles a tracker on Lava: whole, and interrupted and taken up again; both beside the simulator.

Arguments: a folder, a variant, frames, and how often a template is taken (0: never).
"""

import json
import sys
from pathlib import Path
from typing import Any

from simulation.tracking_engines import IntegerEngine
from spiketrack.graph.model import Model
from spiketrack.pipeline import ProfileJob, profile_video
from spiketrack.pipeline.counting import Countable
from spiketrack.pipeline.lava.track import CountedLavaEngine
from spiketrack.pipeline.listener import Listener
from spiketrack.tracking import TrackResult, UpdatePolicy, make_synthetic_video, open_source
from tests.hardware.lava.lava_comparisons import random_model

NEVER = 1 << 30


class Profiling:
    """One model and one video."""

    def __init__(self, folder: Path, name: str, frames: int, interval: int) -> None:
        self.model: Model = random_model(folder, name)
        made = make_synthetic_video(folder / "video.mp4", frames + 1, (128, 96))
        self._source, self._box = open_source(str(made.path)), made.first_box
        self._policy = UpdatePolicy(interval or NEVER, -1.0)
        self._partial = folder / "profile.partial"

    def run(self, engine: Countable, stop_after: int = 0, resume: bool = False) -> dict[str, Any]:
        """One profile; Ctrl-C after so many frames."""

        def on_result(result: TrackResult) -> None:
            if result.frame_index == stop_after:
                raise KeyboardInterrupt

        job = ProfileJob(
            engine=engine, source=self._source, box=self._box, model={"variant": "x"},
            provenance={}, policy=self._policy, partial=self._partial, resume=resume,
        )  # fmt: skip
        return profile_video(job, Listener(frame=on_result))


def main(folder: str, name: str, frames: str, interval: str) -> object:
    """What is equal to what."""
    profiling = Profiling(Path(folder), name, int(frames), int(interval))
    expected = profiling.run(IntegerEngine(profiling.model))
    whole, stopped, resumed = (
        profiling.run(CountedLavaEngine(profiling.model), **how)
        for how in ({}, {"stop_after": 2}, {"resume": True})
    )
    nodes = {key: len(one["nodes"]) for key, one in whole["lava_events"].items()}
    return {
        "frames": {phase: one["frames"] for phase, one in whole["phases"].items()},
        "alarms": [one["alarms"] for one in (whole, stopped, resumed)],
        "phases_equal": [one["phases"] == expected["phases"] for one in (whole, resumed)],
        "boxes_equal": [one["boxes"] == expected["boxes"] for one in (whole, resumed)],
        "events_equal": whole["lava_events"] == resumed["lava_events"],
        "interrupted": [one["interrupted"] for one in (whole, stopped, resumed)],
        "nodes": nodes,
        "keys": sorted(resumed.keys() - expected.keys()),
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
