"""The numbers behind every chart and its words, worked out by hand from `hand_profile`."""

from typing import Any

import pytest

from hardware.energy import audit
from spiketrack.counts import profile_from
from spiketrack.report.canvas import Chart
from spiketrack.report.figures import audit_charts, profile_charts
from tests.spiketrack.report.hand_profile import CONV, HEAD, READ, RGB, hand_profile

M, K = 1e6, 1e3
UJ = 1e-3
"""Millijoules in a microjoule: charts are in mJ."""


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    profile = hand_profile()
    report = audit(profile_from(profile))
    return {
        one.name: one
        for one in (*profile_charts(profile_from(profile), report), *audit_charts(report))
    }


def numbers(found: Any) -> Any:
    return pytest.approx(found, rel=1e-12)


def test_the_work_of_each_stage(charts: dict[str, Chart]) -> None:
    chart = charts["synops_by_stage"]
    assert dict(chart.data) == {
        "unit": "operations per track frame",
        "stages": ["stage 1", "stage 3", "retrieval", "head"],
        "graded": [0, 1.8 * M, 1.1 * M, 150 * K],
        "unary": [0, 4.5 * M, 2.2 * M, 240 * K],
        "dense": [2 * M, 10 * M, 3 * M, 1 * M],
    }
    assert chart.alt == (
        "stage 1: 0 graded SynOps; stage 3: 1.80 M graded SynOps; retrieval: 1.10 M graded "
        "SynOps; head: 150 k graded SynOps"
    )
    assert chart.caption == (
        "Full colour shows graded SynOps, pale colour unary SynOps, the outline dense MACs of the "
        "same layers."
    )


def test_the_work_of_each_layer_down_to_the_last(charts: dict[str, Chart]) -> None:
    assert dict(charts["synops_per_layer"].data) == {
        "unit": "SynOps per track frame",
        "layers": [RGB, CONV, READ, HEAD],
        "graded": [0, 1.8 * M, 1.1 * M, 150 * K],
        "unary": [0, 4.5 * M, 2.2 * M, 240 * K],
    }
    assert charts["synops_per_layer"].alt.startswith("Horizontal bars: SynOps of 4 layers;")


def test_the_rate_at_each_layer(charts: dict[str, Chart]) -> None:
    chart = charts["firing_rate_per_layer"]
    assert dict(chart.data) == {
        "unit": "per input and step",
        "layers": [CONV, READ, HEAD],
        "share_non_zero": [10 / 50, 6 / 15, 1 / 5],
        "mean_integer": [25 / 50, 12 / 15, 1.5 / 5],
    }
    assert "The formula uses the tick, a graded chip pays for the dot." in chart.caption


def test_the_formula_beside_the_count_of_each_stage(charts: dict[str, Chart]) -> None:
    chart = charts["formula_against_counted"]
    assert chart.data["stages"] == ["stage 1", "stage 3", "retrieval", "head"]
    # Formula, D once: 2 x 4.6; 5 x 0.9; 2.4 x 0.9; 0.3 x 0.9 uJ.
    assert chart.data["formula_single_d"] == numbers([9.2 * UJ, 4.5 * UJ, 2.16 * UJ, 0.27 * UJ])
    # Counted at fp32 prices, with neurons, gate and host where they are.
    assert chart.data["counted_fp32"] == numbers(
        [
            1.8 * 4.6 * UJ,
            (4.5 * 0.9 + 0.015 * 4 * 0.9 + 0.012 * 0.9 + 0.014 * 3.7) * UJ,
            (2.2 * 0.9 + 0.1 * 4.6 + 0.001 * 0.9) * UJ,
            (0.24 * 0.9 + 0.003 * 3.7) * UJ,
        ]
    )
    assert chart.alt == (
        "stage 1: formula 9.20 µJ, counted 8.28 µJ; stage 3: formula 4.50 µJ, counted 4.17 µJ; "
        "retrieval: formula 2.16 µJ, counted 2.44 µJ; head: formula 270 nJ, counted 227 nJ"
    )
    words = "Grey shows the formula with D counted once, colour exact unary SynOps"
    assert chart.caption.startswith(words)


def test_the_waterfall_from_the_formula(charts: dict[str, Chart]) -> None:
    chart = charts["gap"]
    data = dict(chart.data)
    assert (data["unit"], data["model"]) == ("mJ per frame", "horowitz45-fp32")
    assert (data["start"], data["end"]) == numbers((93.48 * UJ, 15.1146 * UJ))
    steps = {one["name"]: (one["delta"], one["after"]) for one in data["steps"]}
    assert list(steps) == [
        "D counted twice", "T on everything", "borders and where spikes lie", "zero weights",
        "graded spikes", "channel gate", "price of one operation", "neuron updates",
        "membrane and rescale arithmetic", "memory", "messages", "host work",
    ]  # fmt: skip
    assert steps["D counted twice"] == pytest.approx((-49.41 * UJ, 44.07 * UJ))
    assert steps["T on everything"] == pytest.approx((-27.94 * UJ, 16.13 * UJ))
    assert steps["zero weights"] == pytest.approx((-0.369 * UJ, 14.526 * UJ))
    assert steps["channel gate"] == pytest.approx((0.46 * UJ, 14.986 * UJ))
    # Shown are steps above 0.2 % of 93.48 uJ, that is above 187 nJ.
    assert chart.alt == (
        "Waterfall: D counted twice − 49.4 µJ; T on everything − 27.9 µJ; borders and where "
        "spikes lie − 1.24 µJ; zero weights − 369 nJ; channel gate + 460 nJ"
    )


def test_every_energy_on_one_axis(charts: dict[str, Chart]) -> None:
    chart = charts["energy_by_model"]
    assert chart.data["unit"] == "mJ per track frame"
    points = [
        (one["group"], one["label"], one["value"], one["low"], one["high"])
        for one in chart.data["points"]
    ]
    formula = [(16.13, "D once, T where it runs"), (36.92, "D twice, T where it runs"),
               (44.07, "D once, T on everything"), (93.48, "D twice, T on everything")]  # fmt: skip
    rival = "rivals and this one, multiply/accumulate only"
    memory_mb = 3.8 + 7.32 + 2 * 0.045
    expected = [
        *(("formula", name, uj, uj, uj) for uj, name in formula),
        ("claim", "B256-T3, 1/7.6 of TransT", 9900, 9900, 9900),
        ("counted, compute only", "Exact counts at the papers' fp32 price",
         15.1146, 15.1146, 15.1146),
        ("counted, compute only", "Exact counts, int8 weights, unrolled", 1.3258, 0.707, 1.3258),
        ("counted, compute only", "Exact counts, int8 weights, graded", 1.5468, 1.2003, 1.5468),
        ("counted, with memory", "Exact counts, int8 weights, with SRAM",
         1.3258 + memory_mb * 2.5, 0.707 + memory_mb * 1.25, 1.3258 + memory_mb * 12.5),
        ("counted, with memory", "Lemaire 2022, with memory",
         6.6287 + memory_mb * 5, 6.6287 + memory_mb * 2.5, 6.6287 + memory_mb * 25),
        ("counted, chip dynamic", "Loihi 1 prices, unrolled spikes",
         213.54945, 211.80945, 213.54945),
        ("counted, chip dynamic", "Loihi 1 prices, graded spikes",
         118.0639, 117.6289, 118.0639),
        ("counted, chip dynamic", "Loihi 1 fitted on silicon, graded spikes",
         124.551, 124.551, 124.551 + 3.05 * (35.5 - 24)),
        (rival, "Quantised ANN, every MAC", 16.1 * 0.3, 16.1 * 0.23, 16.1 * 0.3),
        (rival, "Quantised ANN that skips zeros", 4.95 * 0.3, 4.95 * 0.23, 4.95 * 0.3),
        (rival, "Float ANN, every MAC", 16.1 * 4.6, 16.1 * 4.6, 16.1 * 4.6),
        (rival, "this one: Exact counts at the papers' fp32 price", 14.986, 14.986, 14.986),
        (rival, "this one: Exact counts, int8 weights, unrolled", 1.264, 0.6452, 1.264),
        (rival, "this one: Exact counts, int8 weights, graded", 1.485, 1.1385, 1.485),
    ]  # fmt: skip
    assert [point[:2] for point in points] == [point[:2] for point in expected]
    for found, wanted in zip(points, expected, strict=True):
        assert found[2:] == pytest.approx([one * UJ for one in wanted[2:]], rel=1e-12), wanted[1]
    assert chart.alt.startswith("Energy per tracked frame: D once, T where it runs 16.1 µJ; ")
    assert chart.alt.endswith("this one: Exact counts, int8 weights, graded 1.49 µJ")
