"""Opens what a tracker is counted on: engine, video, the checkpoint beside it, facts and hashes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spiketrack.pipeline.counting import Countable
from spiketrack.pipeline.listener import NOBODY, Listener
from spiketrack.pipeline.loaded import Loaded
from spiketrack.pipeline.requests import ProfileRequest, VideoTarget
from spiketrack.pipeline.sources import (
    OpenedEngine,
    describe_target,
    load_network_beside,
    open_countable,
    open_target,
    searches_to_come,
)
from spiketrack.pipeline.tracker.profile import ProfileJob
from spiketrack.tracking import frames_to_track


@contextmanager
def open_profile(
    file: Path | Loaded,
    target: VideoTarget,
    request: ProfileRequest,
    listener: Listener = NOBODY,
) -> Iterator[tuple[OpenedEngine[Countable], ProfileJob]]:
    """An engine and the work for it; however the block is left, no process stays behind.

    Args:
        file: a converted model, or a checkpoint if `request.engine.is_float`.
        target: the video and the box in its first frame.
        request: how to count.
        listener: hears of a checkpoint beside that does not say which weights it has.

    Raises:
        VideoError, BoxError: as `open_target`.
        The errors of `open_countable` and `load_network_beside`.
        ReportError: an unfinished profile cannot be read.
    """
    # The video first: a box outside the frame is found before an engine is made.
    source, box = open_target(target)
    total = frames_to_track(request.frames, source.frame_count)
    resumed = request.partial if request.resume else None
    with open_countable(file, request.engine, lambda: searches_to_come(total, resumed)) as opened:
        beside = None
        if request.beside is not None:
            beside = load_network_beside(request.beside, opened.loaded, opened.path, listener.warn)
        facts, provenance = describe_target(
            opened.loaded, opened.path, source, command=request.command
        )
        yield opened, ProfileJob(
            engine=opened.engine, source=source, box=box, model=facts, provenance=provenance,
            frames=request.frames, policy=request.policy, beside=beside,
            partial=request.partial, resume=request.resume,
            firing_maps=request.firing_maps,
            files={"model": f"model '{opened.path}'", "video": f"video '{target.video}'",
                   "beside": f"checkpoint '{request.beside}'"},
        )  # fmt: skip
