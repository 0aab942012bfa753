"""Random bodies: rounded, polygonal, star-shaped, and jointed ones with limbs."""

import math
from dataclasses import dataclass

import numpy as np

from spiketrack.tracking.engine import Image
from spiketrack.training.bodies import Body, Part, Points
from spiketrack.training.motion import Wave, random_wave, steady
from spiketrack.training.textures import SIDE

_SKIN = 72
_STILL = np.zeros(2)


@dataclass(frozen=True)
class Liveliness:
    """How a body may change.

    Attributes:
        turn: it turns freely.
        grow: its size changes.
        bend: its outline deforms.
        limbs: it has moving limbs.
    """

    turn: bool = False
    grow: bool = False
    bend: bool = False
    limbs: bool = False


def random_body(
    rng: np.random.Generator,
    texture: Image,
    place: tuple[Wave, Wave],
    size: float,
    lively: Liveliness,
) -> Body:
    """A body of about `size` scene pixels across.

    Args:
        rng: where it is drawn from.
        texture: uint8 RGB (SIDE, SIDE, 3); a patch of it, recoloured a little, is its skin.
        place: waves of x and y, scene pixels.
        size: diameter, scene pixels.
        lively: how it changes over time.
    """
    angle = rng.uniform(-math.pi, math.pi) if lively.turn else rng.uniform(-0.3, 0.3)
    turn = random_wave(rng, angle, rng.uniform(0.6, 2.5) if lively.turn else 0.1, 0.07)
    grow = rng.uniform(0.2, 0.5) if lively.grow else 0.03
    edge = tuple(int(v) for v in rng.integers(0, 256, 3)) if rng.random() < 0.5 else None
    return Body(
        parts=_parts(rng, lively),
        texture=skin(rng, texture),
        x=place[0],
        y=place[1],
        log_size=random_wave(rng, math.log(size / 2), grow, 0.06),
        log_aspect=random_wave(rng, rng.normal(0, 0.35), 0.2 if lively.bend else 0.03, 0.1),
        angle=turn,
        edge=None if edge is None else (edge[0], edge[1], edge[2]),
    )


def skin(rng: np.random.Generator, texture: Image) -> Image:
    """A patch of a texture, uint8 RGB (_SKIN, _SKIN, 3)."""
    x, y = (int(v) for v in rng.integers(0, SIDE - _SKIN, 2))
    return np.ascontiguousarray(texture[y : y + _SKIN, x : x + _SKIN])


def _parts(rng: np.random.Generator, lively: Liveliness) -> tuple[Part, ...]:
    ripple = random_wave(rng, 0, rng.uniform(0.1, 0.3), 0.15) if lively.bend else steady(0.0)
    scale = 0.65 if lively.limbs else 1.0
    trunk = Part(scale * _outline(rng), _STILL, steady(0.0), ripple, int(rng.integers(2, 5)))
    if not lively.limbs:
        return (trunk,)
    count = int(rng.integers(2, 6))
    angles = rng.uniform(0, 2 * math.pi) + np.arange(count) * 2 * math.pi / count
    return (*(_limb(rng, float(angle)) for angle in angles), trunk)


def _limb(rng: np.random.Generator, angle: float) -> Part:
    long, thick = rng.uniform(0.5, 0.9), rng.uniform(0.12, 0.25)
    outline = np.array([[0, -thick], [long, -0.6 * thick], [long, 0.6 * thick], [0, thick]])
    joint = 0.4 * np.array([math.cos(angle), math.sin(angle)])
    swing = random_wave(rng, angle, rng.uniform(0.3, 0.9), 0.25)
    return Part(outline, joint, swing, steady(0.0))


def _outline(rng: np.random.Generator) -> Points:
    """A closed outline around the origin that reaches about 1, (N, 2)."""
    kind = rng.integers(4)
    if kind == 0:  # an ellipse or a rounded box
        angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
        power = rng.uniform(2, 6)
        c, s = np.cos(angles), np.sin(angles)
        radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    elif kind == 1:  # a box
        corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        return np.asarray(0.9 * corners)
    elif kind == 2:  # a polygon
        count = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 1, count) + np.arange(count)) * 2 * math.pi / count
        radius = rng.uniform(0.7, 1.1, count)
    else:  # a blob or a star
        angles = np.linspace(0, 2 * math.pi, 28, endpoint=False)
        waves = [
            rng.normal(0, 0.22 / k) * np.cos(k * angles + rng.uniform(0, 6)) for k in (2, 3, 4, 5)
        ]
        radius = 0.9 + (waves[0] + waves[1] + waves[2] + waves[3])
        radius = np.clip(radius, 0.35, 1.4)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
