"""The published losses against values worked out by hand, and GIoU against torchvision."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from spiketrack.network import SearchOutput
from spiketrack.tracking import Maps
from spiketrack.tracking.decode import decode_patch_box
from spiketrack.training.losses import (
    best_boxes,
    boxes_at,
    centre_cells,
    focal_loss,
    generalised_iou,
    heat_map,
    hill_radius,
    to_corners,
    tracking_loss,
)

GRID = 4


def output(
    score: torch.Tensor, size: tuple[float, float], offset: tuple[float, float]
) -> SearchOutput:
    """A head that says the same size and offset everywhere."""
    batch = len(score)
    both: list[torch.Tensor] = [
        torch.tensor(pair)[None, :, None, None].expand(batch, 2, GRID, GRID)
        for pair in (size, offset)
    ]
    return SearchOutput(
        features=torch.zeros(1, batch, 1, GRID, GRID),
        score_map=score,
        size_map=both[0],
        offset_map=both[1],
        score_logits=torch.logit(score),
        size_logits=torch.logit(both[0]),
    )


def flat_score(batch: int = 1, value: float = 0.5) -> torch.Tensor:
    return torch.full((batch, 1, GRID, GRID), value)


def test_a_centre_is_in_the_cell_that_holds_it() -> None:
    truth = torch.tensor([[0.0, 0.0, 0.1, 0.1], [0.30, 0.80, 0.1, 0.1], [1.0, 1.0, 0.1, 0.1]])
    # Column 0.30 * 4 = 1.2 and row 0.80 * 4 = 3.2 give cell 3 * 4 + 1; the far edge is inside.
    assert centre_cells(truth, GRID).tolist() == [0, 13, 15]


def test_a_cell_says_its_corner_plus_the_offset() -> None:
    boxes = boxes_at(output(flat_score(), (0.25, 0.5), (0.5, 0.25)), torch.tensor([13]))
    assert boxes.tolist() == [[(1 + 0.5) / 4, (3 + 0.25) / 4, 0.25, 0.5]]


def test_the_best_box_is_the_one_the_tracker_decodes() -> None:
    rng = np.random.default_rng(5)
    score, size, offset = (rng.random((n, GRID, GRID), dtype=np.float32) for n in (1, 2, 2))
    found = best_boxes(
        SearchOutput(
            features=torch.zeros(1, 1, 1, GRID, GRID),
            score_map=torch.from_numpy(score)[None],
            size_map=torch.from_numpy(size)[None],
            offset_map=torch.from_numpy(offset)[None],
            score_logits=torch.zeros(1),
            size_logits=torch.zeros(1),
        )
    )
    decoded = decode_patch_box(Maps(score[0], size, offset), None)
    np.testing.assert_allclose(found[0].numpy(), decoded.cxcywh, rtol=1e-6)


def test_the_iou_of_two_halves_that_touch_is_a_third() -> None:
    a, b = torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 3.0, 2.0]])
    overlap = generalised_iou(a, b)
    # Shared 2, union 4 + 4 - 2 = 6, hull 3 * 2 = 6: nothing of the hull is empty.
    assert overlap.iou.item() == pytest.approx(2 / 6)
    assert overlap.giou.item() == pytest.approx(2 / 6)


def test_boxes_apart_have_a_negative_giou() -> None:
    a, b = torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([[3.0, 0.0, 4.0, 1.0]])
    overlap = generalised_iou(a, b)
    # Hull 4, union 2: 0 - (4 - 2) / 4.
    assert (overlap.iou.item(), overlap.giou.item()) == (0.0, -0.5)


def test_giou_equals_torchvisions() -> None:
    torchvision: Any = pytest.importorskip("torchvision.ops")
    generator = torch.Generator().manual_seed(0)
    a, b = (to_corners(torch.rand(200, 4, generator=generator) + 0.01) for _ in range(2))
    overlap = generalised_iou(a, b)
    expected = torchvision.generalized_box_iou(a, b).diagonal()
    torch.testing.assert_close(overlap.giou, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(overlap.iou, torchvision.box_iou(a, b).diagonal())
    loss = torchvision.generalized_box_iou_loss(a, b, reduction="mean")
    torch.testing.assert_close((1 - overlap.giou).mean(), loss, rtol=1e-5, atol=1e-6)


def test_a_hill_of_radius_nought_is_one_cell() -> None:
    truth = torch.tensor([[0.6, 0.1, 0.2, 0.2]])
    expected = torch.zeros(1, 1, GRID, GRID)
    expected[0, 0, 0, 2] = 1
    assert torch.equal(heat_map(truth, GRID), expected)


def test_a_wide_hill_falls_as_a_gaussian() -> None:
    # A box of 6 by 6 cells of 8: radius floor(2.97) = 2, so the deviation is 5 / 6 cells.
    assert int(hill_radius(6.0, 6.0)) == 2
    heat = heat_map(torch.tensor([[0.5, 0.5, 0.75, 0.75]]), 8)[0, 0]
    variance = (5 / 6) ** 2
    assert heat[4, 4] == 1
    assert heat[4, 5].item() == pytest.approx(math.exp(-1 / (2 * variance)))
    assert heat[3, 6].item() == pytest.approx(math.exp(-5 / (2 * variance)))
    assert heat[4, 7] == 0


def test_the_radius_is_the_least_of_the_three_cases() -> None:
    # Two by two cells at overlap 0.3: the third case, (-2.4 + sqrt(2.4^2 + 4 * 1.2 * 2.8)) / 2.
    assert hill_radius(2.0, 2.0, 0.3) == pytest.approx((-2.4 + math.sqrt(2.4**2 + 13.44)) / 2)


def test_focal_loss_by_hand() -> None:
    score = torch.tensor([[[[0.8, 0.4]]]])
    heat = torch.tensor([[[[1.0, 0.5]]]])
    at_centre = -(0.2**2) * math.log(0.8)
    beside = -(0.5**4) * 0.4**2 * math.log(0.6)
    assert focal_loss(score, heat).item() == pytest.approx(at_centre + beside)


def test_focal_loss_is_a_mean_over_centres() -> None:
    score, heat = torch.full((2, 1, 1, 1), 0.3), torch.ones(2, 1, 1, 1)
    assert focal_loss(score, heat).item() == pytest.approx(-(0.7**2) * math.log(0.3))


def test_the_whole_loss_by_hand() -> None:
    # The truth fills columns 0.25..0.75 and rows 0.25..0.75; the network says 0.5..0.75.
    truth = torch.tensor([[0.5, 0.5, 0.5, 0.5]])
    losses = tracking_loss(output(flat_score(), (0.25, 0.25), (0.5, 0.5)), truth)
    assert losses.iou.item() == pytest.approx(0.0625 / 0.25)
    assert losses.giou.item() == pytest.approx(1 - 0.25)  # the hull is the truth itself
    assert losses.l1.item() == pytest.approx((0.25 + 0.25 + 0 + 0) / 4)
    focal = -(0.5**2) * math.log(0.5) * GRID * GRID
    assert losses.focal.item() == pytest.approx(focal)
    assert losses.total.item() == pytest.approx(focal + 2 * 0.75 + 5 * 0.125)


def test_a_box_that_sticks_out_of_the_crop_is_compared_with_its_visible_part() -> None:
    truth = torch.tensor([[0.125, 0.5, 0.5, 0.5]])  # left edge at -0.125, clipped to 0
    losses = tracking_loss(output(flat_score(), (0.375, 0.5), (0.75, 0.0)), truth)
    # Cell (row 2, column 0): centre (0.75 / 4, 0.5), so the box is 0..0.375 by 0.25..0.75.
    assert losses.l1.item() == pytest.approx(0.0)
    assert losses.iou.item() == pytest.approx(1.0)
