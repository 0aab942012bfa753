"""Tiny checkpoints, their converted models and a short video, made once per test session."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from spiketrack.graph.model import Model
from spiketrack.graph.store import save_model
from spiketrack.network import load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.pipeline import convert_network
from spiketrack.tracking import Box, make_synthetic_video

N_FRAMES = 7
"""Of the video; one less can be tracked."""


@dataclass(frozen=True)
class Tiny:
    """Files of one tiny variant with random weights."""

    name: str
    checkpoint: Path
    stk: Path
    video: Path
    box: Box
    model: Model

    @property
    def target(self) -> list[str]:
        """Video and box as the command line takes them."""
        return [str(self.video), "--box", str(self.box)]


_MADE: dict[str, Tiny] = {}


def _make(name: str, folder: Path) -> Tiny:
    checkpoint = folder / f"{name}.safetensors"
    save_checkpoint(random_checkpoint(name, 0), checkpoint)
    made = make_synthetic_video(folder / "video.mp4", N_FRAMES, (128, 96))
    network = load_checkpoint(checkpoint)
    model = convert_network(network, folder).model
    save_model(folder / f"{name}.stk", model)
    return Tiny(name, checkpoint, folder / f"{name}.stk", made.path, made.first_box, model)


def tiny(name: str, factory: pytest.TempPathFactory) -> Tiny:
    """The files of `tiny128-t1` or `tiny128-t3`; nobody may change them."""
    if name not in _MADE:
        _MADE[name] = _make(name, factory.mktemp(name))
    return _MADE[name]


@pytest.fixture(scope="session")
def t1(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """One template."""
    return tiny("tiny128-t1", tmp_path_factory)


@pytest.fixture(scope="session")
def t3(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Three templates."""
    return tiny("tiny128-t3", tmp_path_factory)
