"""The commands on a tiny tracker: what they print, what they write, how they stop and go on."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from spiketrack.pipeline.tracker import profile as profile_room
from spiketrack.report import read_profile
from spiketrack.tracking import Tracker, TrackResult, frames_to_track, open_source
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import N_FRAMES, Tiny


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def press_ctrl_c_after(
    frames: int, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, presses: int = 1
) -> None:
    """Tracking is interrupted at the end of that frame."""
    # Why: a shell's background jobs start with the signal ignored.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, previous))
    track = Tracker.track
    calls = 0

    def counted(self: Tracker, frame: Any) -> TrackResult:
        nonlocal calls
        calls += 1
        result = track(self, frame)
        for _ in range(presses if calls == frames else 0):
            os.kill(os.getpid(), signal.SIGINT)
        return result

    monkeypatch.setattr(Tracker, "track", counted)


def test_convert_prints_pure_json(t1: Tiny) -> None:
    target = ["--video", str(t1.video), "--box", str(t1.box)]
    done = run("convert", t1.checkpoint, "-o", "new/a.stk", "--nir", "nir", *target, "--json")
    assert done.code == 0 and done.err == ""
    found = json.loads(done.out)
    assert found["model"] == "new/a.stk" and set(found["report"]["forced"]) >= {"template"}
    assert Path("new/a.stk").exists()
    assert {path.name for path in Path("nir").iterdir()} == {"template.nir", "search.nir"}
    told = run("inspect", "nir/search.nir")
    assert told.code == 0 and "graph 'search'" in told.out


def test_the_same_checkpoint_gives_the_same_model_file(t1: Tiny) -> None:
    assert run("convert", t1.checkpoint, "-o", "a.stk").code == 0
    assert Path("a.stk").read_bytes() == t1.stk.read_bytes()


def test_inspect_tells_what_a_model_holds(t1: Tiny) -> None:
    told = run("inspect", t1.stk)
    assert told.code == 0 and "converted model, tiny128-t1" in told.out
    assert "Proved free of overflow" in told.out and "encoder.mrm" not in told.err
    facts = json.loads(run("inspect", t1.stk, "--json").out)
    assert facts["graphs"]["search"]["nodes"] == len(t1.model.graphs["search"])
    listed = run("inspect", t1.stk, "--nodes").out
    assert all(node.name in listed for node in t1.model.graphs["template"])
    with_nodes = json.loads(run("inspect", t1.stk, "--nodes", "--json").out)
    assert len(with_nodes["graphs"]["search"]["dump"]) >= facts["graphs"]["search"]["nodes"]


def test_inspect_tells_what_a_checkpoint_holds(t1: Tiny) -> None:
    told = json.loads(run("inspect", t1.checkpoint, "--json").out)
    assert told["kind"] == "checkpoint" and told["variant"]["name"] == "tiny128-t1"
    assert told["parameters"] > 1e6


def test_track_writes_boxes_and_a_video(t1: Tiny) -> None:
    done = run("track", t1.stk, *t1.target, "-o", "b/boxes.json", "--save-video", "v/out.mp4")
    assert done.code == 0 and done.err == ""
    assert "Wrote b/boxes.json" in done.out and "Wrote v/out.mp4" in done.out
    boxes = json.loads(Path("b/boxes.json").read_text(encoding="utf-8"))
    assert len(boxes["frames"]) == N_FRAMES - 1
    assert open_source("v/out.mp4").frame_count == N_FRAMES
    piped = run("track", t1.stk, *t1.target, "--json")
    assert json.loads(piped.out) == boxes and piped.err == ""


def test_track_runs_the_float_network(t1: Tiny) -> None:
    done = run("track", t1.checkpoint, *t1.target, "--float", "-n", "1", "--json")
    assert json.loads(done.out)["engine"] == "network (torch float32)"


def test_a_second_ctrl_c_ends_track_at_once_and_leaves_nothing(
    t1: Tiny, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    press_ctrl_c_after(2, monkeypatch, request, presses=2)
    done = run("track", t1.stk, *t1.target, "-o", "b.json", "--save-video", "v.mp4")
    assert (done.code, done.out, done.err) == (130, "", "spiketrack: interrupted\n")
    assert list(Path().iterdir()) == []


@pytest.mark.slow
def test_an_interrupted_profile_reports_and_goes_on(
    t1: Tiny, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    command = ["profile", t1.stk, *t1.target, "--json"]
    assert run(*command, "-o", "whole").code == 0
    with monkeypatch.context() as patch:
        press_ctrl_c_after(2, patch, request)
        done = run(*command, "-o", "out")
    assert done.code == 130 and json.loads(done.out)["interrupted"] is True
    assert done.err == (
        "spiketrack: interrupted; the report is of the 2 frames counted, "
        "and --resume goes on from there\n"
    )
    assert read_profile(Path("out/profile.json")).phases["track"].frames == 2
    assert "found one. Go on with --resume" in refused(run(*command, "-o", "out"))
    assert run(*command, "-o", "out", "--resume").code == 0
    assert not Path("out/profile.partial").exists()
    whole, resumed = (
        read_profile(Path(name, "profile.json")).document for name in ("whole", "out")
    )
    assert whole["phases"] == resumed["phases"] and whole["boxes"] == resumed["boxes"]
    assert "nothing there. Start without --resume" in refused(
        run(*command, "-o", "out", "--resume")
    )


@pytest.mark.slow
def test_counts_outlive_a_report_that_could_not_be_written(
    t1: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spiketrack.errors import ReportError
    from spiketrack.verbs import results

    def full(*_: object) -> Path:
        raise ReportError("report file 'x'", found="cannot write: No space left on device")

    command = ["profile", t1.stk, *t1.target, "-o", "out", "-n", "2", "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(results, "write_profile_report", full)
        assert "No space left" in refused(run(*command))
    with monkeypatch.context() as patch:
        # Nothing is left to compute.
        patch.setattr(profile_room, "drive", lambda *_, **__: iter(()))
        assert run(*command, "--resume").code == 0
    assert read_profile(Path("out/profile.json")).phases["track"].frames == 2


@pytest.mark.slow
def test_profile_and_audit_say_where_the_report_is(t1: Tiny) -> None:
    done = run("profile", t1.stk, *t1.target, "-n", "2", "-o", "out", "--beside", t1.checkpoint)
    assert done.code == 0 and done.err == ""
    assert "Report: out/report.html" in done.out and "on the same patches" in done.out
    provenance = read_profile(Path("out/profile.json")).facts("provenance")
    assert provenance["command"][:2] == ["spiketrack", "profile"]  # type: ignore[index]
    done = run("audit", "out", "-o", "audit")
    assert done.code == 0 and "Report: audit/report.html" in done.out
    pure = run("audit", "out/profile.json", "-o", "audit", "--json")
    assert json.loads(pure.out)["variant"] == "tiny128-t1" and pure.err == ""


def test_a_random_checkpoint_is_made_and_said_to_be_random() -> None:
    done = run("random-checkpoint", "tiny128-t1", "-o", "new/a.pth", "--seed", "3")
    said = "tiny128-t1, random weights, seed 3; the file is marked as such"
    assert done.out == f"Wrote new/a.pth: {said}\n"
    assert json.loads(run("inspect", "new/a.pth", "--json").out)["variant"]["name"] == "tiny128-t1"


@pytest.mark.parametrize(
    ("asked", "there", "expected"),
    [(5, 100, 5), (200, 100, 99), (None, 100, 99), (7, None, 7), (None, None, None)],
)
def test_the_bar_is_as_long_as_the_work(
    asked: int | None, there: int | None, expected: int | None
) -> None:
    assert frames_to_track(asked, there) == expected


def test_a_long_track_shows_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    from spiketrack.cli import show

    row = {"box": [1.0, 2.0, 3.0, 4.0], "confidence": 0.5, "template_updated": False}
    rows = [{"frame_index": index, **row} for index in range(1, 101)]
    result = {"source": "[bold]v[/bold", "engine": "e", "frames": rows}
    show.tracked(result, None, None, as_json=False)
    shown = capsys.readouterr().out
    assert " 12 " in shown and " 89 " in shown and " 13 " not in shown
    assert "[bold]v[/bold on the e" in shown and "All frames: --output FILE" in shown
