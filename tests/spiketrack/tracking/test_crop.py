"""The search area: equal to the official one, inside the image and over its borders."""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from spiketrack.errors import BoxError
from spiketrack.tracking.boxes import Box
from spiketrack.tracking.crop import crop_around

_GOLDEN = Path(__file__).parents[2] / "golden"


def _sha256(array: npt.NDArray[np.uint8]) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def _frame_with(
    region_png: npt.NDArray[np.uint8], golden: dict[str, npt.NDArray[np.int64]]
) -> npt.NDArray[np.uint8]:
    """A black frame of the video's size with the stored region at its place."""
    stored: Any = cv2.imdecode(region_png, cv2.IMREAD_COLOR)
    region = cv2.cvtColor(stored, cv2.COLOR_BGR2RGB)
    width, height = golden["frame_size"]
    x, y = golden["region_offset"]
    frame = np.zeros((height, width, 3), dtype=np.uint8)
    frame[y : y + region.shape[0], x : x + region.shape[1]] = region
    return frame


@pytest.mark.parametrize("which", ["template", "search0"])
def test_patches_of_a_real_video_equal_the_official_ones(which: str) -> None:
    with np.load(_GOLDEN / "tracker_s256_t1_excerpt.npz") as archive:
        golden = dict(archive)
    frame = _frame_with(golden[f"{which}_region_png"], golden)
    patch, resize_factor = crop_around(frame, Box(*golden["boxes"][0].tolist()), 4.0, 256)
    expected = golden["template_sha256"] if which == "template" else golden["search_sha256"][0]
    assert _sha256(patch) == str(expected)
    assert resize_factor == golden["resize"][0] == 256 / 218


def test_resize_factors_of_all_steps_equal_the_official_ones() -> None:
    with np.load(_GOLDEN / "tracker_s256_t1_excerpt.npz") as golden:
        boxes, factors = golden["boxes"], golden["resize"]
    black = np.zeros((720, 1280, 3), dtype=np.uint8)
    found = [crop_around(black, Box(*box), 4.0, 256)[1] for box in boxes[:10].tolist()]
    assert found == factors[1:].tolist()


def test_patches_over_the_border_equal_the_official_ones() -> None:
    frame = np.random.default_rng(7).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    with np.load(_GOLDEN / "tracker_border_crops.npz") as golden:
        cases = list(
            zip(golden["boxes"].tolist(), golden["patch_sha256"], golden["resize"], strict=True)
        )
    for box, expected, factor in cases:
        patch, resize_factor = crop_around(frame, Box(*box), 4.0, 64)
        assert (_sha256(patch), resize_factor) == (str(expected), factor), box


def test_outside_the_image_the_patch_is_black() -> None:
    # sqrt(4 * 4) * 4 = 16 pixels from -6 to 10; 16 -> 16 leaves the pixels as they are.
    frame = np.full((40, 40, 3), 200, dtype=np.uint8)
    patch, factor = crop_around(frame, Box(0, 0, 4, 4), 4.0, 16)
    assert factor == 1.0
    assert not patch[:6].any() and not patch[:, :6].any()
    assert (patch[6:, 6:] == 200).all()


def test_the_last_column_and_row_are_lost_where_the_patch_reaches_past_them() -> None:
    # From 30 to 46 in an image of 40: pixels 30..38 are copied, 39 is not.
    frame = np.full((40, 40, 3), 200, dtype=np.uint8)
    patch, _ = crop_around(frame, Box(36, 36, 4, 4), 4.0, 16)
    assert (patch[:9, :9] == 200).all()
    assert not patch[9:].any() and not patch[:, 9:].any()


def test_a_search_area_outside_the_image_is_refused() -> None:
    with pytest.raises(BoxError, match="search area .* needed overlap with the frame of 40x30"):
        crop_around(np.zeros((30, 40, 3), dtype=np.uint8), Box(200, 0, 4, 4), 4.0, 16)


@pytest.mark.parametrize("box", [Box(0, 0, 1e9, 1e9), Box(0, 0, 1e300, 1e300), Box(0, 0, 0, 4)])
def test_a_search_area_too_large_or_empty_is_refused(box: Box) -> None:
    with pytest.raises(BoxError, match="a side above 0 and up to 32767 pixels"):
        crop_around(np.zeros((30, 40, 3), dtype=np.uint8), box, 4.0, 16)
