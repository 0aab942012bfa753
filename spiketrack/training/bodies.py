"""Things in a scene: textured outlines that move, turn, scale, deform and bend at joints.

A body is a set of polygons in its own coordinates, about -1 to 1, put into the scene by an affine
pose. Its box is the extent of its vertices, so it is exact and needs no pixels. Continuous
coordinates: pixel i covers [i, i + 1).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from spiketrack.tracking.engine import Image
from spiketrack.training.motion import Wave

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.uint8]

_SUBPIXEL_BITS = 4

_FINENESS = 4
"""Outlines are filled at so many times the picture's size."""

_REACH = 2.5
"""No vertex of a body is further than this from its origin, unit coordinates."""


@dataclass(frozen=True)
class Part:
    """One closed outline of a body, hung up at a joint.

    Attributes:
        outline: (N, 2) vertices around the joint, unit coordinates.
        joint: (2,) where the joint is in the body.
        swing: angle about the joint, radians.
        ripple: relative swelling of the outline, wandering around it.
        lobes: how many swellings there are.
    """

    outline: Points
    joint: Points
    swing: Wave
    ripple: Wave
    lobes: int = 2

    def vertices(self, t: float) -> Points:
        """The outline at frame `t` in the body's coordinates, (N, 2)."""
        outline = self.outline
        if self.ripple.terms:
            angles = np.arctan2(outline[:, 1], outline[:, 0])
            swell = 1 + self.ripple.at(t) * np.cos(self.lobes * angles + 0.11 * t)
            outline = outline * swell[:, None]
        turn = self.swing.at(t)
        cosine, sine = math.cos(turn), math.sin(turn)
        rotation = np.array([[cosine, sine], [-sine, cosine]])
        return np.asarray(outline @ rotation + self.joint)


@dataclass(frozen=True)
class Body:
    """A thing in the scene.

    Attributes:
        parts: its outlines, drawn in this order.
        texture: uint8 RGB (h, w, 3), laid over unit coordinates -1.5 to 1.5.
        x: position of its origin, scene pixels.
        y: likewise.
        log_size: logarithm of the scene pixels per unit.
        log_aspect: logarithm of width over height before turning.
        angle: radians.
        edge: colour of the outline, or None.
    """

    parts: tuple[Part, ...]
    texture: Image
    x: Wave
    y: Wave
    log_size: Wave
    log_aspect: Wave
    angle: Wave
    edge: tuple[int, int, int] | None = None

    def pose(self, t: float) -> Matrix:
        """Body to scene at frame `t`, (3, 3)."""
        size, stretch = math.exp(self.log_size.at(t)), math.exp(0.5 * self.log_aspect.at(t))
        cosine, sine = math.cos(self.angle.at(t)), math.sin(self.angle.at(t))
        wide, high = size * stretch, size / stretch
        return np.array(
            [
                [wide * cosine, -high * sine, self.x.at(t)],
                [wide * sine, high * cosine, self.y.at(t)],
                [0.0, 0.0, 1.0],
            ]
        )

    def outlines(self, t: float, camera: Matrix) -> list[Points]:
        """Every part's vertices through `camera` (3, 3), each (N, 2)."""
        matrix = camera @ self.pose(t)
        return [part.vertices(t) @ matrix[:2, :2].T + matrix[:2, 2] for part in self.parts]

    def extent(self, t: float, camera: Matrix) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all vertices through `camera`."""
        points = np.concatenate(self.outlines(t, camera))
        left, top = points.min(axis=0).tolist()
        right, bottom = points.max(axis=0).tolist()
        return left, top, right, bottom


def draw(body: Body, t: float, camera: Matrix, image: Image) -> Mask | None:
    """Draws a body into `image` (H, W, 3), in place.

    Returns:
        Its coverage 0..255 (H, W), or None if nothing of it is inside.
    """
    if not _may_touch(camera @ body.pose(t), image.shape[1], image.shape[0]):
        return None
    outlines = body.outlines(t, camera)
    points = np.concatenate(outlines)
    x0, y0 = np.maximum(np.floor(points.min(axis=0)) - 1, 0).astype(int).tolist()
    limit = (image.shape[1], image.shape[0])
    x1, y1 = np.minimum(np.ceil(points.max(axis=0)) + 1, limit).astype(int).tolist()
    if x0 >= x1 or y0 >= y1:
        return None
    outlines = [outline - (x0, y0) for outline in outlines]
    mask = _coverage(outlines, (x1 - x0, y1 - y0))
    skin = _skin(body, camera @ body.pose(t), (x0, y0), (x1 - x0, y1 - y0))
    if body.edge is not None:
        lines = [_fixed_point(outline) for outline in outlines]
        cv2.polylines(skin, lines, True, body.edge, 1, cv2.LINE_AA, _SUBPIXEL_BITS)
    blend(image[y0:y1, x0:x1], skin, mask)
    whole = np.zeros(image.shape[:2], np.uint8)
    whole[y0:y1, x0:x1] = mask
    return whole


def _coverage(outlines: list[Points], size: tuple[int, int]) -> Mask:
    """How much of each pixel of a (width, height) picture the outlines cover, 0..255.

    Why finer first: OpenCV fills every pixel that an edge touches, which would make a body half a
    pixel larger all around than its box.
    """
    fine = np.zeros((size[1] * _FINENESS, size[0] * _FINENESS), np.uint8)
    for outline in outlines:
        shape = _fixed_point(outline * _FINENESS)
        cv2.fillPoly(fine, [shape], (255,), cv2.LINE_8, _SUBPIXEL_BITS)
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _may_touch(pose: Matrix, width: int, height: int) -> bool:
    """Whether a body there can have a part inside the picture."""
    (a, b, x), (c, d, y) = pose[:2].tolist()
    reach_x, reach_y = _REACH * math.hypot(a, b), _REACH * math.hypot(c, d)
    return bool(-reach_x < x < width + reach_x and -reach_y < y < height + reach_y)


def blend(below: Image, above: Image, mask: Mask) -> None:
    """Lays `above` over `below` in place, as opaque as `mask` says (255 is opaque)."""
    weight = mask[..., None].astype(np.uint16)
    mixed = above * weight + below * (255 - weight) + 127
    below[...] = (mixed // 255).astype(np.uint8)


def inverse_warp(image: Image, matrix: Matrix, size: tuple[int, int]) -> Image:
    """Samples `image` at `matrix` (3, 3) times every pixel centre of a (width, height) picture."""
    centred = matrix[:2].copy()
    centred[:, 2] += 0.5 * centred[:, 0] + 0.5 * centred[:, 1] - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, centred, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, dtype=np.uint8)


def _skin(body: Body, pose: Matrix, corner: tuple[int, int], size: tuple[int, int]) -> Image:
    height, width = body.texture.shape[:2]
    onto = np.array([[width / 3, 0, width / 2], [0, height / 3, height / 2], [0, 0, 1.0]])
    shift = np.array([[1.0, 0, corner[0]], [0, 1.0, corner[1]], [0, 0, 1.0]])
    return inverse_warp(body.texture, onto @ np.linalg.inv(pose) @ shift, size)


def _fixed_point(points: Points) -> npt.NDArray[np.int32]:
    """Continuous coordinates to OpenCV's, whose pixel i has its centre at i."""
    return np.asarray(np.round((points - 0.5) * (1 << _SUBPIXEL_BITS)), dtype=np.int32)
