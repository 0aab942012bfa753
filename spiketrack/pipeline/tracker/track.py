"""Follows a target through a video with any engine; optionally draws the box into a new video."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spiketrack.files.atomic import write_text
from spiketrack.files.places import make_folder
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.pipeline.listener import silent
from spiketrack.pipeline.requests import TrackRequest
from spiketrack.pipeline.sources import OpenedEngine
from spiketrack.provenance import RANDOM_KEY
from spiketrack.tracking import (
    Box,
    Engine,
    TrackResult,
    VideoSource,
    VideoWriter,
    track_video,
)

DEFAULT_FPS = 25.0


def follow(
    opened: OpenedEngine[Engine],
    source: VideoSource,
    box: Box,
    request: TrackRequest,
    on_result: Callable[[TrackResult], None] = silent,
) -> dict[str, Any]:
    """Tracks and returns JSON values: the engine, the source, its frames and one row per frame.

    `frames_stated` is the number of frames that the source states (null if it states none),
    `frames_read` the number that were read, the first included; `notes` says how the frames were
    taken where that may surprise, and what is missing.

    Ctrl-C lets the frame under way finish, and the frames so far are the result: it is how a
    camera is stopped. A second one ends the run at once, and no part of the video is left.

    Args:
        opened: what computes the network.
        source: the frames.
        box: target in the first frame.
        request: how many frames, when templates are renewed, and the video to write.
        on_result: called after each frame (progress).

    Returns:
        Engine, source, first box and frames; "interrupted", and if so "interrupted_after", the
        number of frames tracked.

    Raises:
        BoxError, VideoError: as in `track_video`.
        StoreError: the folder of `request.save_video` cannot be made.
        KeyboardInterrupt: Ctrl-C a second time.
    """
    engine, save_video = opened.engine, request.save_video
    random_weights = opened.random_weights
    results: list[TrackResult] = []
    stop = False
    notes = list(source.notes)
    with ExitStack() as stack:
        is_asked = stack.enter_context(deferred_interrupt())
        writer = None
        if save_video is not None:
            make_folder(save_video.parent)
            fps = source.fps or DEFAULT_FPS
            writer = stack.enter_context(VideoWriter(save_video, fps, source.width, source.height))
        on_frame = writer.write if writer is not None else None
        for result in track_video(
            source, box, engine, request.frames, policy=request.policy, on_frame=on_frame,
            on_short=notes.append,
        ):  # fmt: skip
            results.append(result)
            on_result(result)
            if is_asked():
                stop = True
                break
    return {
        "engine": engine.name,
        "source": source.name,
        "frames_stated": source.frame_count,
        "frames_read": len(results) + 1,
        "notes": notes,
        "first_box": list(box),
        "interrupted": stop,
        **({"interrupted_after": len(results)} if stop else {}),
        **({} if random_weights is None else {RANDOM_KEY: random_weights}),
        "frames": [{**asdict(result), "box": list(result.box)} for result in results],
    }


def write_boxes(path: Path, tracked: dict[str, Any]) -> None:
    """Writes what `follow` returned as JSON, whole or not at all."""
    write_text(path, json.dumps(tracked, indent=2) + "\n")
