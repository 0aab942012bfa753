"""Takes a tracker through a video, from its first frame or on from where it stopped."""

from collections.abc import Callable, Iterator
from itertools import islice

from spiketrack.errors import VideoError
from spiketrack.tracking.boxes import Box, check_box
from spiketrack.tracking.engine import Engine, Image
from spiketrack.tracking.templates import DEFAULT_POLICY, UpdatePolicy
from spiketrack.tracking.tracker import OnPhase, Tracker, TrackResult
from spiketrack.tracking.video_source import VideoSource

OnFrame = Callable[[Image, Box], None]
OnShort = Callable[[str], None]


def track_video(
    source: VideoSource,
    box: Box,
    engine: Engine,
    frames: int | None = None,
    *,
    policy: UpdatePolicy = DEFAULT_POLICY,
    on_phase: OnPhase | None = None,
    on_frame: OnFrame | None = None,
    on_short: OnShort | None = None,
) -> Iterator[TrackResult]:
    """Tracks through a video; yields one result for each frame after the first.

    Args:
        source: the frames.
        box: the target in the first frame, image pixels.
        engine: what computes memories and maps.
        frames: how many frames to track after the first; None is to the end of the source.
        policy: when to take a new template, for T above 1.
        on_phase: called with the phase before each call of the engine.
        on_frame: called with frame and box of every frame read, the first included (drawing,
            saving).
        on_short: called at the end with a sentence, if the source gave fewer frames than it states
            or than were asked for.

    Raises:
        BoxError: the box is empty or outside the frame.
        VideoError: the source breaks off or has fewer than two frames.
        ValueError: `frames` is below 1.
    """
    tracker = Tracker(engine, policy, on_phase=on_phase)
    return drive(tracker, source, box, frames, on_frame=on_frame, on_short=on_short)


def drive(
    tracker: Tracker,
    source: VideoSource,
    box: Box,
    frames: int | None = None,
    *,
    on_frame: OnFrame | None = None,
    on_short: OnShort | None = None,
) -> Iterator[TrackResult]:
    """Tracks as `track_video` does, with a tracker that the caller keeps hold of.

    A tracker that was restored goes on behind the frame it stands at: frames up to there are read
    and passed over.

    Args:
        tracker: new, or restored to a frame of this video.
        source: the frames.
        box: the target in the first frame, image pixels; a restored tracker has its own.
        frames: last frame to track, counted from the first; None is to the end of the source.
        on_frame: called with frame and box of every frame not passed over.
        on_short: as of `track_video`.

    Raises:
        BoxError, VideoError, ValueError: as `track_video`.
    """
    if frames is not None and frames < 1:
        raise ValueError(f"frames: needed at least 1, found {frames}")
    check_box(box, source.width, source.height)
    return _results(tracker, source, box, frames, on_frame, on_short)


def _results(
    tracker: Tracker,
    source: VideoSource,
    box: Box,
    frames: int | None,
    on_frame: OnFrame | None,
    on_short: OnShort | None,
) -> Iterator[TrackResult]:
    done = tracker.state().frame_index + 1 if tracker.has_target else 0
    n_seen = done
    stop = None if frames is None else frames + 1
    reading = iter(source)
    for frame in islice(reading, done, stop):
        n_seen += 1
        result = None
        if tracker.has_target:
            result = tracker.track(frame)
        else:
            tracker.initialise(frame, box)
        if on_frame is not None:
            on_frame(frame, box if result is None else result.box)
        if result is not None:
            yield result
    missing = reading.shortfall(frames)
    if n_seen < 2:
        raise VideoError(f"'{source.name}'", "at least 2 frames to track", "fewer", missing)
    if missing and on_short is not None:
        on_short(missing)


def frames_to_track(asked: int | None, in_source: int | None) -> int | None:
    """How many frames will be tracked: what was asked for, but no more than there are.

    Args:
        asked: frames after the first; None asks for all.
        in_source: frames that the source states, the first included; None if it states none.

    Returns:
        A number of at least 1, or None where nobody knows.
    """
    there = None if in_source is None else max(1, in_source - 1)
    if asked is None or there is None:
        return asked or there
    return min(asked, there)
