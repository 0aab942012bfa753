"""The file of an unfinished profile: whole, the same back, and refused when it is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.lava.runtime.events import Events
from spiketrack.counts.event_counts import EventCounts, LayerCounts, PhaseCounts
from spiketrack.errors import PairError, ReportError, StoreError
from spiketrack.pipeline.tracker.partial import (
    Partial,
    check_same,
    read_partial,
    refuse_unfinished,
    write_partial,
)
from spiketrack.tracking import Box, TrackerState
from tests.full_disk import full_disk


def sample() -> Partial:
    layer = LayerCounts(name="a.b", kind="conv", events=3, graded=2**60)
    templates = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    return Partial(
        {"model": {"name": "x"}},
        TrackerState(2, Box(1.1, 2.2, 0.1 + 0.2, 4.0), templates),
        EventCounts({"track": PhaseCounts("track", 2, (layer,))}),
        [[1.0, 2.0, 3.0, 4.0], [1.1, 2.2, 0.1 + 0.2, 4.0]],
        {"track": [0.5, 0.25]},
        events={"track": {"a.b": Events(syn_ops=2**60, spikes_in=3)}},
    )


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "profile.partial"
    write_partial(path, sample())
    found, expected = read_partial(path), sample()
    assert found.counts == expected.counts and found.state.box == expected.state.box
    assert found.events == expected.events
    np.testing.assert_array_equal(found.state.templates, expected.state.templates)
    assert (found.boxes, found.seconds, found.made_from) == (
        expected.boxes,
        expected.seconds,
        expected.made_from,
    )


def _set(*path: str, value: Any) -> Callable[[Any], None]:
    def edit(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_set("version", value=2), "needed spiketrack-profile-partial 1, found .* 2"),
        (_set("format", value="x"), "needed spiketrack-profile-partial 1, found x 1"),
        (_set("frame_index", value=3), "2 boxes of 3 frames"),
        (_set("frame_index", value=-1), "-1 where a count belongs"),
        (_set("templates", value="%%"), "needed a whole unfinished profile"),
        (_set("templates_shape", value=[3, 99, 99, 3]), "needed a whole unfinished profile"),
        (_set("templates_shape", value=[3]), r"templates of shape \(3,\)"),
        (_set("counts", "track", "phase", value="init"), "phase 'init' under the name 'track'"),
        (_set("counts", "track", "layers", value=[{}]), "a layer without 'all_weights'"),
        (_set("counts", "track", "frames", value=1.5), "1.5 where a count belongs"),
        (_set("box", value=[1, 2]), "needed a whole unfinished profile"),
        (_set("lava_events", value=[]), "needed a whole unfinished profile"),
        (
            _set("lava_events", "track", "nodes", "a.b", "syn_ops", value="3"),
            "'3' where a count belongs",
        ),
        (_set("lava_events", "track", "nodes", "a.b", value={}), "a whole unfinished profile"),
        (_set("lava_events", "init", value={"nodes": {}}), "counters of phase 'init', of which no"),
        (_set("counts", value={}), "counters of phase 'track', of which no frame was counted"),
    ],
)
def test_a_damaged_one_is_refused(edit: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.partial"
    write_partial(path, sample())
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        read_partial(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_such_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "profile.partial"
    path.write_bytes(content)
    with pytest.raises(ReportError, match="needed a whole unfinished profile"):
        read_partial(path)


def test_a_missing_or_unreadable_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="found nothing there. Start without --resume"):
        read_partial(tmp_path / "profile.partial")
    with pytest.raises(ReportError, match="needed a readable file, found Is a directory"):
        read_partial(tmp_path)


def test_beginning_anew_over_unfinished_work_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.partial"
    refuse_unfinished(path)
    write_partial(path, sample())
    with pytest.raises(ReportError, match="needed no unfinished profile, found one. Go on with"):
        refuse_unfinished(path)


def test_what_differs_is_named() -> None:
    check_same(Path("p"), {"a": [1, 2]}, {"a": (1, 2)})
    with pytest.raises(ReportError, match="'p', a: needed 1, found 2"):
        check_same(Path("p"), {"a": 2}, {"a": 1})
    with pytest.raises(ReportError, match=r"'p', b: needed null, found \"?x+\.\.\."):
        check_same(Path("p"), {"b": "x" * 200}, {})


def test_files_of_an_older_version_are_compared_by_what_it_says() -> None:
    a, b = "a" * 64, "b" * 64
    now = {"sha256 of the model": a, "sha256 of the model_content": b}
    told: list[str] = []
    check_same(Path("p"), {"sha256 of the model": a}, now, {}, told.append)
    assert told == []
    with pytest.raises(PairError, match="'p' and model 'm': needed the same model file, found"):
        check_same(Path("p"), {"sha256 of the model": b}, now, {"model": "model 'm'"})
    check_same(Path("p"), {}, {"sha256 of the weights_beside": a}, {}, told.append)
    assert len(told) == 1 and "the beside given could not be checked" in told[0]


def test_a_full_disk_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "profile.partial"
    write_partial(path, sample())
    before = path.read_bytes()
    with full_disk(500), pytest.raises(StoreError, match="needed a place that can be written"):
        write_partial(path, sample())
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1
