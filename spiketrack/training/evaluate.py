"""How well a tracker follows what it has never seen: crops by themselves, and closed loop.

Closed loop is what counts: each search crop is cut around the tracker's own last box. Beside it
stands a box that never moves, which is what any tracker has to beat.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from spiketrack.network import SpikeTrackNetwork
from spiketrack.tracking import Box, Engine, Tracker, iou, precision_at_20, success_auc
from spiketrack.tracking.engine import Image
from spiketrack.training.generator import HELD_OUT, make_scene
from spiketrack.training.losses import best_boxes, generalised_iou, to_corners
from spiketrack.training.pairs import Draw, make_batch
from spiketrack.training.scenes import Scene
from spiketrack.training.trainer import pixels

LOST = 0.1
"""A tracker is lost where its IoU falls below this and stays there for `LOST_FRAMES`."""

LOST_FRAMES = 10


class Follower(Protocol):
    """Anything that can be told a box and then asked for the next ones."""

    def start(self, frame: Image, box: Box) -> None:
        """Takes the target from a frame."""

    def follow(self, frame: Image) -> Box:
        """Says where it is in the next one."""


class Stationary:
    """Says the first box for ever."""

    def start(self, frame: Image, box: Box) -> None:
        """Keeps the box."""
        self._box = box

    def follow(self, frame: Image) -> Box:
        """The first box."""
        return self._box


class EngineFollower:
    """This project's tracker on any engine."""

    def __init__(self, engine: Engine) -> None:
        self._tracker = Tracker(engine)

    def start(self, frame: Image, box: Box) -> None:
        """Takes the template."""
        self._tracker.initialise(frame, box)

    def follow(self, frame: Image) -> Box:
        """One frame of the tracker."""
        return self._tracker.track(frame).box


@dataclass(frozen=True)
class SequenceScore:
    """How one tracker did on one sequence.

    Attributes:
        index: which scene.
        attributes: what was hard about it.
        auc: success AUC over the frames where the target is in view.
        precision: share of those frames with the centre at most 20 pixels off.
        mean_iou: mean over those frames.
        frames: how many there are.
        held: frames until the target was lost, all of them if it never was.
    """

    index: int
    attributes: tuple[str, ...]
    auc: float
    precision: float
    mean_iou: float
    frames: int
    held: int


def crop_iou(network: SpikeTrackNetwork, seed: int, count: int, batch: int = 32) -> float:
    """Mean IoU of the best cell's box on held-out pairs, without window or loop."""
    total = 0.0
    variant = network.variant
    draw = Draw(variant.crop_size, searches=1, templates=variant.n_templates)
    for step in range(-(-count // batch)):
        pairs = make_batch(seed + HELD_OUT, step, batch, draw)
        with torch.no_grad():
            memories = network.template(pixels(pairs.templates))
            found = best_boxes(network.search(pixels(pairs.searches), memories))
        truth = torch.from_numpy(pairs.boxes)
        total += float(generalised_iou(to_corners(found), to_corners(truth)).iou.sum())
    return total / (-(-count // batch) * batch)


def held_out_scene(seed: int, index: int, least_visible: float = 0.7) -> Scene:
    """Scene number `index` that nobody trains on, one whose first frame shows its target."""
    for take in range(1000):
        scene = make_scene(seed + HELD_OUT, index, take)
        box = scene.box(0)
        if box is not None and min(box.w, box.h) >= 8 and scene.frame(0).visible >= least_visible:
            return scene
    raise RuntimeError(f"scene {index} of seed {seed}: no take shows its target in frame 0")


def score_scene(
    scene: Scene, index: int, frames: int, followers: Sequence[Follower]
) -> list[SequenceScore]:
    """Every follower through the same frames of a scene, which are drawn once."""
    found: list[list[Box]] = [[] for _ in followers]
    truth: list[Box | None] = []
    for picture, box in scene.frames(frames):
        for follower, boxes in zip(followers, found, strict=True):
            if not truth and box is not None:
                follower.start(picture.image, box)
            else:
                boxes.append(follower.follow(picture.image))
        truth.append(box)
    return [score_boxes(boxes, truth[1:], index, scene.attributes) for boxes in found]


def score_boxes(
    found: Sequence[Box], truth: Sequence[Box | None], index: int, attributes: tuple[str, ...]
) -> SequenceScore:
    """Scores boxes against the truth; frames without one do not count."""
    pairs = [(f, t) for f, t in zip(found, truth, strict=True) if t is not None]
    predicted, true = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    overlaps = np.array([iou(f, t) for f, t in pairs])
    return SequenceScore(
        index=index,
        attributes=attributes,
        auc=success_auc(predicted, true),
        precision=precision_at_20(predicted, true),
        mean_iou=float(overlaps.mean()),
        frames=len(pairs),
        held=frames_held(overlaps),
    )


def frames_held(overlaps: npt.NDArray[np.float64]) -> int:
    """Frames before the first run of `LOST_FRAMES` with IoU below `LOST`; all if there is none."""
    run = 0
    for i, value in enumerate(overlaps.tolist()):
        run = run + 1 if value < LOST else 0
        if run == LOST_FRAMES:
            return i + 1 - LOST_FRAMES
    return len(overlaps)


def evaluate(
    followers: dict[str, Callable[[], Follower]],
    *,
    seed: int,
    indices: Iterable[int],
    frames: int,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, list[SequenceScore]]:
    """Scores of every follower on held-out scenes, by the followers' names.

    Args:
        followers: a maker of each; a new one is made for every scene.
        seed: of the data the weights were trained on.
        indices: which held-out scenes.
        frames: frames of each, the first included.
        progress: told how many scenes are done.
    """
    scores: dict[str, list[SequenceScore]] = {name: [] for name in followers}
    for done, index in enumerate(indices, 1):
        made = [make() for make in followers.values()]
        scene = held_out_scene(seed, index)
        for name, score in zip(followers, score_scene(scene, index, frames, made), strict=True):
            scores[name].append(score)
        progress(done)
    return scores


def mean_scores(scores: Sequence[SequenceScore]) -> dict[str, float]:
    """Means over sequences, every sequence alike."""
    return {
        "auc": float(np.mean([s.auc for s in scores])),
        "precision": float(np.mean([s.precision for s in scores])),
        "mean_iou": float(np.mean([s.mean_iou for s in scores])),
        "held": float(np.mean([s.held / s.frames for s in scores])),
    }
