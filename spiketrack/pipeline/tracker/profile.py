"""Tracks a real video with counting on, and returns everything a report needs as one JSON value."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from simulation.tracking_engines import FloatGraphEngine, IntegerEngine, NetworkEngine
from spiketrack.counts.conventions import NOT_COUNTED
from spiketrack.counts.event_counts import alarms
from spiketrack.counts.firing import FIRING_KEY, firing_json
from spiketrack.errors import ReportError
from spiketrack.pipeline.counting import Countable, Counting
from spiketrack.pipeline.identity import Warn, weights_sha256
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.pipeline.lava import events as lava_events
from spiketrack.pipeline.lava.track import CountedLavaEngine
from spiketrack.pipeline.listener import NOBODY, Listener
from spiketrack.pipeline.tracker.partial import (
    NO_FILES,
    SHA256_OF,
    Partial,
    check_same,
    read_partial,
    write_partial,
)
from spiketrack.pipeline.tracker.watch import Watch
from spiketrack.tracking import (
    Box,
    Engine,
    Phase,
    Tracker,
    TrackResult,
    UpdatePolicy,
    VideoSource,
    drive,
)
from spiketrack.tracking.templates import DEFAULT_POLICY

CHECKPOINT_SECONDS = 10.0
"""How much work a crash may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileJob:
    """One tracker on one video, ready to be counted.

    Attributes:
        engine: float graphs or integer graphs. One on Lava is closed at the end, since a chip
            reports what it measured only then.
        source: the frames.
        box: target in the first frame.
        model: facts about the model for the report (variant, widths, ...).
        provenance: hashes and versions.
        frames: frames to track after the first, a resumed run's earlier ones included; all if None.
        policy: when to renew templates.
        beside: an engine timed on the same patches in the same run (the float network).
        partial: file for unfinished work; the caller removes it when the result is safe.
        resume: go on from `partial`.
        checkpoint_s: seconds between two writings of `partial`.
        firing_maps: also keep where every layer of neurons fired in the last frame.
        files: names of the "model", "video" and "beside" for messages.
    """

    engine: Countable
    source: VideoSource
    box: Box
    model: dict[str, Any]
    provenance: dict[str, Any]
    frames: int | None = None
    policy: UpdatePolicy = DEFAULT_POLICY
    beside: Engine | None = None
    partial: Path | None = None
    resume: bool = False
    checkpoint_s: float = CHECKPOINT_SECONDS
    firing_maps: bool = False
    files: Mapping[str, str] = NO_FILES

    @property
    def facts(self) -> dict[str, Any]:
        """The model's facts with the engine that computes it."""
        return {**self.model, "backend": self.engine.name}

    @property
    def made_from(self) -> dict[str, Any]:
        """What must be the same for a run that goes on from `partial`."""
        hashes = dict(self.provenance.get("sha256", {}))
        if isinstance(self.beside, NetworkEngine):
            hashes["weights_beside"] = weights_sha256(self.beside.network)
        return {
            **{f"{SHA256_OF}{name}": sha256 for name, sha256 in hashes.items()},
            "first box": [float(value) for value in self.box],
            "update interval": self.policy.interval,
            "update threshold": self.policy.threshold,
            "engine": self.engine.name,
            "engine beside": self.beside.name if self.beside is not None else None,
            "model": self.facts,
            "tools": self.provenance.get("tools"),
        }


def profile_video(job: ProfileJob, listener: Listener = NOBODY) -> dict[str, Any]:
    """Counts every event while tracking; an interruption keeps what was counted and says so.

    Ctrl-C lets the frame under way finish. What was counted so far is kept in `job.partial` every
    `job.checkpoint_s` seconds and at the end, and a run resumed from there ends with the same
    counts as one that never stopped.

    Args:
        job: engine, video, and how to count.
        listener: hears of every tracked frame, and of what in `partial` could not be compared with
            this run.

    Returns:
        The contents of profile.json: provenance, model, phases (layers and totals, summed over the
        frames), what was not counted, alarms, speed, boxes, the numbers of frames that the source
        states and that were read, notes about them; of a run on Lava also `lava_events`,
        its own counters, with an alarm for each that the counted values do not give.

    Raises:
        BoxError, VideoError: as in `track_video`.
        ReportError: `partial` cannot be resumed from.
        PairError: `partial` is of another model, video or checkpoint beside.
        StoreError: `partial` cannot be written.
        LavaError: a Lava process failed or died.
        KeyboardInterrupt: Ctrl-C a second time, in the middle of a frame.
    """
    run = _Run(job, job.made_from)
    if job.resume:
        run.resume(listener.warn)
    elif _starts_slowly(job.engine):
        run.warm_up()
    interrupted = run.over(listener.frame)
    counts, events = run.counting.counts(), run.counting.lava_events()
    return {
        "provenance": job.provenance,
        "model": job.facts,
        **counts.to_dict(),
        "listed_not_counted": list(NOT_COUNTED),
        "alarms": [
            *_of_conversion(job.engine), *alarms(counts), *run.counting.mismatches(events, counts)
        ],  # fmt: skip
        "interrupted": interrupted,
        "resumed_at": run.resumed_at,
        "speed": run.watch.speed(),
        "boxes": run.boxes,
        "frames_stated": job.source.frame_count,
        "frames_read": len(run.boxes) + 1,
        "notes": [*job.source.notes, *run.missing],
        **_of_lava(job.engine, events),
        **run.firing_maps(),
    }


def _of_conversion(engine: Countable) -> tuple[str, ...]:
    """What the model's conversion warned of; floats were not converted."""
    return () if isinstance(engine, FloatGraphEngine) else engine.model.alarms


def _of_lava(engine: Countable, events: dict[str, lava_events.NodeEvents]) -> dict[str, Any]:
    """What only a run on Lava reports; ends it."""
    if not isinstance(engine, CountedLavaEngine):
        return {}
    engine.close()
    readings = engine.readings()
    chip = {"loihi2": readings} if readings else {}
    return {"lava_events": lava_events.to_dict(events), **chip}


@dataclass
class _Run:
    """One pass over a video: tracker, watch, counts, boxes."""

    job: ProfileJob
    made_from: dict[str, Any]
    boxes: list[list[float]] = field(default_factory=list)
    resumed_at: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counting = Counting(self.job.engine)
        self.watch = Watch(self.job.engine, self.job.beside)
        self.tracker = Tracker(self.watch, self.job.policy, on_phase=self._enter)

    def _enter(self, phase: Phase) -> None:
        self.watch.phase = phase
        self.counting.enter(phase)

    def warm_up(self) -> None:
        """Compiles and allocates before the first timed call."""
        self.watch.warm_up(self.counting.enter)
        self.counting.forget()

    def resume(self, warn: Warn) -> None:
        """Takes over what `partial` holds."""
        partial, source, frames = self.job.partial, self.job.source, self.job.frames
        if partial is None or source.sha256 is None:
            raise ReportError("resuming", "a video file or a folder of images", f"'{source.name}'")
        kept = read_partial(partial)
        check_same(partial, kept.made_from, self.made_from, self.job.files, warn)
        done = kept.state.frame_index
        if frames is not None and done > frames:
            raise ReportError(f"'{partial}'", f"at most {frames} frames", f"{done} counted")
        self.counting.before, self.boxes = kept.counts, kept.boxes
        self.counting.events_before = kept.events
        self.watch.seconds, self.watch.seconds_beside = kept.seconds, kept.seconds_beside
        self.resumed_at = [*kept.resumed_at, done]
        self.counting.pause()
        try:
            self.tracker.restore(kept.state)
        except ValueError as error:
            raise ReportError(f"'{partial}'", "a tracker's state", str(error)) from error

    def over(self, on_result: Callable[[TrackResult], None]) -> bool:
        """Tracks and counts; whether it was interrupted (between two frames)."""
        job = self.job
        saved = time.monotonic()
        stop = False
        with deferred_interrupt() as is_asked:
            for result in drive(
                self.tracker, job.source, job.box, job.frames, on_short=self.missing.append
            ):
                self.boxes.append([float(value) for value in result.box])
                try:
                    on_result(result)
                except KeyboardInterrupt:
                    stop = True
                stop = stop or is_asked()
                if stop or time.monotonic() - saved >= job.checkpoint_s:
                    self._save()
                    saved = time.monotonic()
                if stop:
                    break
            else:
                self._save()
        return stop

    def firing_maps(self) -> dict[str, Any]:
        """Where the layers fired in the last frame, if that was asked for."""
        engine, last = self.job.engine, self.watch.last
        if not self.job.firing_maps or last is None or isinstance(engine, CountedLavaEngine):
            return {}
        self.counting.pause()
        _, png = cv2.imencode(".png", np.ascontiguousarray(last[0][:, :, ::-1]))
        return {FIRING_KEY: firing_json(len(self.boxes), png.tobytes(), engine.firing(*last))}

    def _save(self) -> None:
        # Why the hash: a camera has none, and its frames never come again.
        if self.job.partial is None or self.job.source.sha256 is None:
            return
        kept = Partial(
            self.made_from, self.tracker.state(), self.counting.counts(), self.boxes,
            self.watch.seconds, self.watch.seconds_beside, self.resumed_at,
            self.counting.lava_events(),
        )  # fmt: skip
        write_partial(self.job.partial, kept)


def _starts_slowly(engine: Countable) -> bool:
    """Whether the first call compiles or allocates, so that it must not be timed."""
    return not isinstance(engine, IntegerEngine) or engine.compiles
