"""Trackers that are not ours, to stand beside: template matching, and OpenCV's where installed."""

import cv2
import numpy as np

from spiketrack.errors import BackendUnavailable
from spiketrack.tracking import Box
from spiketrack.tracking.engine import Image

SCALES = (0.95, 1.0, 1.05)
"""Sizes of the template that are tried in every frame, relative to the last box."""

REACH = 2.0
"""Side of the search window over the box's, in both directions."""


class TemplateMatching:
    """Normalised cross-correlation of the first frame's target, near the last box, three scales."""

    def start(self, frame: Image, box: Box) -> None:
        """Cuts the template out."""
        self._box = box
        x0, y0, x1, y1 = _inside(frame, box.x, box.y, box.x + box.w, box.y + box.h)
        self._template = frame[y0:y1, x0:x1].copy()

    def follow(self, frame: Image) -> Box:
        """The best match; the last box where no window holds the template."""
        box, best = self._box, -np.inf
        reach_x, reach_y = (REACH - 1) * box.w / 2 + 4, (REACH - 1) * box.h / 2 + 4
        left, top = box.x - reach_x, box.y - reach_y
        right, bottom = box.x + box.w + reach_x, box.y + box.h + reach_y
        x0, y0, x1, y1 = _inside(frame, left, top, right, bottom)
        window = frame[y0:y1, x0:x1]
        for scale in SCALES:
            size = max(3, round(box.w * scale)), max(3, round(box.h * scale))
            if size[0] > window.shape[1] or size[1] > window.shape[0]:
                continue
            template = cv2.resize(self._template, size, interpolation=cv2.INTER_AREA)
            scores = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
            _, score, _, place = cv2.minMaxLoc(scores)
            if score > best:
                best = score
                self._box = Box(float(x0 + place[0]), float(y0 + place[1]), *map(float, size))
        return self._box


class OpenCVTracker:
    """One of OpenCV's own trackers; the last box stands where it says it has lost the target."""

    def __init__(self, kind: str) -> None:
        """Names a tracker of OpenCV.

        Args:
            kind: "CSRT" or "KCF".

        Raises:
            BackendUnavailable: this OpenCV was built without it.
        """
        make = getattr(cv2, f"Tracker{kind}_create", None)
        if make is None:
            raise BackendUnavailable(
                f"OpenCV's {kind} tracker",
                "an OpenCV built with its contributed modules",
                f"OpenCV {cv2.__version__} without it",
                "Install opencv-contrib-python-headless in place of opencv-python-headless.",
            )
        self._tracker = make()

    def start(self, frame: Image, box: Box) -> None:
        """Takes the target."""
        self._box = box
        x0, y0, x1, y1 = _inside(frame, box.x, box.y, box.x + box.w, box.y + box.h)
        self._tracker.init(np.ascontiguousarray(frame[..., ::-1]), (x0, y0, x1 - x0, y1 - y0))

    def follow(self, frame: Image) -> Box:
        """Where it says the target is."""
        found, box = self._tracker.update(np.ascontiguousarray(frame[..., ::-1]))
        if found:
            self._box = Box(*map(float, box))
        return self._box


def _inside(frame: Image, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
    """Whole pixels inside the frame, at least three either way."""
    height, width = frame.shape[:2]
    left, top = (int(min(max(0, round(v)), n - 3)) for v, n in ((x0, width), (y0, height)))
    right = int(max(left + 3, min(round(x1), width)))
    bottom = int(max(top + 3, min(round(y1), height)))
    return left, top, right, bottom
