"""Names that attack what shows them: charts, the page, spreadsheets."""

import csv
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardware.energy import audit
from hardware.energy.phases import main_phase
from hardware.mapping import MapOptions, map_graph, record_of
from spiketrack.counts import profile_from
from spiketrack.report import canvas
from spiketrack.report.canvas import LONGEST_LABEL, chart_label
from spiketrack.report.figures import audit_charts, profile_charts
from spiketrack.report.layer_figures import synops_per_layer
from spiketrack.report.mapping_figures import mapping_charts
from spiketrack.report.mapping_tables import layer_csv
from spiketrack.report.page import render_page
from tests.hardware.energy.sample_profile import connection, small_profile
from tests.hardware.mapping.chip_graphs import residual, small_target

NASTY = (
    r"a$\frac{$", r"$\undefined", "$$", "\x1b[2J\x1b]0;owned\x07", "left\u202eright", "two\nlines",
    "层\u200b层", "<script>alert(1)</script>", "=HYPERLINK(1)", "x" * 400,
)  # fmt: skip


def test_no_name_stops_a_chart_or_is_drawn_as_a_formula() -> None:
    profile = small_profile(*(connection(name) for name in NASTY))
    report = audit(profile_from(profile))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        charts = (*profile_charts(profile_from(profile), report), *audit_charts(report))
    assert {"synops_per_layer", "firing_rate_per_layer"} <= {chart.name for chart in charts}


def test_a_page_shows_names_escaped() -> None:
    profile = small_profile(*(connection(name) for name in NASTY))
    profile["alarms"] = ["layer '\x1b[2J' is \u202e dead"]
    report = audit(profile_from(profile))
    page = render_page(profile_from(profile), report, (), with_audit=True)
    assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(page)
    assert r"\x1b[2J\x1b]0;owned\x07" in page and r"left\u202eright" in page
    assert r"two\nlines" in page and "<script>alert" not in page


def test_a_long_name_loses_its_middle_in_a_chart_only() -> None:
    label = chart_label("a" * 100 + "b" * 100)
    assert len(label) == LONGEST_LABEL and label.startswith("aaa") and label.endswith("bbb")
    assert chart_label("encoder.block3.0\x1b") == r"encoder.block3.0\x1b"


def test_no_name_in_a_spreadsheet_is_a_formula() -> None:
    record = record_of(map_graph(residual(), small_target(), MapOptions(moves=50)), {})
    starts = ("=1+1", "+1", "-1", "@sum(a)")
    layers = tuple(
        replace(layer, name=name) for layer, name in zip(record.layers, starts, strict=True)
    )
    rows = list(csv.DictReader(io.StringIO(layer_csv(replace(record, layers=layers)))))
    assert [row["layer"] for row in rows] == [f"'{name}" for name in starts]


Drawn = list[tuple[Figure, bytes]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every figure that is drawn while the test runs, with its picture."""
    found: Drawn = []
    draw_rows = canvas.draw_rows

    def kept(
        width: float,
        height: float,
        paint: Callable[[Figure, Axes], None],
        notes: Sequence[canvas.RowNote],
    ) -> tuple[bytes, tuple[canvas.Spot, ...]]:
        figures: list[Figure] = []

        def noted(figure: Figure, axes: Axes) -> None:
            figures.append(figure)
            paint(figure, axes)

        png, spots = draw_rows(width, height, noted, notes)
        found.append((figures[0], png))
        return png, spots

    for module in ("canvas", "layer_figures"):
        monkeypatch.setattr(f"spiketrack.report.{module}.draw_rows", kept)
    return found


def is_whole(figure: Figure, png: bytes) -> bool:
    """Whether the picture is as wide and high as the figure and all texts need."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        needed = figure.get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    width, height = (int.from_bytes(png[at : at + 4], "big") / canvas.DPI for at in (16, 20))
    return bool(width >= needed.width and height >= needed.height)


def test_the_title_of_a_map_is_whole(drawn: Drawn) -> None:
    charts = mapping_charts(map_graph(residual(), small_target(), MapOptions(moves=50)))
    assert len(drawn) == len(charts) == 4
    for figure, png in drawn:
        assert small_target().title in figure.axes[0].get_title().splitlines()[1]
        assert is_whole(figure, png)


def test_the_names_of_layers_are_whole(drawn: Drawn) -> None:
    synops_per_layer(main_phase(profile_from(small_profile(*(connection(name) for name in NASTY)))))
    assert is_whole(*drawn[0])


def test_a_picture_grows_with_its_title(drawn: Drawn) -> None:
    wide = replace(small_target(), title="a chip with a name of forty-eight letters, in all")
    mapping_charts(map_graph(residual(), wide, MapOptions(moves=50)))
    assert all(is_whole(figure, png) for figure, png in drawn)


def test_a_chart_of_too_many_layers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiketrack.report.layer_figures.MOST_LAYERS", 2)
    chart = synops_per_layer(
        main_phase(profile_from(small_profile(*(connection(f"n{i}") for i in range(3)))))
    )
    assert chart.data["layers"] == ["n0", "n1"]
    assert chart.caption.endswith("Drawn are the first 2 of 3 layers; the table has all.")
