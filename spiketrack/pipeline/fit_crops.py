"""Generated crops that integer weights are fitted to; their scenes train and score nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibration.fit_graph import FitCrops
from spiketrack.network import Variant
from spiketrack.training.pairs import Draw, make_group

Rounding = Literal["nearest", "fitted"]
"""How weights become integers: each to the nearest step, or all of a channel together so that the
sums of generated crops change least."""
FIT_SEED = 2_000_003
"""Seed of the scenes, far from the seeds of training and of held-out scenes."""
TARGETS = 24
SEARCHES = 2
"""Search crops of each target."""


@dataclass(frozen=True)
class Target:
    """A target in a few crops.

    Attributes:
        crops: templates and searches.
        boxes: float32 (K, 4), centre, width and height as shares of each search crop's side.
    """

    crops: FitCrops
    boxes: NDArray[np.float32]


def draw_targets(variant: Variant, count: int, first: int = 0) -> list[Target]:
    """Targets number `first` and following, the same every time."""
    draw = Draw(variant.crop_size, SEARCHES, templates=variant.n_templates)
    groups = [make_group(FIT_SEED, first + index, draw) for index in range(count)]
    return [
        Target(FitCrops(_raw(of.templates[:, 0])[:, None], _raw(of.searches)[None]), of.boxes)
        for of in groups
    ]


def draw_fit_crops(variant: Variant, targets: int = TARGETS) -> list[FitCrops]:
    """The crops that the weights of a network are fitted to."""
    return [target.crops for target in draw_targets(variant, targets)]


def fit_facts(crops: Sequence[FitCrops]) -> dict[str, Any]:
    """What a report says about them."""
    return {
        "seed": FIT_SEED,
        "targets": len(crops),
        "search_crops": sum(of.searches.shape[1] for of in crops),
    }


def _raw(patches: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, S, S, 3) to (N, 3, S, S)."""
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))
