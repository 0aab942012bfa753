"""Scenes whose every pixel and box can be worked out: a white box on a black ground."""

import math

import numpy as np

from spiketrack.tracking.engine import Image
from spiketrack.training.bodies import Body, Part
from spiketrack.training.motion import Wave, steady
from spiketrack.training.scenes import Camera, Scene, Weather

SIZE = (160, 120)
SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def plain(value: int) -> Image:
    return np.full((8, 8, 3), value, np.uint8)


def box_body(
    x: float, y: float, half: float, value: int = 255, angle: float = 0.0, drift: float = 0.0
) -> Body:
    """A square of half a side `half` that swings `drift` pixels to the right by frame 1."""
    speed = math.pi / 2
    return Body(
        parts=(Part(SQUARE, np.zeros(2), steady(0.0), steady(0.0)),),
        texture=plain(value),
        x=Wave(x, ((drift, speed, 0.0),)),
        y=steady(y),
        log_size=steady(math.log(half)),
        log_aspect=steady(0.0),
        angle=steady(angle),
    )


def still_camera(dx: float = 0.0, dy: float = 0.0, zoom: float = 1.0, roll: float = 0.0) -> Camera:
    return Camera(
        size=SIZE,
        dx=steady(dx),
        dy=steady(dy),
        log_zoom=steady(math.log(zoom)),
        roll=steady(roll),
    )


def scene(
    target: Body,
    before: tuple[Body, ...] = (),
    camera: Camera | None = None,
    weather: Weather | None = None,
    ground: int = 0,
) -> Scene:
    return Scene(
        ground=plain(ground),
        ground_scale=1.0,
        target=target,
        behind=(),
        before=before,
        camera=camera or still_camera(),
        weather=weather or Weather(),
        attributes=(),
        seed=(0,),
    )
