"""The commands with Lava in a worker of another Python give what the simulator gives."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.hardware.lava.worker_python import worker
from tests.small_networks import save_netx
from tests.spiketrack.cli.run import run
from tests.tiny_models import Tiny

__all__ = ["worker"]


@pytest.mark.slow
def test_simulate_gives_the_same_values_and_counts_with_either_lowering_and_every_detail(
    worker: Path, tmp_path: Path
) -> None:
    net, given = save_netx(tmp_path / "a.net"), tmp_path / "in.npy"
    np.save(given, np.random.default_rng(0).integers(0, 2, (6, 2, 3, 1, 1)))
    found = {}
    for name, *how in (
        ("fast", "fast"),
        ("own", "lava"),
        ("stock", "lava", "--lowering", "stock"),
        ("node", "lava", "--detail", "node"),
        ("branch", "lava", "--detail", "branch"),
    ):
        made = ["-o", tmp_path / f"{name}.npz", "--counts", tmp_path / f"{name}.json"]
        done = run("simulate", net, "--input", given, *made, "--keep-all", "--backend", *how)
        assert done.code == 0, done.err
        found[name] = json.loads((tmp_path / f"{name}.json").read_text())
    theirs = np.load(tmp_path / "fast.npz")
    for name in ("own", "stock", "node", "branch"):
        ours = np.load(tmp_path / f"{name}.npz")
        assert len(ours.files) > 3 and sorted(ours.files) == sorted(theirs.files)
        for key in ours.files:
            np.testing.assert_array_equal(ours[key], theirs[key])
        assert found[name]["phases"] == found["fast"]["phases"]
    assert found["stock"]["lowering"]["nodes"] == {"stock": 2, "port": 1}
    assert found["own"]["lava_events"]["run"]["totals"]["syn_ops"] > 0
    for name in ("node", "branch"):
        assert found[name]["lava_events"] == found["own"]["lava_events"]


@pytest.mark.slow
def test_track_and_profile_give_the_same_boxes_and_counts(
    worker: Path, tmp_path: Path, t1: Tiny
) -> None:
    told = {}
    for backend in ("fast", "lava"):
        boxes, report = tmp_path / f"{backend}.json", tmp_path / backend
        how = ("--frames", "2", "--backend", backend)
        for command, out in (("track", boxes), ("profile", report)):
            done = run(command, t1.stk, *t1.target, "-o", out, *how)
            assert done.code == 0, done.err
        profile = json.loads((report / "profile.json").read_text())
        tracked = json.loads(boxes.read_text())["frames"]
        told[backend] = ([frame["box"] for frame in tracked], profile)
    (boxes_fast, fast), (boxes_lava, lava) = told["fast"], told["lava"]
    assert boxes_lava == boxes_fast and len(boxes_fast) > 1
    assert lava["phases"] == fast["phases"] and lava["boxes"] == fast["boxes"]
    assert set(lava["lava_events"]) == {"init", "track"}
    assert not [alarm for alarm in lava["alarms"] if "Lava" in alarm]
