"""The tracker: crop, search, decode, frame by frame, and now and then a new template.

It knows nothing of who computes the maps, and says before each call of the engine which phase it is
in, so that counts can be kept apart: `init` (first templates), `track` (one search), `update`
(templates again).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from spiketrack.tracking.boxes import Box, check_box
from spiketrack.tracking.crop import crop_around
from spiketrack.tracking.decode import decode_patch_box, hann_window, to_image_box
from spiketrack.tracking.engine import Engine, Image
from spiketrack.tracking.templates import DEFAULT_POLICY, TemplateQueue, UpdatePolicy

Phase = Literal["init", "track", "update"]
OnPhase = Callable[[Phase], None]


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


@dataclass(frozen=True)
class TrackerState:
    """All that a tracker carries from frame to frame; the memories follow from the templates.

    Attributes:
        frame_index: of the last frame tracked; 0 right after `initialise`.
        box: where the target was in it, image pixels.
        templates: uint8 RGB (T, H, W, 3), oldest first.
    """

    frame_index: int
    box: Box
    templates: Image = field(repr=False)


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
    def has_target(self) -> bool:
        """Whether `initialise` or `restore` gave it a target."""
        return self._queue is not None

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
        decoded = decode_patch_box(maps, self._window)
        size = (frame_rgb.shape[1], frame_rgb.shape[0])
        self._box = to_image_box(decoded, self._box, resize_factor, self._engine.crop_size, size)
        updated = self._maybe_update(frame_rgb, decoded.confidence, self._queue)
        return TrackResult(self._frame_index, self._box, decoded.confidence, updated)

    def state(self) -> TrackerState:
        """Where the tracker stands, to go on from in another process.

        Raises:
            RuntimeError: there is no target yet.
        """
        if self._queue is None:
            raise RuntimeError("state was asked for before initialise")
        return TrackerState(self._frame_index, self._box, self._queue.stack())

    def restore(self, state: TrackerState) -> None:
        """Goes on from a state: encodes its templates again, which starts no phase.

        Args:
            state: what `state` gave, here or in another process.

        Raises:
            ValueError: templates of another number or size, or an impossible box or frame index.
        """
        side = self._engine.crop_size
        needed = (self._engine.n_templates, side, side, 3)
        if state.templates.dtype != np.uint8 or state.templates.shape != needed:
            found = f"{state.templates.dtype} {state.templates.shape}"
            raise ValueError(f"templates: needed uint8 {needed}, found {found}")
        if state.frame_index < 0:
            raise ValueError(f"frame index: needed 0 or more, found {state.frame_index}")
        if not (np.isfinite(state.box).all() and state.box.w > 0 and state.box.h > 0):
            raise ValueError(f"box: needed finite numbers and a size above 0, found {state.box}")
        self._queue = TemplateQueue.holding(state.templates)
        self._box, self._frame_index = state.box, state.frame_index
        self._memories = self._engine.encode_templates(self._queue.stack())

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


def _check_frame(frame: Image) -> None:
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise ValueError(f"frame: needed uint8 RGB (H, W, 3), found {frame.dtype} {frame.shape}")
