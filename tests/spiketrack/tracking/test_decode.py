"""Maps to boxes: the official tracker's recorded steps, equal to the last bit."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.decode import PatchBox, decode_patch_box, hann_window, to_image_box
from spiketrack.tracking.engine import Maps

_EXCERPT = Path(__file__).parents[2] / "golden" / "tracker_s256_t1_excerpt.npz"


@pytest.fixture(scope="module")
def golden() -> dict[str, npt.NDArray[np.float64]]:
    with np.load(_EXCERPT) as archive:
        return dict(archive)


def _maps(golden: dict[str, npt.NDArray[np.float64]], step: int) -> Maps:
    score, size, offset = (golden[f"{k}_map"][step] for k in ("score", "size", "offset"))
    return Maps(score[0], size, offset)


@pytest.mark.parametrize("step", range(10))
def test_image_box_and_confidence_equal_the_official_ones(
    golden: dict[str, npt.NDArray[np.float64]], step: int
) -> None:
    found = decode_patch_box(_maps(golden, step), hann_window(16))
    previous, factor = Box(*golden["boxes"][step].tolist()), float(golden["resize"][step + 1])
    box = to_image_box(found, previous, factor, 256, (1280, 720))
    assert list(box) == golden["boxes"][step + 1].tolist()
    assert found.confidence == golden["conf"][step]


@pytest.mark.parametrize("step", range(10))
def test_without_window_the_box_equals_the_networks_own_prediction(
    golden: dict[str, npt.NDArray[np.float64]], step: int
) -> None:
    found = decode_patch_box(_maps(golden, step), None)
    assert found.cxcywh.dtype == np.float32
    np.testing.assert_array_equal(found.cxcywh, golden["pred_boxes"][step, 0])


def test_the_window_of_three_cells_is_the_textbook_one() -> None:
    # sin^2(pi i / 4) for i = 1, 2, 3: 1/2, 1, 1/2.
    row = np.array([0.5, 1.0, 0.5])
    np.testing.assert_allclose(hann_window(3), np.outer(row, row), atol=1e-7)
    assert hann_window(3).dtype == np.float32


def test_the_window_favours_the_middle_over_an_equal_score_at_the_border() -> None:
    maps = Maps(
        np.ones((3, 3), np.float32), np.ones((2, 3, 3), np.float32), np.zeros((2, 3, 3), np.float32)
    )
    assert decode_patch_box(maps, hann_window(3)).cxcywh.tolist()[:2] == [
        float(np.float32(1 / 3)),
        float(np.float32(1 / 3)),
    ]


def test_of_equal_maxima_the_first_by_rows_wins() -> None:
    maps = Maps(
        np.ones((2, 2), np.float32), np.ones((2, 2, 2), np.float32), np.zeros((2, 2, 2), np.float32)
    )
    assert decode_patch_box(maps, None).cxcywh.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_the_middle_of_the_patch_is_the_middle_of_the_previous_box() -> None:
    # Patch of 64 at factor 0.5: 128 image pixels; a size of 1/4 is 32 pixels.
    middle = PatchBox(np.array([0.5, 0.5, 0.25, 0.25], np.float32), 1.0)
    box = to_image_box(middle, Box(100, 80, 20, 40), 0.5, 64, (640, 480))
    assert box == Box(110 - 16, 100 - 16, 32, 32)


def test_a_box_outside_the_image_is_clipped_with_margin_10() -> None:
    far = PatchBox(np.array([-9.0, 0.5, 0.25, 0.25], np.float32), 1.0)
    box = to_image_box(far, Box(100, 80, 20, 40), 0.5, 64, (640, 480))
    assert (box.x, box.w) == (0.0, 10.0)


def test_a_window_of_another_grid_is_refused() -> None:
    maps = Maps(
        np.ones((2, 2), np.float32), np.ones((2, 2, 2), np.float32), np.zeros((2, 2, 2), np.float32)
    )
    with pytest.raises(ValueError, match=r"window: needed \(2, 2\), found \(3, 3\)"):
        decode_patch_box(maps, hann_window(3))
