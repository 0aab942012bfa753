"""A real Ctrl-C to a real process: what was done is kept, said, and ends with 130."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spiketrack.tracking import open_source
from tests.small_networks import save_netx
from tests.spiketrack.cli.run import Done
from tests.tiny_models import Tiny

pytestmark = pytest.mark.slow
ENDS_A_HANG_S = 900.0
"""Far longer than the slowest machine needs: it only ends a hang."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def interrupted(place: str, passes: int, *command: object) -> Done:
    """Runs a command, presses Ctrl-C when a place was passed so often, and waits for its end."""
    reached = Path("reached")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.spiketrack.cli.interrupted_program", place, str(passes),
         str(reached), *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=_environment(),
    )  # fmt: skip
    try:
        deadline = time.monotonic() + ENDS_A_HANG_S
        while not reached.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=ENDS_A_HANG_S)
    finally:
        process.kill()
        process.wait()
    assert reached.exists(), err
    reached.unlink()
    return Done(process.returncode, out, err)


def _environment() -> dict[str, str]:
    import os

    root = Path(__file__).parents[3]
    return {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "120"}


def test_track_keeps_boxes_and_video(t1: Tiny) -> None:
    files = ["-o", "boxes.json", "--save-video", "boxes.mp4"]
    done = interrupted("frame", 3, "track", t1.stk, *t1.target, *files)
    assert done.code == 130
    assert "spiketrack: interrupted after 3 tracked frames" in done.err
    kept = json.loads(Path("boxes.json").read_text("utf-8"))
    assert (kept["interrupted"], kept["interrupted_after"], len(kept["frames"])) == (True, 3, 3)
    assert open_source("boxes.mp4").frame_count == 4
    assert {one.name for one in Path().iterdir()} == {"boxes.json", "boxes.mp4"}


def test_simulate_keeps_the_samples_that_were_run() -> None:
    save_netx(Path("net.net"))
    spikes = np.random.default_rng(0).integers(0, 2, (6, 5, 3, 1, 1), np.uint8)
    np.save("s.npy", spikes)
    command = ["simulate", "net.net", "--input", "s.npy", "-o", "out.npz", "--counts", "c.json"]
    done = interrupted("sample", 2, *command)
    assert done.code == 130
    assert "interrupted; everything is of the first 2 samples of 5" in done.err
    with np.load("out.npz") as kept:
        assert kept["interrupted_after"].tolist() == [2, 5]
        assert kept["output"].shape[1] == 2
    counts = json.loads(Path("c.json").read_text("utf-8"))
    assert (counts["interrupted"], counts["samples"], counts["samples_given"]) == (True, 2, 5)
    assert counts["phases"]["run"]["frames"] == 2


def test_selftest_says_on_how_many_graphs_nothing_differed() -> None:
    done = interrupted("graph", 3, "selftest", "-n", "500", "--backends", "fast")
    assert done.code == 130
    assert "interrupted; every engine was compared on the first 2 of 500" in done.err
    assert "No divergence until then" in done.out
