"""What a camera does to a picture: light, motion blur, noise, compression."""

import math

import cv2
import numpy as np

from spiketrack.tracking.engine import Image

_LONGEST_BLUR = 15


def relight(image: Image, gain: tuple[float, float, float], gamma: float) -> Image:
    """Each channel to 255 * (v / 255)^gamma * gain, clipped."""
    curve = 255 * (np.arange(256) / 255) ** gamma
    table = np.clip(curve[:, None] * np.asarray(gain), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table.reshape(256, 1, 3)), dtype=np.uint8)


def motion_blur(image: Image, dx: float, dy: float) -> Image:
    """Smears along (dx, dy) pixels; under one and a half pixels nothing happens."""
    length = math.hypot(dx, dy)
    if length < 1.5:
        return image
    side = min(_LONGEST_BLUR, 2 * math.ceil(length / 2) + 1)
    reach = min(length, side) / 2
    centre = (side - 1) / 2
    ux, uy = dx / length * reach, dy / length * reach
    ends = [(round(16 * (centre + s * ux)), round(16 * (centre + s * uy))) for s in (-1, 1)]
    kernel = np.zeros((side, side), np.float32)
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA, 4)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)


def add_noise(image: Image, deviation: float, rng: np.random.Generator) -> Image:
    """Adds grey levels of normal noise to every channel by itself."""
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(deviation)
    return np.asarray(np.clip(image + noise, 0, 255), dtype=np.uint8)


def compress(image: Image, quality: int) -> Image:
    """To JPEG of that quality (1 to 100) and back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
