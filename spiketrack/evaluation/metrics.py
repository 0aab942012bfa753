"""Scores of one-pass evaluation, as the benchmarks' public code computes them.

Every predicted first box is replaced by the true one. Curves: success is the share of frames whose
overlap is above 0, 0.05 ... 1; precision the share whose centres are at most 0, 1 ... 50 pixels
apart; normalised precision the same with distances divided by the true width and height, at 0,
0.01 ... 0.5. AUC is the mean of the success curve, the precisions are read at 20 pixels and at 0.2.
AO is the mean overlap after the first frame, SR50 and SR75 the shares above 0.5 and 0.75.

A frame without a true box (NaN, no size, or marked as absent where the rule says so) is never a
success. What else happens to it is the rule of the benchmark, in the code that papers use:
- "plain" (OTB, NFS, TNL2K, TrackingNet): no precision either, but a hit in normalised precision;
- "uav": a hit in both precisions;
- "marked" (LaSOT): a hit in no curve if it is marked as absent; an unmarked frame without a box is
  a hit in normalised precision;
- "got10k": as "plain" in the curves.
All of them divide by the number of all frames. AO leaves frames without a target out, and for
"got10k" clips both boxes to the picture first.

A predicted box of no width or height is replaced by the one before it where there is a true box
(but for "got10k").
One that is not finite or of negative size is a miss everywhere.

Source: the toolkit of GOT-10k (Huang et al.), the analysis code of PyTracking in the form that
SpikeTrack's authors use, and Wu et al., CVPR 2013, for the definitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spiketrack.evaluation.box_files import Boxes, Flags, without_non_boxes
from spiketrack.evaluation.protocols import Rule

Curve = npt.NDArray[np.float64]

OVERLAPS: Curve = np.arange(21, dtype=np.float64) * 0.05
DISTANCES_PX: Curve = np.arange(51, dtype=np.float64)
NORM_DISTANCES: Curve = DISTANCES_PX / 100.0
_AT_20_PX = 20
_AT_0_2 = 20


@dataclass(frozen=True)
class Curves:
    """The three curves of one sequence, or their means.

    Attributes:
        success: (21,) over `OVERLAPS`.
        precision: (51,) over `DISTANCES_PX`.
        norm_precision: (51,) over `NORM_DISTANCES`.
        overlaps: of the frames after the first that show the target, in order.
    """

    success: Curve
    precision: Curve
    norm_precision: Curve
    overlaps: Curve


@dataclass(frozen=True)
class Scores:
    """The figures that tables show, each from 0 to 1.

    Attributes:
        auc: area under the success curve.
        precision: at 20 pixels.
        norm_precision: at 0.2 of the true size.
        ao: average overlap after the first frame.
        sr50: share of those overlaps above 0.5.
        sr75: likewise above 0.75.
    """

    auc: float
    precision: float
    norm_precision: float
    ao: float
    sr50: float
    sr75: float


def curves_of(
    predicted: npt.ArrayLike,
    truth: npt.ArrayLike,
    in_view: npt.ArrayLike | None = None,
    rule: Rule = "plain",
    size: tuple[int, int] | None = None,
) -> Curves:
    """The curves of one sequence.

    Args:
        predicted: (N, 4), x, y, w, h in pixels, the first row of no matter.
        truth: (N, 4), likewise; NaN or no size where there is no target.
        in_view: (N,) bool; None if the benchmark marks no frame as absent.
        rule: how frames without a target count.
        size: width and height of the picture, which "got10k" clips to; None does not clip.

    Raises:
        ValueError: the shapes do not fit, or no frame after the first has a target.
    """
    true = np.asarray(truth, dtype=np.float64)
    seen = np.ones(len(true), dtype=bool) if in_view is None else np.asarray(in_view, dtype=bool)
    found = np.array(predicted, dtype=np.float64)
    if true.ndim != 2 or true.shape[1:] != (4,) or found.shape != true.shape or len(true) < 2:
        raise ValueError(
            f"boxes: needed two of one shape (N, 4), N > 1, found {found.shape} and {true.shape}"
        )
    if seen.shape != (len(true),):
        raise ValueError(f"view flags: needed shape ({len(true)},), found {seen.shape}")
    fitting = without_non_boxes(true)
    has_box = ~np.isnan(fitting[:, 0])
    valid = has_box & (seen if rule in ("marked", "got10k") else True)
    if not valid[1:].any():
        raise ValueError("true boxes: needed a frame after the first with a target, found none")
    found[0] = true[0]
    found = _without_impossible(found)
    if rule != "got10k":
        found = _filled(found, ~np.isnan(true).any(axis=1))
    if not valid[0]:
        found[0] = np.nan
    overlap = np.where(valid, _overlaps(found, fitting), -1.0)
    apart, share = _distances(found, fitting)
    apart = np.where(valid, apart, -1.0 if rule == "uav" else np.inf)
    share = np.where(valid, share, -1.0)
    if rule == "marked":
        apart, share = (np.where(seen, values, np.inf) for values in (apart, share))
    clipped = _overlaps(_clipped(found, size), _clipped(fitting, size)) if size else overlap
    after = valid.copy()
    after[0] = False
    return Curves(
        success=np.mean(overlap[:, None] > OVERLAPS, axis=0),
        precision=np.mean(apart[:, None] <= DISTANCES_PX, axis=0),
        norm_precision=np.mean(share[:, None] <= NORM_DISTANCES, axis=0),
        overlaps=np.minimum(clipped[after], 1.0),
    )


def mean_curves(curves: Sequence[Curves]) -> Curves:
    """Curves of a benchmark: every sequence counts alike, overlaps are put one after another.

    Args:
        curves: of the sequences, at least one.

    Raises:
        ValueError: there is none.
    """
    if not curves:
        raise ValueError("curves: needed those of at least one sequence, found none")
    return Curves(
        success=np.mean([one.success for one in curves], axis=0),
        precision=np.mean([one.precision for one in curves], axis=0),
        norm_precision=np.mean([one.norm_precision for one in curves], axis=0),
        overlaps=np.concatenate([one.overlaps for one in curves]),
    )


def score(curves: Curves) -> Scores:
    """The figures of some curves.

    Args:
        curves: of a sequence, or the means of several; AO, SR50 and SR75 of several count every
            frame alike, as the toolkit of GOT-10k does.
    """
    return Scores(
        auc=float(curves.success.mean()),
        precision=float(curves.precision[_AT_20_PX]),
        norm_precision=float(curves.norm_precision[_AT_0_2]),
        ao=float(curves.overlaps.mean()),
        sr50=float(np.mean(curves.overlaps > 0.5)),
        sr75=float(np.mean(curves.overlaps > 0.75)),
    )


def _without_impossible(found: Boxes) -> Boxes:
    """Boxes that are not finite or of negative size as NaN."""
    wrong = ~np.isfinite(found).all(axis=1) | (found[:, 2:] < 0).any(axis=1)
    return np.where(wrong[:, None], np.nan, found)


def _filled(found: Boxes, has_truth: Flags) -> Boxes:
    """Boxes of no size as the one before."""
    filled = found.copy()
    for row in range(1, len(filled)):
        if has_truth[row] and (filled[row, 2:] == 0).any():
            filled[row] = filled[row - 1]
    return filled


def _overlaps(a: Boxes, b: Boxes) -> Curve:
    """Intersection over union by rows, 0 where one of the two is no box.

    Why a pixel is taken off and added again, and nothing is cut at 1: the authors' code does so,
    and rounding decides whether a perfect box is above the last threshold.
    """
    low = np.maximum(a[:, :2], b[:, :2])
    high = np.minimum(a[:, :2] + a[:, 2:] - 1.0, b[:, :2] + b[:, 2:] - 1.0)
    shared = np.clip(high - low + 1.0, 0.0, None).prod(axis=1)
    union = a[:, 2:].prod(axis=1) + b[:, 2:].prod(axis=1) - shared
    is_one = union > 0
    return np.where(is_one, shared / np.where(is_one, union, 1.0), 0.0)


def _distances(a: Boxes, b: Boxes) -> tuple[Curve, Curve]:
    """Distances of the centres in pixels, and as shares of the second boxes' sizes.

    The centre is (w - 1) / 2 from the left edge; a share divides both centres before it subtracts,
    which gives the same.
    """
    difference = (a[:, :2] + (a[:, 2:] - 1) / 2) - (b[:, :2] + (b[:, 2:] - 1) / 2)
    apart = np.sqrt((difference**2).sum(axis=1))
    share = np.sqrt(((difference / b[:, 2:]) ** 2).sum(axis=1))
    return np.where(np.isnan(apart), np.inf, apart), np.where(np.isnan(share), np.inf, share)


def _clipped(boxes: Boxes, size: tuple[int, int]) -> Boxes:
    """Corners and sizes clipped to the picture one after another, as the toolkit of GOT-10k does.

    Why so: a box that begins left of the picture keeps its width there, and figures shall be equal.
    """
    out = boxes.copy()
    for axis in (0, 1):
        out[:, axis] = np.clip(out[:, axis], 0, size[axis])
        out[:, axis + 2] = np.clip(out[:, axis + 2], 0, size[axis] - out[:, axis])
    return out
