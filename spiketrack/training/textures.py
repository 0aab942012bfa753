"""Procedural textures: smooth noise, stripes, checks, spots, scattered shapes, and mixtures.

Nothing is read from disk. A bank is drawn from its seed alone, so two banks of different seeds
share no texture.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from spiketrack.tracking.engine import FloatMap, Image

SIDE = 192
"""Pixels per side of a texture."""

BANK_SIZE = 48

N_PLAIN = 24
"""Textures at the start of a bank that have no shapes scattered over them."""

Maker = Callable[[np.random.Generator], FloatMap]


@lru_cache(maxsize=4)
def texture_bank(seed: int, epoch: int) -> Image:
    """Textures, uint8 RGB (BANK_SIZE, SIDE, SIDE, 3).

    Args:
        seed: of the whole data set.
        epoch: which bank of that data set; every epoch has textures of its own.
    """
    rng = np.random.default_rng((seed, 1, epoch))
    bank = np.stack([_texture(rng, scattered=i >= N_PLAIN) for i in range(BANK_SIZE)])
    bank.setflags(write=False)
    return bank


def recolour(image: Image, rng: np.random.Generator) -> Image:
    """The same pattern in other colours: channels mixed by a random matrix, then shifted."""
    mix = 0.6 * np.eye(3)[rng.permutation(3)] + rng.normal(0, 0.35, (3, 3))
    grey = rng.uniform(0, 0.8)
    mix = (1 - grey) * mix + grey * mix.mean(axis=0, keepdims=True)
    shift = rng.normal(0, 30) + (1 - grey) * rng.normal(0, 30, 3)
    table = np.concatenate([mix, (shift + 127 - mix @ np.full(3, 127.0))[:, None]], axis=1)
    return np.asarray(cv2.transform(image, table), dtype=np.uint8)


def _texture(rng: np.random.Generator, *, scattered: bool) -> Image:
    first = _coloured(_MAKERS[rng.integers(len(_MAKERS))](rng), rng)
    if rng.random() < 0.5:
        second = _coloured(_MAKERS[rng.integers(len(_MAKERS))](rng), rng)
        mask = _noise(rng)[..., None]
        if rng.random() < 0.5:
            mask = (mask > 0.5).astype(np.float32)
        first = mask * first + (1 - mask) * second
    if scattered:
        _scatter(first, rng, int(rng.integers(5, 60)))
    grain = rng.normal(0, rng.uniform(0, 12), (SIDE, SIDE, 1)).astype(np.float32)
    return np.asarray(np.clip(first + grain, 0, 255), dtype=np.uint8)


def _coloured(values: FloatMap, rng: np.random.Generator) -> FloatMap:
    """Values 0..1 (H, W) laid along a line of colours, float32 (H, W, 3), about 0..255."""
    stops = rng.uniform(0, 255, (int(rng.integers(2, 5)), 3))
    if rng.random() < 0.3:
        stops = stops.mean(axis=1, keepdims=True) + rng.normal(0, 12, (1, 3))
    places = np.linspace(0, 1, len(stops))
    table = [np.interp(np.linspace(0, 1, 256), places, stops[:, c]) for c in range(3)]
    index = np.clip(values * 255, 0, 255).astype(np.uint8)
    return np.stack(table, axis=1).astype(np.float32)[index]


def _noise(rng: np.random.Generator) -> FloatMap:
    """Octaves of smooth noise, 0..1 (SIDE, SIDE)."""
    total = np.zeros((SIDE, SIDE), np.float32)
    cells, weight = int(rng.integers(2, 7)), 1.0
    keep = rng.uniform(0.35, 0.8)
    while cells < SIDE:
        grid = rng.random((cells, cells), dtype=np.float32)
        octave: Any = cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        total += weight * octave
        cells, weight = cells * 2, weight * keep
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), dtype=np.float32)


def _slant(rng: np.random.Generator) -> FloatMap:
    """A coordinate along a random direction, bent a little, in periods (SIDE, SIDE)."""
    angle, periods = rng.uniform(0, math.pi), rng.uniform(3, 24)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    along = columns * math.cos(angle) + rows * math.sin(angle)
    return np.asarray(periods * along + rng.uniform(0, 1.5) * _noise(rng), dtype=np.float32)


def _stripes(rng: np.random.Generator) -> FloatMap:
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * _slant(rng))
    sharp = rng.random() >= 0.5
    return np.asarray(wave > rng.uniform(0.3, 0.7) if sharp else wave, dtype=np.float32)


def _checks(rng: np.random.Generator) -> FloatMap:
    parity = (np.floor(_slant(rng)) + np.floor(_slant(rng))) % 2
    return np.asarray(0.8 * parity + 0.2 * _noise(rng), dtype=np.float32)


def _cells(rng: np.random.Generator) -> FloatMap:
    count = int(rng.integers(4, 25))
    grid = rng.random((count, count), dtype=np.float32)
    return np.asarray(cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST))


def _gradient(rng: np.random.Generator) -> FloatMap:
    values = _slant(rng)
    span = float(values.max() - values.min())
    return np.asarray((values - values.min()) / max(span, 1e-6), dtype=np.float32)


_MAKERS: tuple[Maker, ...] = (_noise, _noise, _stripes, _checks, _cells, _gradient)


def _scatter(image: FloatMap, rng: np.random.Generator, count: int) -> None:
    """Draws shapes of random colour into `image`."""
    for _ in range(count):
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        colour = tuple(float(v) for v in rng.uniform(0, 255, 3))
        reach = int(rng.integers(2, 22))
        kind = rng.integers(4)
        if kind == 0:
            cv2.circle(image, (x, y), reach, colour, -1)
        elif kind == 1:
            cv2.rectangle(image, (x, y), (x + reach, y + int(rng.integers(2, 22))), colour, -1)
        elif kind == 2:
            end = (x + int(rng.integers(-40, 40)), y + int(rng.integers(-40, 40)))
            cv2.line(image, (x, y), end, colour, int(rng.integers(1, 5)))
        else:
            corners = (x, y) + rng.integers(-22, 22, (int(rng.integers(3, 7)), 2))
            cv2.fillPoly(image, [corners.astype(np.int32)], colour)
