"""`convert --rounding`: what is fitted, and what the model says about it."""

import json
from functools import partial
from pathlib import Path

import pytest

from calibration import mixed
from spiketrack.graph.spike_nodes import SpikeConv
from spiketrack.graph.store import load_model
from spiketrack.network import random_checkpoint, save_checkpoint, trained_checkpoint
from spiketrack.pipeline import convert as converting
from spiketrack.pipeline import mix as mixing
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


@pytest.mark.slow
def test_layers_get_as_few_bits_as_the_budget_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "draw_fit_crops", partial(draw_fit_crops, targets=1))
    monkeypatch.setattr(mixing, "JUDGED", 2)
    monkeypatch.setattr(mixed, "WIDTHS", (8, 4))
    model = tmp_path / "m.stk"
    done = run("convert", trained_checkpoint("mini64-t1"), "-o", model, "--mixed", "100", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)["report"]["mixed"]
    # Any box will do, so that every layer is as narrow as can be.
    assert list(found["layers_by_bits"]) == ["4"] and found["mean_bits"] == 4.0
    assert found["budget_points"] == 100 and found["crops"] == 4
    graphs = load_model(model).graphs.values()
    convs = [node for graph in graphs for node in graph if isinstance(node, SpikeConv)]
    assert {node.weight_bits for node in convs} == {4}
    assert found["weight_bits_of_memory"] == 4 * sum(node.weight_q.size for node in convs)


def test_fitting_is_for_trackers(tmp_path: Path) -> None:
    done = run("convert", "net.nir", "-o", tmp_path / "m.stk", "--rounding", "fitted")
    assert done.code == 2 and "--rounding is for a tracker's checkpoint" in done.err
