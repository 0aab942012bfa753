"""`convert --rounding`: what is fitted, and what the model says about it."""

from functools import partial
from pathlib import Path

import pytest

from spiketrack.graph.store import load_model
from spiketrack.network import random_checkpoint, save_checkpoint
from spiketrack.pipeline import convert as converting
from spiketrack.pipeline.fit_crops import FIT_SEED, draw_fit_crops
from tests.spiketrack.cli.run import run


@pytest.mark.slow
def test_a_fitted_model_says_to_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "draw_fit_crops", partial(draw_fit_crops, targets=1))
    weights, model = tmp_path / "w.safetensors", tmp_path / "m.stk"
    save_checkpoint(random_checkpoint("mini64-t1", 0), weights, random_seed=0)
    options = ("--weight-bits", "4", "--rounding", "fitted")
    done = run("convert", weights, "-o", model, *options)
    assert done.code == 0, done.err
    fitted = load_model(model)
    assert fitted.variant["rounding"] == "fitted" and fitted.variant["weight_bits"] == 4
    assert fitted.report["fitted_to"] == {"seed": FIT_SEED, "targets": 1, "search_crops": 2}
    assert fitted.report["search"]["share_of_channels_with_rounded_weights"] == {}


def test_fitting_is_for_trackers(tmp_path: Path) -> None:
    done = run("convert", "net.nir", "-o", tmp_path / "m.stk", "--rounding", "fitted")
    assert done.code == 2 and "--rounding is for a tracker's checkpoint" in done.err
