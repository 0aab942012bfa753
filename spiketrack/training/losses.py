"""What is minimised, as published: weighted focal loss on the centre map + 2 GIoU + 5 L1.

Boxes are centre, width and height as shares of the search crop's side. The box that is compared is
read at the cell of the true centre.

Why there: the official code reads it where the network's own score is highest, which serves a
network that starts from pretrained features; one that starts from nothing first has to learn where
that is, and would be given the gradient of a box in a wrong place.

Sources: focal loss, Law and Deng, CornerNet (ECCV 2018), equation 1, alpha 2, beta 4; GIoU,
Rezatofighi et al. (CVPR 2019); weights 1, 2, 5 and the map's radius, official training code.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from spiketrack.network import SearchOutput

GIOU_WEIGHT = 2.0
L1_WEIGHT = 5.0
FOCAL_ALPHA = 2
FOCAL_BETA = 4
LEAST_OVERLAP = 0.3
"""A centre off by the radius still leaves this IoU. Source: official training code."""


@dataclass(frozen=True)
class Losses:
    """The parts of a loss, each a scalar tensor.

    Attributes:
        total: focal + 2 giou + 5 l1.
        focal: on the score map.
        giou: 1 - GIoU, mean over the batch.
        l1: mean absolute difference of the four numbers.
        iou: mean IoU, for people to read.
    """

    total: Tensor
    focal: Tensor
    giou: Tensor
    l1: Tensor
    iou: Tensor


def tracking_loss(output: SearchOutput, truth: Tensor) -> Losses:
    """The published loss of one batch.

    Args:
        output: what the network said.
        truth: (B, 4), centre, width, height as shares of the crop.
    """
    grid = output.score_map.shape[-1]
    predicted = boxes_at(output, centre_cells(truth, grid))
    overlap = generalised_iou(to_corners(predicted), to_corners(truth).clamp(0.0, 1.0))
    focal = focal_loss(output.score_map, heat_map(truth, grid))
    giou = (1 - overlap.giou).mean()
    l1 = functional.l1_loss(to_corners(predicted), to_corners(truth).clamp(0.0, 1.0))
    total = focal + GIOU_WEIGHT * giou + L1_WEIGHT * l1
    return Losses(total, focal, giou, l1, overlap.iou.detach().mean())


def centre_cells(truth: Tensor, grid: int) -> Tensor:
    """Row by row index of the cell each centre is in, int64 (B,)."""
    cells = (truth[:, :2] * grid).floor().clamp(0, grid - 1).long()
    return cells[:, 1] * grid + cells[:, 0]


def boxes_at(output: SearchOutput, cells: Tensor) -> Tensor:
    """The boxes that cells speak of: (B, 4), centre, width, height as shares of the crop.

    Args:
        output: what the network said.
        cells: int64 (B,), row by row.
    """
    grid = output.score_map.shape[-1]
    index = cells[:, None, None].expand(-1, 2, 1)
    size = output.size_map.flatten(2).gather(2, index).squeeze(2)
    offset = output.offset_map.flatten(2).gather(2, index).squeeze(2)
    corner = torch.stack([cells % grid, cells // grid], dim=1).to(offset.dtype)
    return torch.cat([(corner + offset) / grid, size], dim=1)


def best_boxes(output: SearchOutput) -> Tensor:
    """The boxes of the cells with the highest score, (B, 4)."""
    return boxes_at(output, output.score_map.flatten(1).argmax(1))


def to_corners(boxes: Tensor) -> Tensor:
    """Centre, width, height to left, top, right, bottom, (B, 4)."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=1)


@dataclass(frozen=True)
class Overlap:
    """IoU and generalised IoU of pairs of boxes, each (B,)."""

    iou: Tensor
    giou: Tensor


def generalised_iou(a: Tensor, b: Tensor) -> Overlap:
    """Overlap of boxes given by corners, (B, 4) each.

    giou = iou - (hull - union) / hull, hull the smallest box around both.
    """
    inner = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    outer = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    tiny = torch.finfo(a.dtype).eps
    shared, hull = inner.prod(1), outer.prod(1).clamp(min=tiny)
    union = ((a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared).clamp(min=tiny)
    iou = shared / union
    return Overlap(iou, iou - (hull - union) / hull)


def focal_loss(score_map: Tensor, heat: Tensor) -> Tensor:
    """Weighted focal loss, summed and divided by the number of centres.

    At a centre (heat 1): -(1 - p)^2 log p; elsewhere: -(1 - heat)^4 p^2 log(1 - p).

    Args:
        score_map: (B, 1, g, g), strictly inside 0 to 1.
        heat: (B, 1, g, g), 0 to 1.
    """
    centre = heat.eq(1)
    at_centre = (1 - score_map).pow(FOCAL_ALPHA) * score_map.log()
    elsewhere = (1 - heat).pow(FOCAL_BETA) * score_map.pow(FOCAL_ALPHA) * (1 - score_map).log()
    total = torch.where(centre, at_centre, elsewhere).sum()
    return torch.as_tensor(-total / centre.sum().clamp(min=1))


def heat_map(truth: Tensor, grid: int) -> Tensor:
    """A Gaussian hill of height 1 at each centre's cell, (B, 1, g, g).

    Its standard deviation is (2 r + 1) / 6 cells, r = floor(`hill_radius`).
    """
    cells = centre_cells(truth, grid)
    span = torch.arange(grid, device=truth.device)
    sizes = (truth[:, 2:] * grid).ceil().tolist()
    radii = [max(0, int(hill_radius(height, width))) for width, height in sizes]
    sigma = torch.tensor([(2 * r + 1) / 6 for r in radii], device=truth.device)[:, None, None]
    reach = torch.tensor(radii, device=truth.device)[:, None, None]
    dy = span[None, :, None] - (cells // grid)[:, None, None]
    dx = span[None, None, :] - (cells % grid)[:, None, None]
    hill = torch.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma))
    inside = (dx.abs() <= reach) & (dy.abs() <= reach)
    return torch.as_tensor(hill * inside).unsqueeze(1)


def hill_radius(height: float, width: float, overlap: float = LEAST_OVERLAP) -> float:
    """How far corners may be off, in cells, for two boxes of this size to keep that IoU.

    The least of three cases: one box shifted, one inside the other, one around the other. Each is
    a root of a quadratic a r^2 - b r + c. Source: CornerNet's training code, which takes the larger
    root and divides it by 2 where the formula has 2 a; kept, since the published weights saw it.
    """
    total, area = height + width, height * width
    shifted = (total, area * (1 - overlap) / (1 + overlap), 1.0)
    inside = (2 * total, (1 - overlap) * area, 4.0)
    around = (-2 * overlap * total, (overlap - 1) * area, 4 * overlap)
    return min(
        (b + math.sqrt(max(0.0, b * b - 4 * a * c))) / 2 for b, c, a in (shifted, inside, around)
    )
