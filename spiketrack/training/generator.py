"""The endless generator: scene number i of a seed, each with its own difficulties.

Scenes depend on (seed, i) and nothing else. Seeds are parted into streams, so that what is held out
shares neither scene nor texture with what is trained on.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spiketrack.tracking.engine import Image
from spiketrack.training.bodies import Body
from spiketrack.training.motion import Wave, random_wave
from spiketrack.training.scenes import Camera, Scene, Weather
from spiketrack.training.shapes import Liveliness, random_body
from spiketrack.training.textures import BANK_SIZE, N_PLAIN, recolour, texture_bank

FRAME_SIZE = (320, 240)

SIZES = (22.0, 170.0)
"""Smallest and largest side of a target in pixels; a scene's is drawn evenly on a log scale.

Why so large: the crops of a target that nearly fills the frame are mostly black border, and a
network that hardly met them takes the whole picture for its target.
"""

LARGEST_COMPANION = 90.0
"""Side in pixels beyond which the target's size no longer makes the bodies around it larger."""

SCENES_PER_BANK = 2048
"""So many scenes share a bank of textures."""

HELD_OUT = 1_000_003
"""Added to a seed for the scenes that nobody trains on."""

CHANCES = {
    "rotation": 0.35,
    "scale": 0.35,
    "deformation": 0.3,
    "articulation": 0.25,
    "camera motion": 0.5,
    "clutter": 0.4,
    "occlusion": 0.25,
    "fast motion": 0.25,
    "motion blur": 0.2,
    "lighting": 0.35,
    "noise": 0.35,
    "compression": 0.3,
    "distractors": 0.35,
    "out of view": 0.08,
}
"""How often a scene has each difficulty; each is drawn by itself."""


@dataclass(frozen=True)
class _Draft:
    """What the parts of one scene are drawn from."""

    rng: np.random.Generator
    bank: Image
    hard: frozenset[str]

    def texture(self, *, scattered: bool = True) -> Image:
        """Any texture of the bank, or one without shapes on it, in colours of its own."""
        return recolour(self.bank[self.rng.integers(BANK_SIZE if scattered else N_PLAIN)], self.rng)


@lru_cache(maxsize=8)
def make_scene(seed: int, index: int, take: int = 0, hardness: float = 1.0) -> Scene:
    """Scene number `index` of `seed`.

    Args:
        seed: of the data set.
        index: which scene.
        take: another scene in place of this one, of the same textures.
        hardness: times the chance of every difficulty.

    Raises:
        ValueError: a negative number.
    """
    if min(seed, index, take) < 0:
        raise ValueError(f"seed, index and take must not be negative: {seed}, {index}, {take}")
    rng = np.random.default_rng((seed, 0, index, take))
    hard = frozenset(name for name, chance in CHANCES.items() if rng.random() < chance * hardness)
    draft = _Draft(rng, texture_bank(seed, index // SCENES_PER_BANK), hard)
    texture = draft.texture()
    size = float(np.exp(rng.uniform(*np.log(SIZES))))
    companion = min(size, LARGEST_COMPANION)
    target = random_body(rng, texture, _path(draft, size), size, _liveliness(hard))
    return Scene(
        ground=draft.texture(scattered="clutter" in hard),
        ground_scale=float(rng.uniform(0.7, 2.2)),
        target=target,
        behind=_clutter(draft, companion) + _distractors(draft, texture, companion),
        before=_occluders(draft, target, companion),
        camera=_camera(draft),
        weather=_weather(draft),
        attributes=tuple(name for name in CHANCES if name in hard),
        seed=(seed, index, take),
    )


def _liveliness(hard: frozenset[str]) -> Liveliness:
    return Liveliness(
        turn="rotation" in hard,
        grow="scale" in hard,
        bend="deformation" in hard,
        limbs="articulation" in hard,
    )


def _path(draft: _Draft, size: float) -> tuple[Wave, Wave]:
    """The target's path: inside the frame, unless it is to leave it."""
    rng, fast = draft.rng, "fast motion" in draft.hard
    leaves = "out of view" in draft.hard
    waves = []
    for length in FRAME_SIZE:
        room = max(10.0, length / 2 - 0.6 * size - 20)
        reach = length * 0.75 if leaves else room * rng.uniform(0.3, 0.95)
        middle = length / 2 + (0.0 if leaves else rng.uniform(-1, 1) * (room - reach))
        speed = (0.16 if fast else 0.05) * min(1.0, 90 / reach)
        waves.append(random_wave(rng, middle, reach, speed))
    return waves[0], waves[1]


def _wander(rng: np.random.Generator) -> tuple[Wave, Wave]:
    """A path anywhere in the frame."""
    x, y = (
        random_wave(rng, length * rng.uniform(0, 1), length * rng.uniform(0.02, 0.4), 0.05)
        for length in FRAME_SIZE
    )
    return x, y


def _any_body(draft: _Draft, texture: Image, size: float) -> Body:
    rng = draft.rng
    lively = Liveliness(*(bool(v) for v in rng.random(4) < (0.4, 0.2, 0.2, 0.2)))
    return random_body(rng, texture, _wander(rng), size, lively)


def _clutter(draft: _Draft, size: float) -> tuple[Body, ...]:
    rng = draft.rng
    if "clutter" not in draft.hard:
        return ()
    count = int(rng.integers(3, 9))
    return tuple(
        _any_body(draft, draft.texture(), size * float(rng.uniform(0.5, 2.0))) for _ in range(count)
    )


def _distractors(draft: _Draft, texture: Image, size: float) -> tuple[Body, ...]:
    """Bodies of the target's own texture and about its size."""
    if "distractors" not in draft.hard:
        return ()
    rng = draft.rng
    return tuple(
        _any_body(draft, texture, size * float(rng.uniform(0.7, 1.3)))
        for _ in range(int(rng.integers(1, 4)))
    )


def _occluders(draft: _Draft, target: Body, size: float) -> tuple[Body, ...]:
    """Things that stand on the target's path and let it pass behind them."""
    if "occlusion" not in draft.hard:
        return ()
    rng = draft.rng
    bodies = []
    for _ in range(int(rng.integers(1, 4))):
        t = float(rng.uniform(15, 110))
        place = (
            random_wave(rng, target.x.at(t), 0.2 * size, 0.05),
            random_wave(rng, target.y.at(t), 0.2 * size, 0.05),
        )
        bodies.append(
            random_body(rng, draft.texture(), place, size * rng.uniform(0.5, 1.1), Liveliness())
        )
    return tuple(bodies)


def _camera(draft: _Draft) -> Camera:
    rng = draft.rng
    moves = 1.0 if "camera motion" in draft.hard else 0.04
    return Camera(
        size=FRAME_SIZE,
        dx=random_wave(rng, 0, 20 * moves, 0.15),
        dy=random_wave(rng, 0, 20 * moves, 0.15),
        log_zoom=random_wave(rng, 0, 0.12 * moves, 0.08),
        roll=random_wave(rng, 0, 0.12 * moves, 0.08),
    )


def _weather(draft: _Draft) -> Weather:
    rng, hard = draft.rng, draft.hard
    lit = "lighting" in hard
    tint = rng.uniform(0.8, 1.2, 3) if lit else np.ones(3)
    return Weather(
        gain=random_wave(rng, rng.uniform(0.6, 1.3), 0.3, 0.08) if lit else Wave(1.0),
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        gamma=float(rng.uniform(0.7, 1.5)) if lit else 1.0,
        shutter=float(rng.uniform(0.5, 1.5)) if "motion blur" in hard else 0.0,
        noise=float(rng.uniform(3, 16)) if "noise" in hard else 0.0,
        quality=int(rng.integers(20, 75)) if "compression" in hard else None,
    )
