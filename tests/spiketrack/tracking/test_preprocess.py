"""Normalisation of patches."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from spiketrack.tracking.preprocess import normalise

# Typed anew from the official configuration (DATA.MEAN, DATA.STD), in the order red, green, blue.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def test_a_black_pixel_is_minus_mean_over_std_of_its_own_colour() -> None:
    found = normalise(np.zeros((1, 1, 3), dtype=np.uint8))
    assert found.shape == (3, 1, 1)
    expected = [-np.float32(mean) / np.float32(std) for mean, std in zip(MEAN, STD, strict=True)]
    assert found[:, 0, 0].tolist() == expected
    # -2.1179, -2.0357, -1.8044: red is the darkest.
    np.testing.assert_allclose(found[:, 0, 0], (-2.1179, -2.0357, -1.8044), atol=1e-4)


def test_every_pixel_value_equals_torch_in_the_official_order_of_operations() -> None:
    ramp = np.arange(256, dtype=np.uint8)
    patch = np.stack([ramp, ramp[::-1], ramp], axis=1).reshape(16, 16, 3)
    planes = torch.tensor(patch).float().permute(2, 0, 1)
    mean = torch.tensor(MEAN).view(3, 1, 1)
    std = torch.tensor(STD).view(3, 1, 1)
    expected = ((planes / 255.0 - mean) / std).numpy()
    found = normalise(patch)
    assert found.dtype == np.float32 and found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "patch", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((3, 4, 4), np.uint8)]
)
def test_anything_but_a_uint8_rgb_image_is_refused(patch: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match=r"needed uint8 \(H, W, 3\)"):
        normalise(patch)
