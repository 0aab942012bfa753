"""What the commands say about a video that is short, out of order or none at all."""

import json
import shutil
from pathlib import Path

import cv2
import pytest

from spiketrack.tracking import open_source
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import N_FRAMES, Tiny


@pytest.fixture
def cut(t1: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The tiny video as cut.avi, broken off in the middle; how many of its frames are left."""
    monkeypatch.chdir(tmp_path)
    source = open_source(t1.video)
    size = (source.width, source.height)
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter("cut.avi", cv2.CAP_FFMPEG, code, 25, size)
    for frame in source:
        writer.write(frame[..., ::-1].copy())
    writer.release()
    whole = Path("cut.avi").read_bytes()
    Path("cut.avi").write_bytes(whole[: len(whole) // 2])
    n_left = len(list(open_source("cut.avi")))
    assert 2 <= n_left < N_FRAMES
    return n_left


@pytest.mark.slow
def test_track_says_that_a_video_is_cut_off(t1: Tiny, cut: int) -> None:
    for more, asked in (((), ""), (("-n", "6"), " (6 after the first were asked for)")):
        done = run("track", t1.stk, "cut.avi", "--box", t1.box, "--json", *more)
        told = json.loads(done.out)
        note = f"'cut.avi' gave {cut} of the {N_FRAMES} frames that it states{asked}: it is cut off"
        assert done.code == 0 and done.err.startswith(f"spiketrack: {note}")
        assert done.err.count("\n") == 1
        assert (told["frames_stated"], told["frames_read"]) == (N_FRAMES, cut)
        assert len(told["frames"]) == cut - 1
        assert len(told["notes"]) == 1 and told["notes"][0].startswith(note)
    whole = run("track", t1.stk, "cut.avi", "--box", t1.box, "--json", "-n", cut - 1)
    assert whole.err == "" and json.loads(whole.out)["notes"] == []


@pytest.mark.slow
def test_profile_and_convert_say_that_a_video_is_cut_off(t1: Tiny, cut: int) -> None:
    note = f"'cut.avi' gave {cut} of the {N_FRAMES} frames that it states"
    done = run("profile", t1.stk, "cut.avi", "--box", t1.box, "-o", "out", "--json")
    told = json.loads(Path("out/profile.json").read_text(encoding="utf-8"))
    assert done.code == 0 and done.err.startswith(f"spiketrack: {note}")
    assert (told["frames_stated"], told["frames_read"]) == (N_FRAMES, cut)
    assert told["phases"]["track"]["frames"] == cut - 1 and note in told["notes"][0]
    target = ["--video", "cut.avi", "--box", t1.box, "-n", N_FRAMES - 1]
    done = run("convert", t1.checkpoint, "-o", "a.stk", *target, "--json")
    report = json.loads(done.out)["report"]
    assert done.code == 0 and done.err.startswith(f"spiketrack: {note}")
    assert report["end_to_end"]["frames"] == cut - 1 and note in report["end_to_end"]["notes"][0]


@pytest.mark.slow
def test_track_takes_a_folder_by_its_numbers_and_says_so(
    t1: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    boxes = {}
    for name, first in (("padded", 101), ("plain", 5)):
        Path(name).mkdir()
        for number, frame in enumerate(open_source(t1.video), first):
            cv2.imwrite(f"{name}/{number}.png", frame[..., ::-1])
        done = run("track", t1.stk, name, "--box", t1.box, "--json")
        boxes[name] = [row["box"] for row in json.loads(done.out)["frames"]]
        told = "is read in the order of its numbers, which is not the order of letters"
        assert (told in done.err) == (name == "plain")
    assert boxes["plain"] == boxes["padded"] and len(boxes["plain"]) == N_FRAMES - 1


def test_a_playlist_is_refused_by_every_command(
    t1: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(t1.video, "other.mp4")
    Path("list.mp4").write_text("ffconcat version 1.0\nfile 'other.mp4'\n", encoding="utf-8")
    for command in (
        ["track", t1.stk, "list.mp4", "--box", t1.box],
        ["profile", t1.stk, "list.mp4", "--box", t1.box, "-o", "out"],
        ["convert", t1.checkpoint, "-o", "a.stk", "--video", "list.mp4", "--box", t1.box],
    ):
        assert "A playlist is not followed: give the video itself." in refused(run(*command))
