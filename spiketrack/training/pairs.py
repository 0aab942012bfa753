"""Training groups: template crops, a few search crops of the same target, and its box in each.

Crops are drawn straight from the scene at the network's size; no frame is drawn for them. Group
number i of a seed depends on (seed, i) and nothing else, so training can go on from any step.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import FloatMap, Image
from spiketrack.training.generator import make_scene
from spiketrack.training.scenes import Scene, View

Shares = tuple[float, float, float, float]
"""Centre, width and height, as shares of a crop's side."""

SEARCH_FACTOR = 4.0
"""Side of a crop over sqrt(w * h) of the box, as the tracker cuts it."""

LONGEST_GAP = 100
CLEAR = 0.7
"""Least visible share of a template's target."""

LATER_MISS = 0.08
"""Standard deviation of how far a later template is off, in box sides and as a logarithm of its
side: a tracker cuts it around its own box."""

LEAST_VISIBLE = 0.4
"""Least visible share of a search crop's target."""

SPARE_TRIES = 3
"""Frames tried beyond those needed before another scene is taken."""

MOST_TAKES = 1000


@dataclass(frozen=True)
class Jitter:
    """How far the search crop is from where the target is.

    Attributes:
        near: standard deviation of a near miss, in box sides.
        far: reach of a far one, in box sides.
        far_share: how often it is far.
        scale: standard deviation of the logarithm of the crop's side.
    """

    near: float = 0.35
    far: float = 1.4
    far_share: float = 0.35
    scale: float = 0.2


@dataclass(frozen=True)
class Draw:
    """What training draws.

    Attributes:
        crop_size: side of the crops, pixels.
        searches: search crops of each group.
        jitter: how far they miss.
        ramp: groups over which the difficulties rise from none to their full chance.
        templates: T, template crops of each group.
    """

    crop_size: int
    searches: int = 3
    jitter: Jitter = Jitter()
    ramp: int = 0
    templates: int = 1

    def hardness(self, index: int) -> float:
        """Times the chance of every difficulty in group `index`."""
        return 1.0 if index >= self.ramp else index / self.ramp


@dataclass(frozen=True)
class Batch:
    """B groups of T templates and K searches each; searches and boxes go group by group.

    Attributes:
        templates: uint8 RGB (T, B, S, S, 3), the target in the middle; the first frame's first.
        searches: uint8 RGB (B * K, S, S, 3).
        boxes: float32 (B * K, 4), centre, width and height as shares of the search crop's side.
    """

    templates: Image
    searches: Image
    boxes: FloatMap


def make_batch(seed: int, step: int, size: int, draw: Draw) -> Batch:
    """Groups step * size up to (step + 1) * size - 1 of a seed."""
    groups = [make_group(seed, step * size + i, draw) for i in range(size)]
    return Batch(
        np.concatenate([group.templates for group in groups], axis=1),
        np.concatenate([group.searches for group in groups]),
        np.concatenate([group.boxes for group in groups]),
    )


def make_group(seed: int, index: int, draw: Draw) -> Batch:
    """Group number `index`, a batch of one group.

    A scene whose target is hardly to be seen is passed over for another one.
    """
    for take in range(MOST_TAKES):
        rng = np.random.default_rng((seed, 3, index, take))
        scene = make_scene(seed, index, take, draw.hardness(index))
        group = _group_of(scene, rng, np.random.default_rng((seed, 4, index, take)), draw)
        if group is not None:
            return group
    raise RuntimeError(f"group {index} of seed {seed}: no scene in {MOST_TAKES} shows its target")


def data_hash(seed: int, draw: Draw, count: int = 32) -> str:
    """SHA-256 of the first groups of a seed: tells whether two machines draw the same data."""
    batch = make_batch(seed, 0, count, draw)
    digest = hashlib.sha256()
    for array in (batch.templates, batch.searches, batch.boxes):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _group_of(
    scene: Scene, rng: np.random.Generator, later_rng: np.random.Generator, draw: Draw
) -> Batch | None:
    """A group of a scene, or None if too little of its target is seen.

    Why two generators: groups of one template and of several have the same first template and the
    same searches.
    """
    first = int(rng.integers(0, LONGEST_GAP))
    box = scene.box(first)
    if box is None:
        return None
    template = scene.square(first, _around(box, (0.0, 0.0), 0.0, draw.crop_size))
    if template.visible < CLEAR:
        return None
    flip = rng.random() < 0.5
    templates = [template.image, *_later_templates(scene, first, template.image, later_rng, draw)]
    found = []
    for _ in range(draw.searches + SPARE_TRIES):
        search = _search_of(scene, first + int(rng.integers(0, LONGEST_GAP + 1)), rng, draw)
        if search is not None:
            found.append(_flipped(*search) if flip else search)
        if len(found) == draw.searches:
            stack = np.stack(templates)[:, None]
            boxes = np.array([shares for _, shares in found], dtype=np.float32)
            searches = np.stack([crop for crop, _ in found])
            return Batch(stack[:, :, :, ::-1] if flip else stack, searches, boxes)
    return None


def _later_templates(
    scene: Scene, first: int, image: Image, rng: np.random.Generator, draw: Draw
) -> list[Image]:
    """The templates behind the first, as a tracker's queue may hold them.

    At the start of a video the queue holds copies of the first one; updates replace them from the
    back. So a random number of them come from other frames, cut a little beside the target.
    """
    if draw.templates == 1:
        return []
    renewed = min(int(rng.integers(0, 2 * draw.templates - 2)), draw.templates - 1)
    later = [image] * (draw.templates - 1 - renewed)
    for _ in range(renewed):
        crop = _later_template(scene, first + int(rng.integers(1, LONGEST_GAP + 1)), rng, draw)
        later.append(image if crop is None else crop)
    return later


def _later_template(scene: Scene, frame: int, rng: np.random.Generator, draw: Draw) -> Image | None:
    """A template of a later frame, unless too little of the target is seen in it."""
    across, along, log_scale = rng.normal(0, LATER_MISS, 3).tolist()
    box = scene.box(frame)
    if box is None:
        return None
    picture = scene.square(frame, _around(box, (across, along), log_scale, draw.crop_size))
    return picture.image if picture.visible >= CLEAR else None


def _search_of(
    scene: Scene, frame: int, rng: np.random.Generator, draw: Draw
) -> tuple[Image, Shares] | None:
    """A search crop of a frame and the target's box in it, unless too little of it is seen."""
    miss, log_scale = _miss(rng, draw.jitter), float(rng.normal(0, draw.jitter.scale))
    box = scene.box(frame)
    if box is None:
        return None
    view = _around(box, miss, log_scale, draw.crop_size)
    picture = scene.square(frame, view)
    if picture.visible < LEAST_VISIBLE:
        return None
    x, y = box.x + box.w / 2 - view.left, box.y + box.h / 2 - view.top
    return picture.image, (x / view.side, y / view.side, box.w / view.side, box.h / view.side)


def _flipped(crop: Image, shares: Shares) -> tuple[Image, Shares]:
    return crop[:, ::-1], (1 - shares[0], *shares[1:])


def _miss(rng: np.random.Generator, jitter: Jitter) -> tuple[float, float]:
    """Where the crop is centred, in box sides from the target."""
    if rng.random() < jitter.far_share:
        x, y = rng.uniform(-jitter.far, jitter.far, 2).tolist()
    else:
        x, y = np.clip(rng.normal(0, jitter.near, 2), -jitter.far, jitter.far).tolist()
    return x, y


def _around(box: Box, miss: tuple[float, float], log_scale: float, crop_size: int) -> View:
    root = math.sqrt(box.w * box.h)
    side = SEARCH_FACTOR * root * math.exp(min(max(log_scale, -0.5), 0.5))
    # Why: a crop drawn closer than the miss allows would not hold the target's centre.
    reach = 0.45 * side
    dx, dy = (min(max(part * root, -reach), reach) for part in miss)
    left = box.x + box.w / 2 + dx - side / 2
    top = box.y + box.h / 2 + dy - side / 2
    return View(left, top, side, crop_size)
