"""Fitted graphs: the windows that are seen, and integers that keep every fitted weight exactly."""

from typing import Any

import numpy as np
import pytest

from calibration.fit_graph import FitCrops, fit_graph, windows_of
from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.network import load_checkpoint, trained_checkpoint
from spiketrack.pipeline.convert import folded_graphs
from spiketrack.pipeline.fit_crops import draw_fit_crops


def conv(weight: Array, **options: Any) -> f.FloatConv:
    return f.FloatConv(
        name="c", inputs=("x",), weight=weight, bias=np.zeros(len(weight)), **options
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
    weight = rng.normal(size=(3, 2, 1, 1))
    source = f.FloatInput(name="x", shape=(1, 2, 4, 4), signal="spikes")
    out = f.FloatOutput(name="y", inputs=("c",))
    graph: Graph[f.FloatNode] = Graph("g", (source, conv(weight), out))
    x = rng.integers(0, 5, (1, 1, 2, 4, 4)).astype(np.float64)
    fitted = fit_graph(graph, QuantiseOptions(weight_bits=3), [{"x": x}])["c"]
    assert isinstance(fitted, f.FloatConv)
    before = np.einsum("oi,ihw->ohw", weight[:, :, 0, 0], x[0, 0]).mean(axis=(1, 2))
    after = np.einsum("oi,ihw->ohw", fitted.weight[:, :, 0, 0], x[0, 0]).mean(axis=(1, 2))
    assert np.abs(fitted.weight - weight).max() > 0.01
    assert after + fitted.bias == pytest.approx(before)


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
