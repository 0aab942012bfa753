"""Training pairs: a template crop, a search crop, and the target's box in the search crop.

Crops are drawn straight from the scene at the network's size; no frame is drawn for them. Pair
number i of a seed depends on (seed, i) and nothing else, so training can go on from any step.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import FloatMap, Image
from spiketrack.training.generator import make_scene
from spiketrack.training.scenes import Scene, View

SEARCH_FACTOR = 4.0
"""Side of a crop over sqrt(w * h) of the box, as the tracker cuts it."""

PAIRS_PER_SCENE = 2
"""Pairs of other frames drawn from one scene: making a scene costs more than drawing a pair."""

LONGEST_GAP = 100
CLEAR = 0.7
"""Least visible share of a template's target."""

LEAST_VISIBLE = 0.4
"""Least visible share of a search crop's target."""

TRIES = 4
"""Frames tried for a search crop before another scene is taken."""

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
class Batch:
    """Pairs, B of them.

    Attributes:
        templates: uint8 RGB (B, S, S, 3), the target in the middle.
        searches: uint8 RGB (B, S, S, 3).
        boxes: float32 (B, 4), centre, width and height as shares of the search crop's side.
    """

    templates: Image
    searches: Image
    boxes: FloatMap


def make_batch(
    seed: int, step: int, size: int, crop_size: int, jitter: Jitter | None = None
) -> Batch:
    """Pairs step * size up to (step + 1) * size - 1 of a seed."""
    pairs = [make_pair(seed, step * size + i, crop_size, jitter or Jitter()) for i in range(size)]
    templates, searches, boxes = zip(*pairs, strict=True)
    return Batch(np.stack(templates), np.stack(searches), np.stack(boxes).astype(np.float32))


def make_pair(
    seed: int, index: int, crop_size: int, jitter: Jitter
) -> tuple[Image, Image, npt.NDArray[np.float64]]:
    """Pair number `index`: template, search crop and box (cx, cy, w, h as shares of the crop).

    A scene whose target is hardly to be seen is passed over for another one.
    """
    for take in range(MOST_TAKES):
        rng = np.random.default_rng((seed, 3, index, take))
        scene = make_scene(seed, index // PAIRS_PER_SCENE, take)
        pair = _pair_of(scene, rng, crop_size, jitter)
        if pair is not None:
            return pair
    raise RuntimeError(f"pair {index} of seed {seed}: no scene in {MOST_TAKES} shows its target")


def data_hash(seed: int, crop_size: int, count: int = 64) -> str:
    """SHA-256 of the first pairs of a seed: tells whether two machines draw the same data."""
    batch = make_batch(seed, 0, count, crop_size)
    digest = hashlib.sha256()
    for array in (batch.templates, batch.searches, batch.boxes):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _pair_of(
    scene: Scene, rng: np.random.Generator, crop_size: int, jitter: Jitter
) -> tuple[Image, Image, npt.NDArray[np.float64]] | None:
    first = int(rng.integers(0, LONGEST_GAP))
    box = scene.box(first)
    if box is None:
        return None
    template = scene.square(first, _around(box, (0.0, 0.0), 0.0, crop_size))
    if template.visible < CLEAR:
        return None
    for _ in range(TRIES):
        second = first + int(rng.integers(0, LONGEST_GAP + 1))
        box = scene.box(second)
        if box is None:
            continue
        view = _around(box, _miss(rng, jitter), float(rng.normal(0, jitter.scale)), crop_size)
        search = scene.square(second, view)
        if search.visible < LEAST_VISIBLE:
            continue
        shares = np.array(
            [box.x + box.w / 2 - view.left, box.y + box.h / 2 - view.top, box.w, box.h]
        )
        flip = rng.random() < 0.5
        return _flipped(template.image, search.image, shares / view.side, flip)
    return None


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


def _flipped(
    template: Image, search: Image, shares: npt.NDArray[np.float64], flip: bool
) -> tuple[Image, Image, npt.NDArray[np.float64]]:
    if flip:
        template, search = template[:, ::-1], search[:, ::-1]
        shares[0] = 1 - shares[0]
    return np.ascontiguousarray(template), np.ascontiguousarray(search), shares
