"""The tracker: crop, search, decode, frame by frame, and now and then a new template.

It knows nothing of who computes the maps, and says before each call of the engine which phase it is
in, so that counts can be kept apart: `init` (first templates), `track` (one search), `update`
(templates again).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from spiketrack.errors import VideoError
from spiketrack.tracking.boxes import Box, check_box
from spiketrack.tracking.crop import crop_around
from spiketrack.tracking.decode import decode_patch_box, hann_window, to_image_box
from spiketrack.tracking.engine import Engine, Image
from spiketrack.tracking.templates import DEFAULT_POLICY, TemplateQueue, UpdatePolicy
from spiketrack.tracking.video import VideoSource

Phase = Literal["init", "track", "update"]
OnPhase = Callable[[Phase], None]
OnFrame = Callable[[Image, Box], None]


@dataclass(frozen=True)
class TrackResult:
    """Where the target is in one frame.

    Attributes:
        frame_index: 1 for the first frame after the one the box was given for.
        box: x, y, w, h in image pixels.
        confidence: maximum of Hann window times score map.
        template_updated: whether this frame became a template.
    """

    frame_index: int
    box: Box
    confidence: float
    template_updated: bool


class Tracker:
    """Follows one target with an engine."""

    def __init__(
        self,
        engine: Engine,
        policy: UpdatePolicy = DEFAULT_POLICY,
        search_factor: float = 4.0,
        on_phase: OnPhase | None = None,
    ) -> None:
        """Makes a tracker that has no target yet.

        Args:
            engine: what computes memories and maps.
            policy: when to take a new template, for T above 1.
            search_factor: side of search and template area over sqrt(w * h) of the box.
            on_phase: called with the phase before each call of the engine.
        """
        self._engine = engine
        self._policy = policy
        self._factor = search_factor
        self._on_phase = on_phase
        self._window = hann_window(engine.grid)
        self._queue: TemplateQueue | None = None
        self._memories: object = None
        self._box = Box(0.0, 0.0, 0.0, 0.0)
        self._frame_index = 0
        self._phase: Phase = "init"

    @property
    def phase(self) -> Phase:
        """The phase of the engine's latest call."""
        return self._phase

    def initialise(self, frame_rgb: Image, box: Box) -> None:
        """Takes the target from a frame, forgetting any other.

        Args:
            frame_rgb: uint8 RGB (H, W, 3).
            box: the target, image pixels.

        Raises:
            BoxError: the box is empty or outside the frame.
            ValueError: not a uint8 RGB image.
        """
        _check_frame(frame_rgb)
        check_box(box, frame_rgb.shape[1], frame_rgb.shape[0])
        patch, _ = self._crop(frame_rgb, box)
        self._queue = TemplateQueue(patch, self._engine.n_templates)
        self._box = box
        self._frame_index = 0
        self._encode("init", self._queue)

    def track(self, frame_rgb: Image) -> TrackResult:
        """Finds the target in the next frame.

        Args:
            frame_rgb: uint8 RGB (H, W, 3).

        Raises:
            RuntimeError: `initialise` was not called.
            ValueError: not a uint8 RGB image.
        """
        if self._queue is None:
            raise RuntimeError("track was called before initialise")
        _check_frame(frame_rgb)
        self._frame_index += 1
        patch, resize_factor = self._crop(frame_rgb, self._box)
        self._enter("track")
        maps = self._engine.search(patch, self._memories)
        found = decode_patch_box(maps, self._window)
        size = (frame_rgb.shape[1], frame_rgb.shape[0])
        self._box = to_image_box(found, self._box, resize_factor, self._engine.crop_size, size)
        updated = self._maybe_update(frame_rgb, found.confidence, self._queue)
        return TrackResult(self._frame_index, self._box, found.confidence, updated)

    def _maybe_update(self, frame: Image, confidence: float, queue: TemplateQueue) -> bool:
        if not (queue.can_update and self._policy.is_due(self._frame_index, confidence)):
            return False
        queue.push(self._crop(frame, self._box)[0])
        self._encode("update", queue)
        return True

    def _crop(self, frame: Image, box: Box) -> tuple[Image, float]:
        return crop_around(frame, box, self._factor, self._engine.crop_size)

    def _encode(self, phase: Phase, queue: TemplateQueue) -> None:
        self._enter(phase)
        self._memories = self._engine.encode_templates(queue.stack())

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        if self._on_phase is not None:
            self._on_phase(phase)


def track_video(
    source: VideoSource,
    box: Box,
    engine: Engine,
    frames: int | None = None,
    *,
    policy: UpdatePolicy = DEFAULT_POLICY,
    on_phase: OnPhase | None = None,
    on_frame: OnFrame | None = None,
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

    Raises:
        BoxError: the box is empty or outside the frame.
        VideoError: the source breaks off or has fewer than two frames.
        ValueError: `frames` is below 1.
    """
    if frames is not None and frames < 1:
        raise ValueError(f"frames: needed at least 1, found {frames}")
    check_box(box, source.width, source.height)
    return _results(source, box, Tracker(engine, policy, on_phase=on_phase), frames, on_frame)


def _results(
    source: VideoSource, box: Box, tracker: Tracker, frames: int | None, on_frame: OnFrame | None
) -> Iterator[TrackResult]:
    n_tracked = 0
    for index, frame in enumerate(islice(source, None if frames is None else frames + 1)):
        if index == 0:
            tracker.initialise(frame, box)
            found = box
        else:
            result = tracker.track(frame)
            found = result.box
            n_tracked += 1
        if on_frame is not None:
            on_frame(frame, found)
        if index > 0:
            yield result
    if n_tracked == 0:
        raise VideoError(f"'{source.name}'", "at least 2 frames to track", "fewer")


def _check_frame(frame: Image) -> None:
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"frame: needed uint8 RGB (H, W, 3), found {frame.dtype} {frame.shape}")
