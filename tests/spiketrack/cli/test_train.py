"""`spiketrack train` from the first step to weights that track, and what it refuses."""

import json
from pathlib import Path

import pytest

from spiketrack.network import load_checkpoint
from tests.spiketrack.cli.run import run


@pytest.mark.slow
def test_fifty_steps_from_nothing_to_a_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = run(
        "train", "-o", str(folder), "--steps", "50", "--batch", "2", "--check-every", "50",
        "--scenes", "1", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["check"]["step"] == 50
    assert 0 <= said["check"]["tracker"]["auc"] <= 1
    assert load_checkpoint(said["weights"]).variant.name == "mini64-t1"
    assert Path(said["curves"]).read_bytes().startswith(b"\x89PNG")
    again = run("train", "-o", str(folder), "--steps", "50", "--batch", "2")
    assert again.code == 1 and "Go on with --resume" in again.err


def test_a_short_run_says_how_it_did_beside_a_box_at_rest(tmp_path: Path) -> None:
    done = run("train", "-o", str(tmp_path / "r"), "--steps", "1", "--batch", "2", "--scenes", "1")
    assert done.code == 0, done.err
    assert "Held-out scenes after 1 step" in done.out and "box at rest" in done.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--variant", "mini64-t3"], "needs trained weights of one template to start from"),
        (["--variant", "huge"], "unknown variant 'huge'"),
        (["--steps", "0"], "--steps"),
        (["--batch", "1"], "--batch"),
    ],
)
def test_wrong_usage_is_refused(options: list[str], message: str, tmp_path: Path) -> None:
    done = run("train", "-o", str(tmp_path / "r"), *options)
    assert done.code == 2 and message in " ".join(done.err.split())
    assert not (tmp_path / "r").exists()
