"""Which patches the target is remembered by, and when a new one is taken in."""

from dataclasses import dataclass

import numpy as np

from spiketrack.tracking.engine import Image


@dataclass(frozen=True)
class UpdatePolicy:
    """When a tracker with several templates takes in a new one.

    Attributes:
        interval: every how many frames it may.
        threshold: the confidence has to be above this.
    """

    interval: int = 25
    threshold: float = 0.7

    def __post_init__(self) -> None:
        if self.interval < 1:
            raise ValueError(f"interval: needed at least 1 frame, found {self.interval}")

    def is_due(self, frame_index: int, confidence: float) -> bool:
        """Whether a frame brings a new template.

        Args:
            frame_index: number of the frame; 0 is the first of the video.
            confidence: the maximum of the score map times the window, from 0 to 1.

        Why: compared in float32, as the official tracker does; float32(0.8) is not above 0.8.
        """
        confident = bool(np.float32(confidence) > np.float32(self.threshold))
        return frame_index % self.interval == 0 and confident


DEFAULT_POLICY = UpdatePolicy()
LASOT_POLICY = UpdatePolicy(interval=40, threshold=0.8)


class TemplateQueue:
    """T template patches: slot 0 is the first frame's for ever, the others are first in, first out.

    Before any update all T slots hold the first patch. With T = 1 nothing ever changes.
    """

    def __init__(self, first: Image, n_templates: int) -> None:
        """Fills all slots with the first patch.

        Args:
            first: uint8 RGB (H, W, 3).
            n_templates: T, at least 1.

        Raises:
            ValueError: T is below 1.
        """
        if n_templates < 1:
            raise ValueError(f"n_templates: needed at least 1, found {n_templates}")
        self._patches = [first] * n_templates

    @classmethod
    def holding(cls, patches: Image) -> "TemplateQueue":
        """A queue as it was when `stack` gave these patches, uint8 RGB (T, H, W, 3)."""
        queue = cls(patches[0], len(patches))
        queue._patches = list(patches)
        return queue

    @property
    def can_update(self) -> bool:
        """Whether there is a slot beside the first."""
        return len(self._patches) > 1

    def push(self, patch: Image) -> None:
        """Drops the oldest patch behind slot 0 and appends this one.

        Args:
            patch: uint8 RGB (H, W, 3).

        Raises:
            ValueError: T is 1.
        """
        if not self.can_update:
            raise ValueError("a queue of one template never updates")
        self._patches.pop(1)
        self._patches.append(patch)

    def stack(self) -> Image:
        """All patches, uint8 RGB (T, H, W, 3), oldest first."""
        return np.stack(self._patches)
