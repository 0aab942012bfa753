"""The checkpoints the package carries: what their records say is true of the files, and they track.

Tracking is looked at on videos the training never saw and whose generator is another one.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from simulation.tracking_engines import NetworkEngine
from spiketrack.errors import CheckpointError
from spiketrack.network import load_checkpoint, trained_checkpoint, trained_variants
from spiketrack.provenance import sha256_file
from spiketrack.tracking import Tracker, iou, synthetic_frames
from spiketrack.training.evaluate import LOST
from spiketrack.training.pairs import data_hash
from spiketrack.training.recipe import Recipe

TEN_MEGABYTES = 10 * 2**20


@pytest.fixture(params=trained_variants())
def weights(request: pytest.FixtureRequest) -> Path:
    return trained_checkpoint(request.param)


def test_there_is_one_of_one_template_and_one_of_three() -> None:
    assert trained_variants() == ("mini64-t1", "mini64-t3")


def test_a_variant_without_weights_says_what_to_do() -> None:
    with pytest.raises(CheckpointError, match="trained weights of s256-t1.*spiketrack train"):
        trained_checkpoint("s256-t1")


def test_the_record_is_of_these_weights(weights: Path) -> None:
    record = json.loads(weights.with_suffix(".json").read_text())
    assert weights.stat().st_size < TEN_MEGABYTES
    assert sha256_file(weights) == record["sha256"]
    network = load_checkpoint(weights)
    assert network.variant.name == record["recipe"]["variant"] == weights.stem
    assert network.random_weights() is None


def test_this_machine_draws_the_data_they_learned_from(weights: Path) -> None:
    record = json.loads(weights.with_suffix(".json").read_text())
    recipe = Recipe(**record["recipe"])
    if data_hash(recipe.seed, recipe.draw()) != record["data_sha256"]:
        pytest.skip("another release of OpenCV draws other pixels")


def test_the_card_tells_the_records_figures(weights: Path) -> None:
    record = json.loads(weights.with_suffix(".json").read_text())
    card = weights.with_suffix(".md").read_text()
    for name, scores in record["scores"]["trackers"].items():
        row = " | ".join(f"{scores[k]:.3f}" for k in ("auc", "precision", "mean_iou", "held"))
        assert f"| {name} | {row} |" in card
    assert record["sha256"] in card and weights.with_suffix(".png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_they_follow_a_target_of_another_generator(weights: Path, seed: int) -> None:
    tracker = Tracker(NetworkEngine(load_checkpoint(weights)))
    (first, box), *rest = synthetic_frames(40, seed=seed)
    tracker.initialise(first, box)
    overlaps = [iou(tracker.track(frame).box, truth) for frame, truth in rest]
    at_rest = [iou(box, truth) for _, truth in rest]
    assert np.mean(overlaps) > 0.55 > 2 * np.mean(at_rest)
    assert min(overlaps) > LOST
