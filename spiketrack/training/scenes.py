"""A scene: a target among distractors and occluders on a moving background, seen by a camera.

A scene is a function of its seed and can be asked for any frame and any square of it. A scene's box
is computed from vertices, so it is exact; it covers the whole target, hidden parts too, and is
clipped to the frame. Continuous coordinates: pixel i covers [i, i + 1).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spiketrack.tracking.boxes import Box
from spiketrack.tracking.engine import Image
from spiketrack.training import effects
from spiketrack.training.bodies import Body, Mask, Matrix, draw, inverse_warp
from spiketrack.training.motion import Wave, steady

_MARGIN = 1e-6


@dataclass(frozen=True)
class Weather:
    """What the camera does to pictures.

    Attributes:
        gain: brightness over time.
        tint: factors of R, G, B.
        gamma: exponent of the tone curve.
        shutter: how much of a frame's motion is smeared, 0 for none.
        noise: standard deviation, grey levels.
        quality: of JPEG, 1 to 100, or None.
    """

    gain: Wave = field(default_factory=lambda: steady(1.0))
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    shutter: float = 0.0
    noise: float = 0.0
    quality: int | None = None


@dataclass(frozen=True)
class Camera:
    """Scene to frame: zoom and roll about the middle of the frame, then a shift.

    Attributes:
        size: width and height of the frame.
        dx: shift in pixels.
        dy: likewise.
        log_zoom: logarithm of the zoom.
        roll: radians.
    """

    size: tuple[int, int]
    dx: Wave
    dy: Wave
    log_zoom: Wave
    roll: Wave

    def matrix(self, t: float) -> Matrix:
        """Scene to frame at frame `t`, (3, 3)."""
        zoom, roll = math.exp(self.log_zoom.at(t)), self.roll.at(t)
        c, s = zoom * math.cos(roll), zoom * math.sin(roll)
        mx, my = self.size[0] / 2, self.size[1] / 2
        return np.array(
            [
                [c, -s, mx - c * mx + s * my + self.dx.at(t)],
                [s, c, my - s * mx - c * my + self.dy.at(t)],
                [0.0, 0.0, 1.0],
            ]
        )


@dataclass(frozen=True)
class View:
    """A square of the frame and how many pixels it is drawn with.

    Attributes:
        left: frame pixels.
        top: frame pixels.
        side: frame pixels.
        pixels: side of the picture drawn.
    """

    left: float
    top: float
    side: float
    pixels: int

    @property
    def scale(self) -> float:
        """Picture pixels per frame pixel."""
        return self.pixels / self.side


@dataclass(frozen=True)
class Picture:
    """What a scene shows.

    Attributes:
        image: uint8 RGB (H, W, 3).
        visible: share of the target's pixels in this picture that nothing hides, times the share of
            its box that is inside the frame.
    """

    image: Image
    visible: float


@dataclass(frozen=True)
class Scene:
    """A target and everything around it.

    Attributes:
        ground: texture of the background, uint8 RGB.
        ground_scale: scene pixels per texture pixel.
        target: what is tracked.
        behind: bodies drawn before the target.
        before: bodies drawn after it, which hide it.
        camera: how the scene moves in the frame.
        weather: light, blur, noise, compression.
        attributes: what is hard about it, in words.
        seed: of noise.
    """

    ground: Image
    ground_scale: float
    target: Body
    behind: tuple[Body, ...]
    before: tuple[Body, ...]
    camera: Camera
    weather: Weather
    attributes: tuple[str, ...]
    seed: tuple[int, ...]

    def full_box(self, t: int) -> Box:
        """The target's extent at frame `t`, wherever it is."""
        left, top, right, bottom = self.target.extent(t, self.camera.matrix(t))
        return Box(left, top, right - left, bottom - top)

    def box(self, t: int) -> Box | None:
        """The target's box at frame `t` clipped to the frame; None where it is out of view."""
        full = self.full_box(t)
        width, height = self.camera.size
        left, top = max(full.x, 0.0), max(full.y, 0.0)
        right, bottom = min(full.x + full.w, width), min(full.y + full.h, height)
        if right - left < 1 or bottom - top < 1:
            return None
        return Box(left, top, right - left, bottom - top)

    def frame(self, t: int) -> Picture:
        """The whole frame `t`."""
        return self._picture(t, np.diag([1.0, 1.0, 1.0]), self.camera.size)

    def square(self, t: int, view: View) -> Picture:
        """A square of frame `t`, zero outside the frame."""
        k = view.scale
        through = np.array([[k, 0, -k * view.left], [0, k, -k * view.top], [0, 0, 1.0]])
        picture = self._picture(t, through, (view.pixels, view.pixels))
        width, height = self.camera.size
        _blacken(picture.image, (-k * view.left, k * (width - view.left)), axis=1)
        _blacken(picture.image, (-k * view.top, k * (height - view.top)), axis=0)
        return picture

    def frames(self, count: int) -> Iterator[tuple[Picture, Box | None]]:
        """Frames 0 to count - 1, each with its box."""
        for t in range(count):
            yield self.frame(t), self.box(t)

    def _picture(self, t: int, through: Matrix, size: tuple[int, int]) -> Picture:
        camera = through @ self.camera.matrix(t)
        k = 1 / self.ground_scale
        shrink: Matrix = np.diag(np.array([k, k, 1.0]))
        image = inverse_warp(self.ground, shrink @ np.linalg.inv(camera), size)
        for body in self.behind:
            draw(body, t, camera, image)
        mask = draw(self.target, t, camera, image)
        hiding = [draw(body, t, camera, image) for body in self.before]
        return Picture(self._weathered(image, t, camera), self._inside(t) * _seen(mask, hiding))

    def _inside(self, t: int) -> float:
        full, clipped = self.full_box(t), self.box(t)
        return 0.0 if clipped is None else clipped.w * clipped.h / (full.w * full.h)

    def _weathered(self, image: Image, t: int, camera: Matrix) -> Image:
        weather = self.weather
        if weather.shutter:
            ahead = camera[:2, :2] @ np.array(
                [self.target.x.at(t + 1) - self.target.x.at(t),
                 self.target.y.at(t + 1) - self.target.y.at(t)]
            )  # fmt: skip
            dx, dy = (weather.shutter * ahead).tolist()
            image = effects.motion_blur(image, dx, dy)
        gain = weather.gain.at(t)
        r, g, b = (gain * factor for factor in weather.tint)
        if (r, g, b, weather.gamma) != (1.0, 1.0, 1.0, 1.0):
            image = effects.relight(image, (r, g, b), weather.gamma)
        if weather.noise:
            rng = np.random.default_rng((*self.seed, 2, t))
            image = effects.add_noise(image, weather.noise, rng)
        return image if weather.quality is None else effects.compress(image, weather.quality)


def _seen(mask: Mask | None, hiding: list[Mask | None]) -> float:
    if mask is None:
        return 0.0
    solid = mask > 127
    total = np.count_nonzero(solid)
    for cover in hiding:
        if cover is not None:
            solid &= cover <= 127
    return np.count_nonzero(solid) / total if total else 0.0


def _blacken(image: Image, span: tuple[float, float], axis: int) -> None:
    """Zeroes what lies outside `span` along an axis, in place."""
    lanes = image if axis == 0 else image.swapaxes(0, 1)
    first = max(0, math.ceil(span[0] - 0.5 - _MARGIN))
    last = max(0, math.ceil(span[1] - 0.5 - _MARGIN))
    lanes[:first] = 0
    lanes[last:] = 0
