"""The page in a real browser: charts are drawn, tables sort, the search finds, notes appear."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hardware.energy import audit
from spiketrack.counts import profile_from
from spiketrack.counts.firing import firing_json
from spiketrack.report.write import write_audit_report
from tests.browser import browser, open_page
from tests.hardware.energy.sample_profile import sample_profile
from tests.spiketrack.report.hand_profile import hand_profile

pytestmark = pytest.mark.slow

WIDTHS = (1280, 800)
FUSER = "encoder.mrm.0.retriever.fuser"
WHITE, NIGHT = "rgb(255, 255, 255)", "rgb(20, 25, 31)"


@pytest.fixture(scope="module")
def started() -> Iterator[Any]:
    with browser() as program:
        yield program


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a tracker with some two hundred layers."""
    profile = profile_from(sample_profile())
    return write_audit_report(profile, audit(profile), tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the small tracker whose figures were worked out by hand."""
    profile = profile_from(hand_profile())
    return write_audit_report(profile, audit(profile), tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with the firing of two layers over a crop of two colours."""
    crop = np.zeros((8, 8, 3), np.uint8)
    crop[:, 4:] = 255
    png = cv2.imencode(".png", crop)[1].tobytes()
    maps = {"first": np.array([[0.0, 2.0], [1.0, 0.0]]), "second": np.array([[0.5]])}
    profile = profile_from({**hand_profile(), "firing_maps": firing_json(7, png, maps)})
    return write_audit_report(profile, audit(profile), tmp_path_factory.mktemp("fired"))


def numbers(page: Any, title: str, column: int) -> list[float]:
    """A column of the table with this title as numbers, in the order shown, totals left out."""
    cells = page.locator(
        f"figure.table:has(> figcaption:text-is('{title}')) tbody tr:not(.total) "
        f"td:nth-child({column})"
    )
    return [float(value) for value in cells.evaluate_all("cells => cells.map(c => c.dataset.v)")]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_draws_every_chart_and_complains_of_nothing(
    started: Any, report: Path, width: int, scheme: str
) -> None:
    window = {"width": width, "height": 900}
    page, complaints = open_page(started, report, viewport=window, color_scheme=scheme)
    drawn = page.locator(".chart img").evaluate_all(
        "all => all.map(i => i.complete && i.naturalWidth)"
    )
    assert len(drawn) >= 6 and all(wide > 400 for wide in drawn)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == (WHITE if scheme == "light" else NIGHT)
    assert complaints == []


def test_paper_is_white_and_has_no_search(started: Any, report: Path) -> None:
    page, complaints = open_page(started, report, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
    assert not page.locator(".find").first.is_visible() and complaints == []


def test_a_click_on_a_title_sorts_the_table_and_leaves_the_total_last(
    started: Any, by_hand: Path
) -> None:
    page, complaints = open_page(started, by_hand)
    title = "By stage, per tracked frame"
    table = page.locator(f"figure.table:has(> figcaption:text-is('{title}'))")
    unsorted = numbers(page, title, 4)
    head = table.locator("th button", has_text="graded SynOps")
    head.click()
    assert numbers(page, title, 4) == sorted(unsorted, reverse=True) != sorted(unsorted)
    head.click()
    assert numbers(page, title, 4) == sorted(unsorted)
    assert table.locator("tbody tr").last.locator("td").first.inner_text() == "all"
    assert complaints == []


def test_the_search_shows_the_rows_and_marks_the_lines_of_a_layer(
    started: Any, report: Path
) -> None:
    page, complaints = open_page(started, report)
    section = page.locator("#layers")
    rows = section.locator("tbody tr:not(.total)").count()
    section.locator(".find input").fill("MRM.0.FUSER")
    shown = section.locator("tbody tr:not(.total):visible")
    names = shown.locator("td:first-child").all_inner_texts()
    assert names and all(name.startswith(FUSER) for name in names)
    words = section.locator(".find output").inner_text()
    assert words == f"{len(names)} of {rows} rows of this section"
    marked = section.locator(".picture i.hit").evaluate_all("all => all.map(i => i.dataset.name)")
    assert marked and all(name.startswith(FUSER) for name in marked)
    section.locator(".find input").fill("")
    assert section.locator(".picture i.hit").count() == 0
    assert section.locator("tbody tr[hidden]").count() == 0 and complaints == []


def test_a_line_of_a_chart_tells_its_numbers_where_it_is_pointed_at(
    started: Any, by_hand: Path
) -> None:
    page, complaints = open_page(started, by_hand)
    assert not page.locator("#note").is_visible()
    chart = page.locator("figure.chart", has_text="Where the work is")
    for spot in chart.locator(".picture i").all():
        spot.scroll_into_view_if_needed()
        spot.hover()
        told = page.locator("#note").inner_text()
        assert told.splitlines() == [
            spot.get_attribute("data-name"),
            spot.get_attribute("data-note"),
        ]
        assert re.fullmatch(
            r"[\d,]+\.\d graded and [\d,]+\.\d unary SynOps of [\d,]+\.\d dense MACs",
            told.splitlines()[1],
        )
    assert complaints == []


def test_the_firing_of_any_layer_lies_over_the_crop(started: Any, fired: Path) -> None:
    page, complaints = open_page(started, fired)
    section = page.locator("#firing")
    opacity = """canvas => [...canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data].filter((_, at) => at % 4 === 3)"""
    assert section.locator("output").inner_text() == "2 x 2 places, peak 2.000, mean 0.750"
    assert section.locator("canvas").evaluate(opacity) == [0, 215, 108, 0]
    section.locator("select").select_option("second")
    assert section.locator("output").inner_text() == "1 x 1 places, peak 0.500, mean 0.500"
    # Why before the second look at the cells: Chromium advises against looking twice.
    assert complaints == []
    assert section.locator("canvas").evaluate(opacity) == [215]
