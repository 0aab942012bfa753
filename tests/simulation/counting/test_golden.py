"""Counts of every layer equal the official implementation's, on the dyadic weights."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from conversion.from_network import float_graphs
from simulation.counting.counter import EventCounter
from simulation.floats.engine import run_float
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.network.variants import find_variant
from tests.golden.recipe import fill
from tests.spiketrack.network.golden_network import inputs, official_shapes

COLUMNS = {
    "dense_macs": "dense_macs",
    "macs_inside_borders": "macs_inside_borders",
    "inputs": "inputs",
    "outputs": "outputs",
    "sum_s": "unary_spikes",
    "nonzero_s": "events",
    "synops_unary_all_weights": "unary_all_weights",
    "synops_graded_all_weights": "all_weights",
}
COUNTED = ("conv", "rgb_conv", "memory_write", "memory_read")
Rows = dict[str, dict[str, int]]


def official_rows(variant: str, branch: str) -> Rows:
    """Per layer of one branch: every column the official counts fill."""
    path = Path(__file__).resolve().parents[2] / "golden" / "counts_excerpt.csv"
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = [r for r in csv.DictReader(lines) if (r["variant"], r["branch"]) == (variant, branch)]
    return {row["layer"]: {key: int(row[key] or 0) for key in COLUMNS} for row in rows}


def our_rows(layers: tuple[LayerCounts, ...]) -> Rows:
    """The same from our counts; both calls of a module ('@1') in one row."""
    rows: Rows = {}
    for layer in layers:
        if layer.kind in COUNTED:
            row = rows.setdefault(layer.name.partition("@")[0], dict.fromkeys(COLUMNS, 0))
            for column, field in COLUMNS.items():
                row[column] += getattr(layer, field)
    return rows


def dyadic_graphs(variant: str) -> dict[str, Graph[FloatNode]]:
    return float_graphs(fill(official_shapes(variant), dyadic=True), find_variant(variant))


def pixels(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """A crop (T, 1, 3, H, W) or (1, 3, H, W) as the graph's input."""
    return {"image": x if x.ndim == 5 else x[None]}


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["s256-t1", "s256-t3"])
def test_counts_of_every_layer_equal_the_official_ones(variant: str) -> None:
    graphs = dyadic_graphs(variant)
    templates, search = (pixels(x) for x in inputs(variant, torch.float32))
    run = run_float(graphs["template"], templates)
    counter = EventCounter(graphs["template"])
    counter.add_run(run)
    assert our_rows(counter.counts("init").layers) == official_rows(variant, "template")
    memories = {name: torch.from_numpy(np.array(x)) for name, x in run.outputs.items()}
    del run
    counter = EventCounter(graphs["search"])
    counter.add_run(run_float(graphs["search"], {**search, **memories}))
    counts = counter.counts("track")
    assert our_rows(counts.layers) == official_rows(variant, "search")
    assert counts.totals()["rescale_multiplies"] > 0
    silent = [one.name for one in counts.layers if one.kind == "neuron" and not one.messages]
    assert silent == []


def test_the_official_rows_follow_the_formula_of_a_1x1_convolution() -> None:
    rows = official_rows("s256-t1", "template")
    row = rows["encoder.ConvBlock1_1.0.Conv.pwconv1.0"]
    # 16 -> 32 channels on 128 x 128: every spike meets 32 weights.
    assert row["dense_macs"] == 16 * 32 * 128 * 128
    assert row["synops_unary_all_weights"] == 32 * row["sum_s"] == 32 * 95425
    assert row["synops_graded_all_weights"] == 32 * row["nonzero_s"] == 32 * 67299
