"""How well predicted boxes fit the true ones: the two figures of one-pass evaluation.

The protocol, for both figures:
- A frame in which the target is absent has no true box. Benchmarks write it as NaN or as a box of
  no width or no height. Such frames are left out: they count neither for nor against a tracker,
  whatever it predicted there.
- Every other frame counts alike, the first too if it is given.
- A predicted box with NaN or infinity in it, or of negative size, is a miss in both figures. One of
  no area is a miss in overlap, and has a centre all the same.

Source: Wu, Lim, Yang, Online Object Tracking: A Benchmark, CVPR 2013.
"""

import numpy as np
import numpy.typing as npt

from spiketrack.tracking.boxes import Box, iou

Boxes = npt.NDArray[np.float64]

_THRESHOLDS = np.arange(21) / 20
PRECISION_DISTANCE_PX = 20.0


def success_auc(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Mean over thresholds 0, 0.05 ... 1 of the share of frames with a larger IoU.

    Perfect boxes give 20/21, since no IoU is above 1. Frames without a true box are left out, as
    the module's protocol says.

    Args:
        predicted: (N, 4), x, y, w, h in pixels.
        truth: (N, 4), likewise; NaN or no width or height where the target is absent.

    Raises:
        ValueError: shapes differ or are not (N, 4) with N above 0, a true box is infinite or of
            negative size, or no frame has a true box.
    """
    a, b = _visible(predicted, truth)
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    overlaps = np.array([iou(Box(*p), Box(*t)) for p, t in pairs])
    overlaps[~_is_box(a)] = 0.0
    return float(np.mean(overlaps[:, None] > _THRESHOLDS[None, :]))


def precision_at_20(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Share of frames whose centres lie at most 20 pixels apart.

    Frames without a true box are left out, as the module's protocol says.

    Args:
        predicted: (N, 4), x, y, w, h in pixels.
        truth: (N, 4), likewise; NaN or no width or height where the target is absent.

    Raises:
        ValueError: as `success_auc`.
    """
    a, b = _visible(predicted, truth)
    is_box = _is_box(a)
    a = np.where(is_box[:, None], a, np.inf)
    apart = (a[:, :2] + a[:, 2:] / 2) - (b[:, :2] + b[:, 2:] / 2)
    return float(np.mean(np.hypot(apart[:, 0], apart[:, 1]) <= PRECISION_DISTANCE_PX))


def _is_box(boxes: Boxes) -> npt.NDArray[np.bool_]:
    is_box: npt.NDArray[np.bool_] = np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] >= 0).all(axis=1)
    return is_box


def _visible(predicted: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Boxes, Boxes]:
    """The boxes of the frames that have a true one."""
    a = np.asarray(predicted, dtype=np.float64)
    b = np.asarray(truth, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != 4 or len(a) == 0:
        raise ValueError(
            f"boxes: needed two of one shape (N, 4), N > 0, found {a.shape} and {b.shape}"
        )
    is_absent = np.isnan(b).any(axis=1) | (b[:, 2:] == 0).any(axis=1)
    wrong = np.flatnonzero(~is_absent & ~_is_box(b))
    if wrong.size:
        raise ValueError(
            f"true box of frame {wrong[0]}: needed finite numbers and a size of 0 or more, found"
            f" {b[wrong[0]].tolist()}"
        )
    if is_absent.all():
        raise ValueError(f"true boxes: needed a frame with a target in it, found {len(b)} without")
    return a[~is_absent], b[~is_absent]
