"""Bad input: one line on stderr, exit code 1, nothing half written."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from spiketrack.files import seal
from spiketrack.network import random_checkpoint
from tests.full_disk import full_disk
from tests.hardware.energy.sample_profile import row
from tests.spiketrack.cli.run import refused, run
from tests.tiny_models import Tiny


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path


class _Evil:
    """Unpickles as a call that leaves a trace."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("open('it-ran', 'w').close()",)


def converted(path: str, *more: str) -> str:
    message = refused(run("convert", path, "-o", "out.stk", *more))
    assert not Path("out.stk").exists()
    return message


def test_what_is_no_checkpoint_is_refused(folder: Path) -> None:
    (folder / "a.pth.tar").write_text("hello", encoding="utf-8")
    assert "needed a checkpoint" in converted("a.pth.tar")
    (folder / "a.safetensors").write_text("hello", encoding="utf-8")
    assert "needed a readable safetensors file" in converted("a.safetensors")
    assert "needed a readable file" in converted("missing.pth")
    assert "needed a readable file" in converted(".")


@pytest.mark.parametrize("old_format", [False, True])
def test_code_in_a_checkpoint_does_not_run(folder: Path, old_format: bool) -> None:
    content = {"net": _Evil()}
    torch.save(content, "evil.pth", _use_new_zipfile_serialization=not old_format)
    for command in (["convert", "evil.pth", "-o", "out.stk"], ["inspect", "evil.pth"]):
        refused(run(*command))
    assert not Path("it-ran").exists()
    # The trap works: a reader that trusts the file springs it.
    torch.load("evil.pth", weights_only=False)
    assert Path("it-ran").exists()


def test_another_variant_and_missing_keys_are_told(folder: Path, t1: Tiny) -> None:
    message = converted(str(t1.checkpoint), "--variant", "tiny128-t3")
    assert "needed the 1359 tensors of tiny128-t3" in message and "144 missing" in message
    state = random_checkpoint("tiny128-t1", 0)
    first = next(iter(state))
    del state[first]
    torch.save({"net": state}, "less.pth")
    message = converted("less.pth", "--variant", "tiny128-t1")
    assert f"1 missing: {first}" in message


def test_weights_that_are_not_numbers_are_refused(folder: Path) -> None:
    state = random_checkpoint("tiny128-t1", 0)
    name = next(key for key in state if key.endswith("weight"))
    state[name].view(-1)[3] = float("nan")
    torch.save({"net": state}, "nan.pth")
    assert f"found 1 NaN or Inf of {state[name].numel()} in tensor" in converted("nan.pth")


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ("500,10,20,20", "needed overlap with the frame of 128x96"),
        ("10,10,0,20", "needed width and height above 0"),
        ("10,10,-5,20", "needed width and height above 0"),
        ("10,10,20", "needed four numbers x,y,w,h. Example: 877,464,40,74"),
        ("a,b,c,d", "needed four numbers"),
        ("nan,1,2,3", "needed finite numbers"),
    ],
)
def test_a_box_no_tracker_can_start_from_is_refused(
    box: str, message: str, folder: Path, t1: Tiny
) -> None:
    for command in (
        ["track", t1.stk, t1.video, "--box", box],
        ["profile", t1.stk, t1.video, "--box", box, "-o", "out"],
        ["convert", t1.checkpoint, "-o", "out.stk", "--video", t1.video, "--box", box],
    ):
        assert message in refused(run(*command))
    assert list(folder.iterdir()) == []


def test_a_video_that_cannot_be_read_is_refused(folder: Path, t1: Tiny) -> None:
    (folder / "empty.mp4").touch()
    (folder / "junk.mp4").write_bytes(bytes(range(256)) * 40)
    (folder / "nothing").mkdir()
    cases = {
        "empty.mp4": "found an empty file",
        "junk.mp4": "needed something that can be decoded",
        "nothing": "needed images",
        "missing.mp4": "found nothing there",
        "camera:x": "needed camera:N with N from 0 to 999",
    }
    for video, message in cases.items():
        assert message in refused(run("track", t1.stk, video, "--box", "1,1,20,20"))


def test_a_model_file_that_is_not_whole_is_refused(folder: Path, t1: Tiny) -> None:
    whole = t1.stk.read_bytes()
    (folder / "short.stk").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.stk").touch()
    for name in ("short.stk", "empty.stk", "missing.stk"):
        assert name in refused(run("track", name, *t1.target))
        assert name in refused(run("inspect", name))
        assert name in refused(run("profile", name, *t1.target, "-o", "out"))
    assert not Path("out").exists()


def test_a_model_of_a_newer_version_is_refused(folder: Path, t1: Tiny) -> None:
    whole = t1.stk.read_bytes()
    body = whole[seal.BLOCK_BYTES :]
    newer = seal.seal_block("spiketrack-model", 99, memoryview(body)) + body
    (folder / "newer.stk").write_bytes(newer)
    assert "99" in refused(run("inspect", "newer.stk"))


def test_a_model_and_a_checkpoint_are_not_taken_for_one_another(folder: Path, t1: Tiny) -> None:
    message = refused(run("track", t1.stk, *t1.target, "--float"))
    assert "found a converted model. Leave --float out to run it" in message
    message = refused(run("track", t1.checkpoint, *t1.target))
    assert "needed a converted model (.stk), found a checkpoint's name. Convert it" in message


def test_a_damaged_profile_is_refused(folder: Path) -> None:
    (folder / "profile.json").write_text('{"phases"', encoding="utf-8")
    assert "needed JSON" in refused(run("audit", ".", "-o", "out"))
    (folder / "profile.json").write_text('{"phases": {"track": 3}}', encoding="utf-8")
    assert "phase 'track': needed an object" in refused(run("audit", "profile.json", "-o", "out"))
    assert "No such file" in refused(run("audit", "missing.json", "-o", "out"))
    assert not Path("out").exists()


def test_an_output_that_cannot_be_made_is_refused_before_the_work(folder: Path, t1: Tiny) -> None:
    (folder / "file").touch()
    (folder / "dir.stk").mkdir()
    # It is there and is no model: whoever reads it before the output names it.
    missing = "empty-on-purpose"
    (folder / missing).touch()
    for command in (
        ["demo", "-o", "file"],
        ["convert", missing, "-o", "file/out.stk"],
        ["convert", missing, "-o", "dir.stk"],
        ["track", missing, missing, "--box", "1,1,2,2", "-o", "file/boxes.json"],
        ["track", missing, missing, "--box", "1,1,2,2", "--save-video", "file/a.mp4"],
        ["profile", missing, missing, "--box", "1,1,2,2", "-o", "file"],
        ["audit", missing, "-o", "file/out"],
        ["random-checkpoint", "tiny128-t1", "-o", "file/a.pth"],
    ):
        message = refused(run(*command))
        assert missing not in message
        assert "needed a folder or a new name" in message or "found a folder" in message
    assert "'file" in refused(run("convert", t1.checkpoint, "-o", "a.stk", "--nir", "file"))


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_half_written(folder: Path, t1: Tiny) -> None:
    shutil.copy(t1.video, "video.mp4")
    profile = ["profile", t1.stk, "video.mp4", "--box", str(t1.box), "-n", "1", "-o", "out"]
    assert run(*profile).code == 0
    before = {path.name for path in Path("out").iterdir()}
    for limit, command, kept in (
        (100_000, ["convert", t1.checkpoint, "-o", "out.stk"], set()),
        (100_000, ["random-checkpoint", "tiny128-t1", "-o", "out.pth"], set()),
        (2000, ["track", t1.stk, *t1.target, "-n", "2", "--save-video", "out.mp4"], set()),
        (100, ["track", t1.stk, *t1.target, "-n", "1", "-o", "boxes.json"], set()),
        (200_000, ["audit", "out", "-o", "audit"], {"audit"}),
        (10_000, [*profile[:-1], "late"], set()),
    ):
        with full_disk(limit):
            refused(run(*command))
        found = {path.name for path in folder.iterdir()} - {"video.mp4", "out"}
        assert found - {"audit", "late"} == kept - {"audit"}
        for made in ("audit", "late"):
            assert not Path(made, "report.html").exists()
            assert [p.name for p in Path(made).glob(".*")] == []
    assert {path.name for path in Path("out").iterdir()} == before


def test_debug_shows_the_traceback_wherever_it_stands(folder: Path) -> None:
    from spiketrack.errors import StoreError

    for arguments in (["--debug", "inspect", "a.stk"], ["inspect", "a.stk", "--debug"]):
        with pytest.raises(StoreError, match="a.stk"):
            run(*arguments)


def test_a_surprise_is_one_line_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spiketrack.cli import inspect as room

    (folder / "a.stk").touch()
    for error, words in (
        (ZeroDivisionError("by 0"), "unexpected ZeroDivisionError: by 0. See where with --debug"),
        (MemoryError(), "out of memory"),
        (OSError(28, "No space left on device", "x"), "'x': No space left on device"),
        (OSError(5, "Input/output error"), "spiketrack: Input/output error"),
    ):

        def surprise(path: Path, error: Exception = error, **asked: bool) -> None:
            raise error

        monkeypatch.setattr(room, "inspect_file", surprise)
        done = run("inspect", "a.stk")
        assert done.code == 1 and words in done.err and done.err.count("\n") == 1


def test_the_audit_of_a_profile_with_a_false_total_is_refused(folder: Path) -> None:
    layer = row(name="a", kind="conv", dense_macs=5)
    phase = {"frames": 1, "layers": [layer], "totals": {"dense_macs": 6}}
    (folder / "p.json").write_text(json.dumps({"phases": {"track": phase}}), encoding="utf-8")
    assert "needed the sum of the layers, 5, found 6" in refused(run("audit", "p.json", "-o", "o"))


def test_a_video_of_one_frame_is_refused(folder: Path, t1: Tiny) -> None:
    import cv2

    Path("one").mkdir()
    cv2.imwrite("one/0.png", np.zeros((96, 128, 3), np.uint8))
    message = refused(run("track", t1.stk, "one", "--box", "5,5,20,20", "--save-video", "a.mp4"))
    assert "needed at least 2 frames to track" in message
    assert not Path("a.mp4").exists()
