"""The option --ablation: a checkpoint that says what it is, and what is refused."""

from pathlib import Path

import pytest

from spiketrack.network import load_checkpoint
from tests.spiketrack.cli.run import run


def test_random_checkpoint_writes_an_ablation_that_its_reader_knows(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    done = run("random-checkpoint", "mini64-t3", "--ablation", "mean-fusion", "-o", str(file))
    assert done.code == 0, done.err
    assert "mini64-t3+mean-fusion, random weights, seed 0" in done.out
    assert load_checkpoint(file).variant.name == "mini64-t3+mean-fusion"


@pytest.mark.parametrize(
    ("variant", "ablation", "words"),
    [
        ("mini64-t3", "one-stream", "unknown ablation 'one-stream'"),
        ("mini64-t1", "fixed-decay", "fixed-decay changes nothing"),
    ],
)
def test_an_ablation_that_cannot_be_is_refused(
    variant: str, ablation: str, words: str, tmp_path: Path
) -> None:
    done = run("random-checkpoint", variant, "--ablation", ablation, "-o", str(tmp_path / "w.pth"))
    assert done.code == 2
    assert words in " ".join(done.err.replace("│", " ").split())
    assert not (tmp_path / "w.pth").exists()
