"""Fitted graphs: the windows that are seen, and integers that keep every fitted weight exactly."""

from typing import Any

import numpy as np
import pytest

from calibration.fit_graph import FitCrops, Fitter, windows_of
from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.network import load_checkpoint, trained_checkpoint
from spiketrack.pipeline.convert import folded_graphs
from spiketrack.pipeline.fit_crops import draw_fit_crops


def conv(weight: Array, source: str = "x", **options: Any) -> f.FloatConv:
    return f.FloatConv(
        name="c", inputs=(source,), weight=weight, bias=np.zeros(len(weight)), **options
    )


def test_windows_are_what_each_output_reads() -> None:
    values = np.arange(4.0).reshape(1, 1, 1, 2, 2)
    node = conv(np.ones((1, 1, 1, 2)), padding=(0, 1))
    # Rows 0 1 and 2 3 with a zero on both sides: pairs (0, 0) (0, 1) (1, 0), (0, 2) (2, 3) (3, 0).
    assert windows_of(node, values)[:, 0].tolist() == [
        [0, 0], [0, 1], [1, 0], [0, 2], [2, 3], [3, 0],
    ]  # fmt: skip


def test_windows_of_groups_are_apart() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1, 1)
    node = conv(np.ones((2, 2, 1, 1)), groups=2)
    assert windows_of(node, values).tolist() == [[[1, 2], [3, 4]]]


def test_the_mean_sum_of_every_channel_stays_what_it_was() -> None:
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(3, 3, 1, 1))
    fitter = one_layer(weight, rng.integers(0, 256, (1, 2, 3, 4, 4)))
    options = QuantiseOptions(weight_bits=3)
    fitted = fitter.fitted(options)["search"]["c"]
    assert isinstance(fitted, f.FloatConv)
    mean = fitter.moments["search", "c"].mean[0]
    assert np.abs(fitted.weight - weight).max() > 0.01
    before, after = (of[:, :, 0, 0] @ mean for of in (weight, fitted.weight))
    assert after + fitted.bias == pytest.approx(before)


def test_noise_is_the_variance_that_rounding_adds_over_that_of_the_sums() -> None:
    # A channel with one weight has that weight for its step: nothing is lost, whatever it reads.
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (1, 2, 3, 4, 4))
    alone = np.zeros((2, 3, 1, 1))
    alone[0, 0], alone[1, 0] = 1.0, 0.4
    assert one_layer(alone, images).noise(("search", "c"), 2) == pytest.approx(0.0, abs=1e-9)
    both = rng.normal(size=(2, 3, 1, 1))
    fitter = one_layer(both, images)
    covariance = fitter.moments["search", "c"].covariance[0]
    lost = (both - fitter.fit(("search", "c"), 3).weight)[:, :, 0, 0]
    rows = both[:, :, 0, 0]
    expected = np.trace(lost @ covariance @ lost.T) / np.trace(rows @ covariance @ rows.T)
    assert fitter.noise(("search", "c"), 3) == pytest.approx(expected)


def one_layer(weight: Array, searches: Array) -> Fitter:
    """Both graphs are one convolution of an image; no memory goes from one to the other."""
    source = f.FloatInput(name="image", shape=(1, 3, 4, 4), signal="image")
    out = f.FloatOutput(name="y", inputs=("c",))
    graph: Graph[f.FloatNode] = Graph("g", (source, conv(weight, "image"), out))
    mute = f.FloatOutput(name="y", inputs=("image",))
    empty: Graph[f.FloatNode] = Graph("t", (source, mute))
    crops = FitCrops(searches[:, :1], searches)
    return Fitter({"template": empty, "search": graph}, QuantiseOptions(), [crops])


@pytest.mark.slow
def test_integers_keep_every_fitted_weight() -> None:
    network = load_checkpoint(trained_checkpoint("mini64-t1"))
    graphs = folded_graphs(network)
    crops = draw_fit_crops(network.variant, 2)
    found = quantise_model(graphs, QuantiseOptions(weight_bits=4), crops)
    for name, branch in found.items():
        assert branch.inexact_weights == {}
        convs = [node for node in branch.graph if isinstance(node, s.SpikeConv)]
        assert convs and all(np.abs(node.weight_q).max() <= 7 for node in convs)
        assert all(bound.proved for bound in branch.certificate)
        # The float graph that it is compared with has the weights as they were trained.
        kept = branch.source["encoder.block3.0.mlp.fc1_conv"]
        given = graphs[name]["encoder.block3.0.mlp.fc1_conv"]
        assert isinstance(kept, f.FloatConv) and isinstance(given, f.FloatConv)
        assert (kept.weight == given.weight).all()


def test_crops_to_fit_to_are_the_same_every_time() -> None:
    variant = load_checkpoint(trained_checkpoint("mini64-t3")).variant
    first, second = (draw_fit_crops(variant, 1)[0] for _ in range(2))
    assert isinstance(first, FitCrops)
    assert first.templates.shape == (3, 1, 3, 64, 64) and first.searches.shape == (1, 2, 3, 64, 64)
    assert (first.searches == second.searches).all()
