"""uint8 RGB patches to the normalised float32 the network was trained on.

x' = (x / 255 - mean) / std per channel, each operation rounded to float32, in this order.
"""

import numpy as np

from spiketrack.tracking.engine import FloatMap, Image

IMAGE_MEAN = (0.485, 0.456, 0.406)
"""ImageNet means of R, G, B scaled to 0..1. Source: official configuration, DATA.MEAN."""

IMAGE_STD = (0.229, 0.224, 0.225)
"""ImageNet deviations of R, G, B scaled to 0..1. Source: official configuration, DATA.STD."""


def normalise(patch: Image) -> FloatMap:
    """Normalises one patch.

    Args:
        patch: uint8 RGB (H, W, 3).

    Returns:
        float32 (3, H, W), contiguous.

    Raises:
        ValueError: not a uint8 RGB image.
    """
    if patch.dtype != np.uint8 or patch.ndim != 3 or patch.shape[2] != 3:
        raise ValueError(f"patch: needed uint8 (H, W, 3), found {patch.dtype} {patch.shape}")
    planes = np.ascontiguousarray(patch.transpose(2, 0, 1)).astype(np.float32)
    mean = np.array(IMAGE_MEAN, dtype=np.float32)[:, None, None]
    std = np.array(IMAGE_STD, dtype=np.float32)[:, None, None]
    planes /= np.float32(255.0)
    planes -= mean
    planes /= std
    return planes
