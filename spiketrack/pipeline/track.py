"""Follows a target through a video with any engine; optionally draws the box into a new video."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spiketrack.atomic_file import write_text
from spiketrack.pipeline.files import make_folder
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.tracking import (
    Box,
    Engine,
    TrackResult,
    UpdatePolicy,
    VideoSource,
    VideoWriter,
    track_video,
)
from spiketrack.tracking.templates import DEFAULT_POLICY

DEFAULT_FPS = 25.0


def follow(
    engine: Engine,
    source: VideoSource,
    box: Box,
    *,
    frames: int | None = None,
    policy: UpdatePolicy = DEFAULT_POLICY,
    save_video: Path | None = None,
    on_result: Callable[[TrackResult], None] = lambda result: None,
) -> dict[str, Any]:
    """Tracks and returns JSON values: the engine, the source, its frames and one row per frame.

    `frames_stated` is the number of frames that the source states (null if it states none),
    `frames_read` the number that were read, the first included; `notes` says how the frames were
    taken where that may surprise, and what is missing.

    Ctrl-C is how a camera is stopped: the frames so far are the result. On a video it ends the
    run, and no part of `save_video` is left behind.

    Args:
        engine: what computes.
        source: the frames.
        box: target in the first frame.
        frames: frames to track after the first; all if None.
        policy: when to renew templates.
        save_video: an mp4 to write with the box drawn.
        on_result: called after each frame (progress).

    Raises:
        BoxError, VideoError: as in `track_video`.
        StoreError: the folder of `save_video` cannot be made.
        KeyboardInterrupt: Ctrl-C, unless the source is a camera.
    """
    results: list[TrackResult] = []
    notes = list(source.notes)
    is_camera = source.sha256 is None
    with ExitStack() as stack:
        is_asked = stack.enter_context(deferred_interrupt()) if is_camera else lambda: False
        writer = None
        if save_video is not None:
            make_folder(save_video.parent)
            fps = source.fps or DEFAULT_FPS
            writer = stack.enter_context(VideoWriter(save_video, fps, source.width, source.height))
        on_frame = writer.write if writer is not None else None
        for result in track_video(
            source, box, engine, frames, policy=policy, on_frame=on_frame, on_short=notes.append
        ):
            results.append(result)
            on_result(result)
            if is_asked():
                break
    return {
        "engine": engine.name,
        "source": source.name,
        "frames_stated": source.frame_count,
        "frames_read": len(results) + 1,
        "notes": notes,
        "first_box": list(box),
        "frames": [{**asdict(result), "box": list(result.box)} for result in results],
    }


def write_boxes(path: Path, tracked: dict[str, Any]) -> None:
    """Writes what `follow` returned as JSON, whole or not at all."""
    write_text(path, json.dumps(tracked, indent=2) + "\n")
