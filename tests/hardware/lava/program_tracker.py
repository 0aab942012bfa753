"""Tracks a synthetic video on Lava and on the simulator; says what differs.

Arguments: a folder, a variant, frames, and how often a template is taken (0: never); or "together"
or "bereaved", a folder and a variant.
"""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from hardware.lava.tracking import LavaTrackEngine, run_spike_tracker
from simulation.tracking_engines import IntegerEngine
from spiketrack.errors import LavaError
from tests.hardware.lava.both_engines import track_both
from tests.hardware.lava.lava_comparisons import random_model


def track(folder: Path, name: str, n_frames: int, interval: int) -> object:
    """Tracks with both, then with Lava alone."""
    told = track_both(random_model(folder, name), n_frames, interval)
    return {
        "wrong": told.both.wrong,
        "wrong_counts": told.wrong_counts,
        "compared": told.both.compared,
        "frames": len(told.results),
        "updates": sum(result.template_updated for result in told.results),
        "boxes_equal": told.boxes_equal,
        "processes": told.processes,
    }


def bereaved(folder: Path, name: str) -> object:
    """A process of the template branch is killed; what the next search says."""
    with LavaTrackEngine(random_model(folder, name)) as lava:
        side = lava.crop_size
        patch = np.zeros((lava.n_templates + 1, side, side, 3), np.uint8)
        memories = lava.encode_templates(patch[1:])
        pid = lava.engines["template"].pids["backbone"]
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        try:
            lava.search(patch[0], memories)
        except LavaError as error:
            return str(error)
    return ""


def together(folder: Path, name: str) -> object:
    """One step of both branches in one runtime, against the simulator."""
    model = random_model(folder, name)
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
    if sys.argv[1] in ("together", "bereaved"):
        print(json.dumps(globals()[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])))
        sys.exit()
    print(json.dumps(track(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
