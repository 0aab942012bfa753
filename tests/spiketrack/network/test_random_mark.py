"""Random weights say so in the checkpoint, and only as long as they are these weights."""

from pathlib import Path

import pytest
import torch

from spiketrack.network import build_network, load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.network.random_mark import KEY, mark_text, seed_in

NAME = "tiny128-t1"


@pytest.mark.parametrize("file", ["a.pth.tar", "a.safetensors"])
def test_the_mark_goes_with_the_file_and_every_copy(file: str, tmp_path: Path) -> None:
    save_checkpoint(random_checkpoint(NAME, 7), tmp_path / file, random_seed=7)
    network = load_checkpoint(tmp_path / file)
    assert network.random_weights() == {"seed": 7}
    for copy in ("b.pth", "b.safetensors"):
        save_checkpoint(network, tmp_path / copy)
        assert load_checkpoint(tmp_path / copy).random_weights() == {"seed": 7}


@pytest.mark.parametrize("file", ["a.pth", "a.safetensors"])
def test_weights_that_were_trained_since_lose_it(file: str, tmp_path: Path) -> None:
    save_checkpoint(random_checkpoint(NAME, 7), tmp_path / file, random_seed=7)
    network = load_checkpoint(tmp_path / file)
    with torch.no_grad():
        next(network.parameters()).add_(1e-3)
    assert network.random_weights() is None
    save_checkpoint(network, tmp_path / file)
    assert load_checkpoint(tmp_path / file).random_weights() is None


def test_other_weights_have_none(tmp_path: Path) -> None:
    save_checkpoint(build_network(NAME), tmp_path / "a.pth")
    assert load_checkpoint(tmp_path / "a.pth").random_weights() is None


@pytest.mark.parametrize(
    "mark", [None, 3, "", ["seed 1"], "seed 1", {"seed": 1}, "seed -1 sha256 0"]
)
def test_a_mark_of_another_form_is_none(mark: object, tmp_path: Path) -> None:
    state = random_checkpoint(NAME, 1)
    torch.save({"net": state, KEY: mark}, tmp_path / "a.pth")
    assert load_checkpoint(tmp_path / "a.pth").random_weights() is None


def test_a_mark_is_of_its_own_weights_alone() -> None:
    one, other = {"a": torch.zeros(2)}, {"a": torch.ones(2)}
    assert seed_in(mark_text(one, 5), one) == 5
    assert seed_in(mark_text(one, 5), other) is None
    with pytest.raises(ValueError, match="1 to 40 digits, found -1"):
        mark_text(one, -1)
