"""The written report: one self-contained page, its parts beside it, whole or not at all."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hardware.energy import audit
from spiketrack.counts import profile_from
from spiketrack.errors import ReportError
from spiketrack.report import read_profile, write_audit_report, write_profile_report
from spiketrack.report.files import json_bytes
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile

PARTS = {"profile.json", "report.html"}
CHARTS = (
    "energy_by_model",
    "synops_by_stage",
    "formula_against_counted",
    "synops_per_layer",
    "firing_rate_per_layer",
)
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Collects what a page would load, its text, and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for key, value in attrs if key in ("src", "href")]
        if tag not in VOID:
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def test_a_profile_report_has_its_page_its_numbers_and_its_charts(tmp_path: Path) -> None:
    profile = small_profile(connection())
    path = write_profile_report(profile_from(profile), tmp_path / "new" / "folder")
    names = {f"{chart}.{ending}" for chart in CHARTS for ending in ("png", "json")}
    assert {one.name for one in path.parent.iterdir()} == PARTS | names
    assert read_profile(path.parent / "profile.json").document == profile


@pytest.mark.slow
def test_an_audit_report_adds_the_gap_and_the_audit(tmp_path: Path) -> None:
    profile = small_profile(connection(), variant="s256-t1")
    path = write_audit_report(profile_from(profile), audit(profile_from(profile)), tmp_path)
    document = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    assert document["readings"][0]["total_pj"] == pytest.approx(450)
    assert (tmp_path / "gap.png").exists()
    text = " ".join(parsed(path).text)
    assert "The bill of davies2018-graded" in text
    assert "1/26 of TransT" in text
    assert "3 public records of chips whose counts are known" in text


def test_the_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = parsed(write_profile_report(profile_from(small_profile(connection())), tmp_path))
    assert page.tags == []
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in page.sources)
    assert sum(source.startswith("data:") for source in page.sources) == len(CHARTS)


def test_only_the_pages_own_script_may_run(tmp_path: Path) -> None:
    html = write_profile_report(profile_from(small_profile(connection())), tmp_path).read_text(
        encoding="utf-8"
    )
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "default-src 'none'" in html


def test_names_from_a_profile_cannot_become_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    profile: dict[str, Any] = small_profile(connection(evil), variant=evil)
    profile["alarms"] = [evil]
    profile["provenance"] = {evil: evil}
    report = audit(profile_from(profile))
    html = write_audit_report(profile_from(profile), report, tmp_path).read_text(encoding="utf-8")
    assert evil not in html
    assert "&lt;script&gt;alert(1)" in html


def test_alarms_stand_at_the_top_and_long_lists_are_folded(tmp_path: Path) -> None:
    profile = small_profile(connection())
    profile["alarms"] = [f"alarm {index}" for index in range(12)]
    text = " ".join(parsed(write_profile_report(profile_from(profile), tmp_path)).text)
    assert text.index("alarm 0") < text.index("SynOps per frame")
    assert "4 more" in text


@pytest.mark.slow
def test_the_same_profile_gives_the_same_bytes(tmp_path: Path) -> None:
    profile = small_profile(connection())
    first = write_profile_report(profile_from(profile), tmp_path / "a").read_bytes()
    assert write_profile_report(profile_from(profile), tmp_path / "b").read_bytes() == first


@pytest.mark.slow
def test_the_summary_of_a_whole_network_tells_the_truth(tmp_path: Path) -> None:
    profile = sample_profile("s256-t3", update=True)
    path = write_audit_report(profile_from(profile), audit(profile_from(profile)), tmp_path)
    text = " ".join(" ".join(parsed(path).text).split())
    assert "30 tracked frames of s256-t3 on the fast engine" in text
    assert "With T = 3 on the whole network" in text
    assert "Renewing it costs 2.60 G graded SynOps each time" in text
    assert "Nothing on this page was measured with a power meter" in text
    assert "2 kinds of work are listed, not counted" in text
    assert path.stat().st_size < 5_000_000


def test_a_bad_profile_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="needed an object 'phases'"):
        write_profile_report(profile_from({}), tmp_path / "out")
    with pytest.raises(ReportError, match="needed a track phase"):
        write_profile_report(profile_from(small_profile(connection(), frames=0)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(ReportError, match="report.html|profile.json"):
        write_profile_report(profile_from(small_profile(connection())), tmp_path / "out")


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ReportError, match="needed plain JSON values"):
        json_bytes({"a": float("nan")})
    with pytest.raises(ReportError, match="needed plain JSON values"):
        json_bytes({"a": {1, 2}})
