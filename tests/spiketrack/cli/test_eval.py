"""The command eval: its table, its plan, its refusals."""

import json
from pathlib import Path

import pytest

from spiketrack.network import trained_checkpoint
from tests.spiketrack.cli.run import run

MODEL = trained_checkpoint("mini64-t1")


def test_eval_scores_generated_scenes_and_writes_a_report(tmp_path: Path) -> None:
    done = run(
        "eval", MODEL, "0", "--format", "synthetic", "--limit", 2, "--frames", 2, "-o", tmp_path
    )
    assert done.code == 0
    assert "To track: 2 sequences, 6 frames; on 1 worker" in done.out
    assert "generated scenes, 2 sequences" in done.out
    assert (tmp_path / "report.html").is_file()
    assert len(list((tmp_path / "sequences" / "mini64-t1").iterdir())) == 2


def test_a_plan_tracks_a_few_frames_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(
        "eval", MODEL, "0", "--format", "synthetic", "--sequences", "1", "--plan", "--json",
        "-o", out,
    )  # fmt: skip
    assert json.loads(done.out)["frames"] == 100
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--format", "vot"), 2, "is not one of"),
        (("--format", "got10k", "--subset", "tset"), 2, "subset: needed one of"),
        (("--format", "got10k"), 1, "nothing there"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(
    options: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    done = run("eval", MODEL, tmp_path / "none", *options, "-o", tmp_path / "out")
    assert (done.code, words in done.err) == (code, True)
