"""A network and its rivals on the same held-out scenes: the figures of a model card."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from spiketrack.errors import BackendUnavailable
from spiketrack.tracking import Engine
from spiketrack.training.evaluate import (
    EngineFollower,
    Follower,
    SequenceScore,
    Stationary,
    evaluate,
    mean_scores,
)
from spiketrack.training.generator import CHANCES
from spiketrack.training.rivals import OpenCVTracker, TemplateMatching

OPENCV_KINDS = ("KCF", "CSRT")


def scoreboard(
    engines: Mapping[str, Callable[[], Engine]],
    *,
    seed: int,
    scenes: Iterable[int],
    frames: int,
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Scores of engines, a box at rest, template matching and OpenCV's trackers.

    Every frame but a scene's first is tracked in closed loop; frames without the target in view do
    not count, and every scene counts alike. OpenCV's trackers are there where this OpenCV has them.

    Args:
        engines: makers of what is scored, by name; empty for the rivals alone.
        seed: of the data it was trained on; scenes are taken from those held out.
        scenes: which of them.
        frames: frames of each, the first included.
        progress: told how many scenes are done.
    """
    wanted = list(scenes)
    makers: dict[str, Callable[[], Follower]] = {
        name: partial(_follower, make) for name, make in engines.items()
    }
    makers |= {"box at rest": Stationary, "template matching": TemplateMatching}
    makers |= {f"OpenCV {kind}": partial(OpenCVTracker, kind) for kind in installed_kinds()}
    scores = evaluate(makers, seed=seed, indices=wanted, frames=frames, progress=progress)
    return {
        "seed": seed,
        "scenes": wanted,
        "frames": frames,
        "trackers": {name: _summary(of) for name, of in scores.items()},
    }


def _follower(make: Callable[[], Engine]) -> EngineFollower:
    return EngineFollower(make())


def installed_kinds() -> tuple[str, ...]:
    """Names the trackers of OpenCV that are installed."""
    kinds = []
    for kind in OPENCV_KINDS:
        try:
            OpenCVTracker(kind)
        except BackendUnavailable:
            continue
        kinds.append(kind)
    return tuple(kinds)


def _summary(scores: Sequence[SequenceScore]) -> dict[str, Any]:
    """Means over all scenes, and over those with each difficulty."""
    attributes = {}
    for name in CHANCES:
        having = [score for score in scores if name in score.attributes]
        if having:
            attributes[name] = {"scenes": len(having), **mean_scores(having)}
    return {
        **mean_scores(scores),
        "attributes": attributes,
        "auc_of_scenes": [round(score.auc, 4) for score in scores],
    }
