"""The whole way as a new user goes it: nothing but the package, from a clean shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spiketrack.graph.store import load_model
from spiketrack.report import read_profile

ROOT = Path(__file__).resolve().parents[1]


def spiketrack(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    code = "from spiketrack.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )


@pytest.mark.slow
def test_the_demo_needs_nothing_and_ends_with_the_report(tmp_path: Path) -> None:
    done = spiketrack(tmp_path, "demo")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("Made in spiketrack-demo: demo.mp4 (first box in demo.box)")
    assert "Random weights" not in done.stdout
    assert done.stdout.splitlines()[-1] == "Report: spiketrack-demo/report/report.html"
    made = tmp_path / "spiketrack-demo"
    assert (made / "report" / "report.html").stat().st_size > 10_000
    profile = read_profile(made / "report" / "profile.json")
    assert {name: phase.frames for name, phase in profile.phases.items()} == {
        "init": 1,
        "track": 12,
    }
    assert profile.phases["track"].totals.graded > 0
    assert profile.model.variant == "mini64-t1"
    # The box follows its target, on the integer engine too.
    truth = json.loads((made / "report" / "profile.json").read_text())["truth"]
    assert truth["mean_iou"] > 0.5 > 2 * truth["mean_iou_of_a_box_at_rest"]
    assert "Boxes against the truth over 12 frames: mean IoU" in done.stdout
    assert set(load_model(made / "mini64-t1.stk").graphs) == {"template", "search"}
    # What the demo made is what the other commands take.
    told = spiketrack(made, "inspect", "search.nir", "--json")
    assert json.loads(told.stdout)["kind"] == "NIR file" and told.stderr == ""
    audited = spiketrack(made, "audit", "report", "-o", "audit", "--json")
    assert audited.returncode == 0 and json.loads(audited.stdout)["frames"] == 12


def test_an_error_is_one_line_in_a_clean_shell(tmp_path: Path) -> None:
    done = spiketrack(tmp_path, "inspect", "nothing.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("spiketrack: ") and done.stderr.count("\n") == 1
