"""How well predicted boxes fit the true ones: the two figures of one-pass evaluation.

Source: Wu, Lim, Yang, Online Object Tracking: A Benchmark, CVPR 2013. Every frame counts alike.
"""

import numpy as np
import numpy.typing as npt

from spiketrack.tracking.boxes import Box, iou

_THRESHOLDS = np.arange(21) / 20
PRECISION_DISTANCE_PX = 20.0


def success_auc(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean over thresholds 0, 0.05 ... 1 of the share of frames with a larger IoU.

    Perfect boxes give 20/21, since no IoU is above 1.

    Args:
        predicted: (N, 4), x, y, w, h in pixels.
        truth: (N, 4), likewise.

    Raises:
        ValueError: shapes differ or are not (N, 4) with N above 0.
    """
    a, b = _box_pair(predicted, truth)
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    overlaps = np.array([iou(Box(*p), Box(*t)) for p, t in pairs])
    return float(np.mean(overlaps[:, None] > _THRESHOLDS[None, :]))


def precision_at_20(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Share of frames whose centres lie at most 20 pixels apart.

    Args:
        predicted: (N, 4), x, y, w, h in pixels.
        truth: (N, 4), likewise.

    Raises:
        ValueError: shapes differ or are not (N, 4) with N above 0.
    """
    a, b = _box_pair(predicted, truth)
    apart = (a[:, :2] + a[:, 2:] / 2) - (b[:, :2] + b[:, 2:] / 2)
    return float(np.mean(np.hypot(apart[:, 0], apart[:, 1]) <= PRECISION_DISTANCE_PX))


def _box_pair(
    predicted: npt.ArrayLike, truth: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    a = np.asarray(predicted, dtype=np.float64)
    b = np.asarray(truth, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != 4 or len(a) == 0:
        raise ValueError(
            f"boxes: needed two of one shape (N, 4), N > 0, found {a.shape} and {b.shape}"
        )
    return a, b
