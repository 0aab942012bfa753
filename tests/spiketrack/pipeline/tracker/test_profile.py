"""Profiles of a tiny tracker: what is counted, and that stopping and going on changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hardware.energy import audit
from simulation.tracking_engines import FloatGraphEngine, IntegerEngine
from spiketrack.counts import profile_from
from spiketrack.counts.event_counts import EventCounts
from spiketrack.errors import PairError, ReportError
from spiketrack.network import load_checkpoint
from spiketrack.pipeline import ProfileJob, folded_graphs, profile_video
from spiketrack.pipeline.counting import Counting
from spiketrack.pipeline.listener import Listener, silent
from spiketrack.pipeline.sources import describe_target, load_network_beside
from spiketrack.pipeline.tracker.partial import read_partial
from spiketrack.tracking import Box, Tracker, TrackResult, UpdatePolicy, drive, open_source
from tests.tiny_models import N_FRAMES, Tiny

EAGER = UpdatePolicy(interval=2, threshold=0.0)
Profile = dict[str, Any]


_ENGINES: dict[tuple[str, str], IntegerEngine] = {}


def engine_of(tiny: Tiny, kind: str) -> IntegerEngine:
    """One engine for all tests: compiling takes longer than tracking."""
    if (tiny.name, kind) not in _ENGINES:
        made = IntegerEngine(tiny.model, "fast" if kind == "fast" else "reference")
        _ENGINES[tiny.name, kind] = made
    return _ENGINES[tiny.name, kind]


def profiled(tiny: Tiny, kind: str = "fast", **options: Any) -> Profile:
    source = open_source(tiny.video)
    facts, provenance = describe_target(tiny.model, tiny.stk, source)
    engine = engine_of(tiny, kind)
    given: dict[str, Any] = {"policy": EAGER, "box": tiny.box} | options
    listener = Listener(frame=given.pop("on_result", silent))
    job = ProfileJob(engine=engine, source=source, model=facts, provenance=provenance, **given)
    return profile_video(job, listener)


def stop_after(frames: int) -> Callable[[TrackResult], None]:
    def on_result(result: TrackResult) -> None:
        if result.frame_index == frames:
            raise KeyboardInterrupt

    return on_result


@pytest.fixture(scope="module")
def whole(t3: Tiny) -> Profile:
    """Never interrupted."""
    return profiled(t3)


def test_templates_are_renewed_and_counted_as_updates(whole: Profile) -> None:
    # Six frames are tracked; with interval 2 and threshold 0 frames 2, 4 and 6 renew a template.
    frames = {name: phase["frames"] for name, phase in whole["phases"].items()}
    assert frames == {"init": 1, "track": N_FRAMES - 1, "update": (N_FRAMES - 1) // 2}
    init, update = (whole["phases"][name]["totals"] for name in ("init", "update"))
    assert update["dense_macs"] == 3 * init["dense_macs"]
    assert update["synops"]["graded"] > 0


def test_layers_carry_the_module_paths_of_the_checkpoint(whole: Profile, t3: Tiny) -> None:
    keys = load_checkpoint(t3.checkpoint).state_dict().keys()
    for phase in whole["phases"].values():
        convs = [one["name"] for one in phase["layers"] if one["kind"] in ("conv", "rgb_conv")]
        assert len(convs) > 50
        assert [n for n in convs if f"{n.split('@')[0]}.weight" not in keys] == []


def test_host_work_has_a_row_and_is_listed(whole: Profile) -> None:
    rows = {row["name"]: row for row in whole["phases"]["track"]["layers"]}
    # Three sigmoids and one window product on 8 x 8 cells, six frames.
    assert rows["host.decode"]["host_flops"] == 4 * 8 * 8 * 6
    assert any(text.startswith("host: crop") for text in whole["listed_not_counted"])


def test_the_facts_of_the_model_reach_the_audit(whole: Profile) -> None:
    report = audit(profile_from(whole))
    assert (report.variant, report.n_templates, report.max_spike) == ("tiny128-t3", 3, 4)
    assert report.frames == N_FRAMES - 1


@pytest.mark.slow
def test_fast_and_reference_count_the_same(t3: Tiny) -> None:
    fast, slow = (profiled(t3, kind, frames=2) for kind in ("fast", "reference"))
    assert fast["phases"] == slow["phases"] and fast["boxes"] == slow["boxes"]
    assert fast["model"]["backend"] != slow["model"]["backend"]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [1, 4, 6])
def test_a_resumed_run_ends_with_the_counts_of_an_uninterrupted_one(
    stop: int, whole: Profile, t3: Tiny, tmp_path: Path
) -> None:
    file = tmp_path / "profile.partial"
    part = profiled(t3, partial=file, on_result=stop_after(stop))
    assert part["interrupted"] and part["phases"]["track"]["frames"] == stop
    resumed = profiled(t3, partial=file, resume=True)
    assert not resumed["interrupted"] and resumed["resumed_at"] == [stop]
    assert resumed["phases"] == whole["phases"]
    assert resumed["boxes"] == whole["boxes"]
    assert resumed["alarms"] == whole["alarms"]


@pytest.mark.slow
def test_a_run_can_be_resumed_again_and_again(whole: Profile, t3: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "profile.partial"
    profiled(t3, partial=file, frames=1)
    for frames in (2, 3, 5):
        profiled(t3, partial=file, resume=True, frames=frames)
    resumed = profiled(t3, partial=file, resume=True)
    assert resumed["phases"] == whole["phases"] and resumed["resumed_at"] == [1, 2, 3, 5]


@pytest.mark.slow
def test_a_crash_costs_no_more_than_the_time_between_two_savings(t3: Tiny, tmp_path: Path) -> None:
    def crash(result: TrackResult) -> None:
        if result.frame_index == 3:
            raise MemoryError

    file = tmp_path / "profile.partial"
    with pytest.raises(MemoryError):
        profiled(t3, partial=file, on_result=crash, checkpoint_s=0.0)
    assert read_partial(file).state.frame_index == 2


def counted_apart(tiny: Tiny, last_frames: tuple[int, ...]) -> list[EventCounts]:
    """Counts of one pass over the video, counted anew behind each of these frames."""
    engine = engine_of(tiny, "fast")
    parts = [Counting(engine)]
    tracker = Tracker(engine, EAGER, on_phase=lambda phase: parts[-1].enter(phase))
    for result in drive(tracker, open_source(tiny.video), tiny.box):
        if result.frame_index in last_frames:
            parts.append(Counting(engine))
    parts[-1].pause()
    return [part.counts() for part in parts]


@pytest.mark.parametrize(
    ("last_frames", "sizes"),
    [
        ((3,), [3, 3]),
        ((1, 4), [1, 3, 2]),
        pytest.param((1, 2, 3, 4, 5), [1, 1, 1, 1, 1, 1], marks=pytest.mark.slow),
    ],
    ids=["halves", "three parts", "single frames"],
)
def test_totals_are_the_sum_over_any_split_of_the_frames(
    last_frames: tuple[int, ...], sizes: list[int], whole: Profile, t3: Tiny
) -> None:
    parts = counted_apart(t3, last_frames)
    assert [part.phases["track"].frames for part in parts] == sizes
    # Each part has its own events: the frames differ, so none is a multiple of another.
    events = [
        part.phases["track"].totals()["events"] / n for part, n in zip(parts, sizes, strict=True)
    ]
    assert len(set(events)) == len(parts)
    for order in (parts, parts[::-1]):
        summed = sum(order, start=EventCounts())
        assert summed.to_dict() == {"phases": whole["phases"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"box": Box(10, 10, 20, 20)}, "first box: needed"),
        ({"policy": UpdatePolicy(3, 0.0)}, "update interval: needed 3, found 2"),
        ({"policy": UpdatePolicy(2, 0.5)}, "update threshold: needed 0.5, found 0.0"),
        ({"frames": 1}, "needed at most 1 frames, found 2 counted"),
    ],
)
def test_a_run_is_not_resumed_under_other_conditions(
    change: dict[str, Any], message: str, t3: Tiny, tmp_path: Path
) -> None:
    file = tmp_path / "profile.partial"
    profiled(t3, partial=file, frames=2)
    with pytest.raises(ReportError, match=message):
        profiled(t3, "fast", **({"partial": file, "resume": True} | change))


@pytest.mark.slow
def test_another_model_video_or_engine_is_not_mixed_in(t1: Tiny, t3: Tiny, tmp_path: Path) -> None:
    file = tmp_path / "profile.partial"
    profiled(t1, partial=file, frames=1)
    with pytest.raises(PairError, match="unfinished .* the model given: needed the same integer"):
        profiled(t3, partial=file, resume=True)
    with pytest.raises(ReportError, match=r"engine: needed integer graph \(reference\), found"):
        profiled(t1, "reference", partial=file, resume=True)
    frames = np.random.default_rng(0).integers(0, 256, (3, 96, 128, 3), np.uint8)
    folder = tmp_path / "frames"
    folder.mkdir()
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{index}.png"), frame)
    source = open_source(folder)
    facts, provenance = describe_target(t1.model, t1.stk, source)
    with pytest.raises(PairError, match="unfinished profile .*partial' and video 'v': needed the"):
        profile_video(
            ProfileJob(
                engine=engine_of(t1, "fast"), source=source, box=t1.box, model=facts,
                provenance=provenance, policy=EAGER, partial=file, resume=True,
                files={"video": "video 'v'"},
            )
        )  # fmt: skip


def test_resuming_needs_a_file_to_resume_from(t1: Tiny) -> None:
    with pytest.raises(ReportError, match="resuming: needed a video file or a folder of images"):
        profiled(t1, resume=True)


@pytest.mark.slow
def test_the_float_network_is_counted_and_timed_beside(t1: Tiny) -> None:
    source = open_source(t1.video)
    network = load_checkpoint(t1.checkpoint)
    facts, provenance = describe_target(network, t1.checkpoint, source)
    result = profile_video(
        ProfileJob(
            engine=FloatGraphEngine(folded_graphs(network), network.variant), source=source,
            box=t1.box, frames=2, model=facts, provenance=provenance,
            beside=load_network_beside(t1.checkpoint, network, t1.checkpoint),
        )
    )  # fmt: skip
    assert result["model"]["backend"] == "float graph (torch float32)"
    assert result["phases"]["track"]["totals"]["synops"]["graded"] > 0
    assert set(result["speed"]["beside_over_engine"]) == {"init", "track"}
    assert result["provenance"]["sha256"].keys() == {"checkpoint", "weights", "video"}
