"""Smooth random functions of time, in frames: what moves, turns, grows, bends and dims in a scene.

A wave is mean + sum over i of amplitude[i] * sin(frequency[i] * t + phase[i]), so a scene can be
asked for any frame without the frames before it.
"""

import math
from dataclasses import dataclass

import numpy as np

N_TERMS = 3


@dataclass(frozen=True)
class Wave:
    """A smooth function of the frame number.

    Attributes:
        mean: what it swings around.
        terms: (amplitude, radians a frame, phase) of each sine.
    """

    mean: float
    terms: tuple[tuple[float, float, float], ...] = ()

    def at(self, t: float) -> float:
        """Its value at frame `t`."""
        value = self.mean
        for amplitude, speed, phase in self.terms:
            value += amplitude * math.sin(speed * t + phase)
        return value


def steady(value: float) -> Wave:
    """A wave that never moves."""
    return Wave(value)


def random_wave(rng: np.random.Generator, mean: float, reach: float, fastest: float = 0.12) -> Wave:
    """A wave that stays within `reach` of `mean`.

    Args:
        rng: where it is drawn from.
        mean: centre.
        reach: sum of the amplitudes.
        fastest: highest frequency, radians a frame.
    """
    # Why one draw: a scene has some fifty waves, and a call of the generator costs more than nine
    # numbers.
    drawn = rng.random((3, N_TERMS)).tolist()
    total = sum(drawn[0])
    terms = (
        (reach * part / total, fastest * (0.15 + 0.85 * speed), 2 * math.pi * phase)
        for part, speed, phase in zip(*drawn, strict=True)
    )
    return Wave(mean, tuple(terms))
