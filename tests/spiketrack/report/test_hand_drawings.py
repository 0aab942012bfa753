"""What is painted: every bar, dot and label where the numbers worked out by hand put it.

The painting of each chart is caught before it becomes a PNG, so that bars that change places, or a
label beside the wrong one, show.
"""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from hardware.energy import AuditReport, audit
from hardware.energy.phases import main_phase
from spiketrack.counts import profile_from
from spiketrack.report import energy_figures, layer_figures
from tests.spiketrack.report.hand_profile import hand_profile, hand_run
from tests.spiketrack.report.painted_charts import catch_paintings

M, K = 1e6, 1e3
UJ = 1e-3
"""Millijoules in a microjoule: charts are in mJ."""
STAGES = ["stage 1", "stage 3", "retrieval", "head"]
PALE = 0.35


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(profile_from(hand_profile()))


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[Axes]:
    """The axes of every chart that is drawn, in order."""
    return catch_paintings(monkeypatch, energy_figures, layer_figures)


def bars(axes: Axes) -> list[tuple[float, float, float]]:
    """(middle on the vertical axis, left end, right end) of every bar, as drawn."""
    found = []
    for group in axes.containers:
        for bar in group:
            middle = bar.get_y() + bar.get_height() / 2
            found.append((round(middle, 6), bar.get_x(), bar.get_x() + bar.get_width()))
    return found


def labels(axes: Axes) -> list[tuple[str, float]]:
    """(text, row) of every label."""
    return [(one.get_text(), round(one.xy[1], 6)) for one in axes.texts]  # type: ignore[attr-defined]


def places(marks: Collection) -> Any:
    """[along, row] of every mark of a kind."""
    return np.asarray(marks.get_offsets()).tolist()


def drawn(line: Line2D) -> tuple[list[float], float]:
    """How far a horizontal line goes, and its row."""
    along, rows = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    return along.tolist(), float(rows[0])


def rows_of_names(axes: Axes) -> dict[str, float]:
    ticks = zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
    return {text.get_text(): float(at) for text, at in ticks}


def first_is_on_top(axes: Axes) -> bool:
    """Whether rows go down as they are counted."""
    bottom, top = axes.get_ylim()
    return bottom > top


def near(found: Any) -> Any:
    return pytest.approx(found, rel=1e-9, abs=1e-12)


def test_outline_pale_and_full_bars_of_each_stage(painted: list[Axes]) -> None:
    layer_figures.synops_by_stage(main_phase(profile_from(hand_profile())))
    (axes,) = painted
    assert rows_of_names(axes) == dict(zip(STAGES, range(4), strict=True))
    assert first_is_on_top(axes)
    dense, unary, graded = axes.containers
    assert [bar.get_width() for bar in dense] == [2 * M, 10 * M, 3 * M, 1 * M]
    assert [bar.get_width() for bar in unary] == [0, 4.5 * M, 2.2 * M, 240 * K]
    assert [bar.get_width() for bar in graded] == [0, 1.8 * M, 1.1 * M, 150 * K]
    assert (dense[1].get_facecolor()[3], to_hex(dense[1].get_edgecolor())) == (0, "#8a94a3")
    assert (unary[1].get_alpha(), graded[1].get_alpha()) == (PALE, None)
    assert labels(axes) == [
        ("0 graded, 0 unary of 2 M dense", 0),
        ("1.80 M graded, 4.50 M unary of 10 M dense", 1),
        ("1.10 M graded, 2.20 M unary of 3 M dense", 2),
        ("150 k graded, 240 k unary of 1 M dense", 3),
    ]
    assert axes.get_xlabel() == "operations per frame"


def test_pale_and_full_bars_of_each_layer(painted: list[Axes]) -> None:
    layer_figures.synops_per_layer(main_phase(profile_from(hand_profile())))
    (axes,) = painted
    assert list(rows_of_names(axes)) == [
        "downsample1_1.encode_conv", "block3.0.mlp.fc1_conv", "mrm.0.qM", "head.conv1_ctr",
    ]  # fmt: skip
    assert first_is_on_top(axes)
    unary, graded = axes.containers
    assert [bar.get_width() for bar in unary] == [0, 4.5 * M, 2.2 * M, 240 * K]
    assert [bar.get_width() for bar in graded] == [0, 1.8 * M, 1.1 * M, 150 * K]
    assert (unary[1].get_alpha(), graded[1].get_alpha()) == (PALE, None)
    # Blue, olive, red, violet: stage 1, stage 3, retrieval, head.
    colours = ["#0b6e99", "#7a9e3a", "#b0413e", "#6b4c9a"]
    assert [to_hex(bar.get_facecolor()) for bar in graded] == colours
    assert labels(axes) == [("no spikes", 0), ("1.80 M", 1), ("1.10 M", 2), ("150 k", 3)]
    assert axes.get_xlabel() == "SynOps per tracked frame"
    assert axes.get_xlim() == near((0, 4.5 * M * 1.12))
    # The legend names the stages that there are.
    figure = axes.get_figure()
    assert figure is not None
    (legend,) = figure.legends
    assert [one.get_text() for one in legend.get_texts()] == STAGES


def test_dots_are_shares_and_ticks_are_means(painted: list[Axes]) -> None:
    layer_figures.firing_rate_per_layer(main_phase(profile_from(hand_profile())), 4)
    (axes,) = painted
    assert first_is_on_top(axes)
    _, dots, ticks = axes.collections
    assert places(dots) == [near(one) for one in ([0.2, 0], [0.4, 1], [0.2, 2])]
    assert places(ticks) == [near(one) for one in ([0.5, 0], [0.8, 1], [0.3, 2])]
    shapes = [np.asarray(marks.get_paths()[0].vertices) for marks in (ticks, dots)]
    assert len(shapes[0]) < len(shapes[1])  # a stroke has fewer corners than a circle
    assert labels(axes) == [("20 %, 0.500", 0), ("40 %, 0.800", 1), ("20 %, 0.300", 2)]
    words = "dot: share of inputs that are not zero; tick: mean integer (0 to 4)"
    assert axes.get_xlabel() == words


def test_grey_is_the_formula_and_colour_the_count(painted: list[Axes], report: AuditReport) -> None:
    energy_figures.formula_against_counted(report)
    (axes,) = painted
    assert rows_of_names(axes) == dict(zip(STAGES, range(4), strict=True))
    assert first_is_on_top(axes)
    formula = [9.2, 5 * 0.9, 2.4 * 0.9, 0.3 * 0.9]
    counted = [8.28, 4.1666, 2.4409, 0.2271]
    expected = []
    for row in range(4):
        expected.append((row - 0.19, 0, formula[row] * UJ))
        expected.append((row + 0.19, 0, counted[row] * UJ))
    assert bars(axes) == [near(one) for one in expected]
    grey = [to_hex(group[0].get_facecolor()) == "#8a94a3" for group in axes.containers]
    assert grey == [True, False] * 4
    assert labels(axes)[:4] == [
        ("formula 9.20 µJ", -0.19), ("counted 8.28 µJ", 0.19),
        ("formula 4.50 µJ", 0.81), ("counted 4.17 µJ", 1.19),
    ]  # fmt: skip
    assert axes.get_xlabel() == "energy per tracked frame (mJ), fp32 prices at 45 nm, compute only"


def test_the_waterfall_falls_from_bar_to_bar(painted: list[Axes], report: AuditReport) -> None:
    chain = next(one for one in report.gaps if one.model == "horowitz45-fp32")
    energy_figures.gap_figure(chain, "fp32")
    (axes,) = painted
    assert list(rows_of_names(axes)) == [
        "formula, D twice, T on everything", "D counted twice", "T on everything",
        "borders and where spikes lie", "zero weights", "channel gate", "counted",
    ]  # fmt: skip
    assert first_is_on_top(axes)
    levels = [
        (0, 93.48),
        (44.07, 93.48),
        (16.13, 44.07),
        (14.895, 16.13),
        (14.526, 14.895),
        (14.526, 14.986),  # the gate adds
        (0, 15.1146),
    ]
    assert bars(axes) == [
        near((row, low * UJ, high * UJ)) for row, (low, high) in enumerate(levels)
    ]
    falls = [to_hex(group[0].get_facecolor()) for group in axes.containers]
    assert falls[1:5] == ["#7fb6cf"] * 4 and falls[5] == "#c58b1b"
    assert labels(axes) == [
        ("93.5 µJ", 0), ("− 49.4 µJ", 1), ("− 27.9 µJ", 2), ("− 1.24 µJ", 3), ("− 369 nJ", 4),
        ("+ 460 nJ", 5), ("15.1 µJ", 6),
    ]  # fmt: skip
    assert axes.get_xlabel() == "energy per frame (mJ)"
    # The largest bar fills most of the picture.
    assert axes.get_xlim() == near((0, 93.48 * 1.18 * UJ))


def test_every_energy_stands_in_the_row_of_its_name(
    painted: list[Axes], report: AuditReport
) -> None:
    energy_figures.energy_by_model(report)
    (axes,) = painted
    assert first_is_on_top(axes)
    names = rows_of_names(axes)
    marks = [(drawn(line), line) for line in axes.lines]
    dots = {row: along[0] for (along, row), line in marks if line.get_marker() == "o"}
    spans = {row: along for (along, row), line in marks if line.get_alpha() == 0.25}
    told = {row: text for text, row in labels(axes)}
    for name, value, low, high, text in (
        ("D once, T where it runs", 16.13, 16.13, 16.13, "16.1 µJ"),
        ("B256-T3, 1/7.6 of TransT", 9900, 9900, 9900, "9.90 mJ"),
        ("Exact counts, int8 weights, unrolled", 1.3258, 0.707, 1.3258, "1.33 µJ"),
        ("Lemaire 2022, with memory", 62.6787, 34.6537, 286.8787, "62.7 µJ"),
        ("Loihi 1 prices, unrolled spikes", 213.54945, 211.80945, 213.54945, "214 µJ"),
        ("Quantised ANN, every MAC", 4.83, 3.703, 4.83, "4.83 µJ"),
        ("this one: Exact counts, int8 weights, graded", 1.485, 1.1385, 1.485, "1.49 µJ"),
    ):
        row = names[name]
        assert dots[row] == near(value * UJ), name
        assert spans[row] == near([low * UJ, high * UJ]), name
        assert told[row].strip() == text
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "energy per tracked frame (mJ, logarithmic)"
    # Headings stand one row above the first of their group.
    assert names["formula"] == names["D once, T where it runs"] - 1
    assert names["counted, with memory"] == names["Exact counts, int8 weights, with SRAM"] - 1


def test_a_network_without_stages_has_no_legend_of_them(painted: list[Axes]) -> None:
    layer_figures.synops_per_layer(main_phase(profile_from(hand_run())))
    figure = painted[0].get_figure()
    assert figure is not None and figure.legends == []
