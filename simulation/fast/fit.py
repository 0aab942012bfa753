"""Fits thresholds by a multiply, an add and a rounding, so that a convolution can emit spikes.

A stateless neuron on an accumulator, s = #{k: acc >= theta[k]}, equals
s = round(clamp(acc * scale + bias, 0, D)) for every integer acc if the line passes k - 1/2 strictly
between theta[k] - 1 and theta[k] for every k. The margin left must exceed float32 rounding several
times over, so that the order of operations inside a library does not matter and ties never occur.

Why: a library's int8 convolution then writes one byte per neuron instead of four, and no pass
follows it.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from spiketrack.fixed_point import Int64

FLOAT32_STEP = 2.0**-24
SAFETY = 4.0
NARROWEST = 2.0**-4


@dataclass(frozen=True)
class Line:
    """s = round(clamp(acc * scale[c] + bias[c], 0, D)), float32 (C,)."""

    scale: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit_line(thresholds: Int64, low: NDArray[np.float64], high: NDArray[np.float64]) -> Line | None:
    """A line per channel that reproduces all thresholds exactly, or None.

    Args:
        thresholds: (C, D), ascending.
        low: (C,) smallest accumulator.
        high: (C,) largest accumulator; thresholds outside low+1..high are never crossed.

    Returns:
        The line if it is proved for every channel, else None.
    """
    n_channels, n_levels = thresholds.shape
    theta = thresholds.astype(np.float64)
    reached = (theta > low[:, None]) & (theta <= high[:, None])
    scale, bias = np.empty(n_channels), np.empty(n_channels)
    patterns, members = np.unique(reached, axis=0, return_inverse=True)
    for index, pattern in enumerate(patterns):
        chosen = members.reshape(-1) == index
        step, origin = _fit_centres(theta[chosen], pattern, low[chosen], high[chosen])
        scale[chosen], bias[chosen] = 1.0 / step, -origin / step
    line = Line(scale.astype(np.float32), bias.astype(np.float32))
    return line if _proved(line, theta, low, high) else None


def _fit_centres(
    theta: NDArray[np.float64],
    reached: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Step and origin (C,): theta[k] - 1/2 is close to origin + step * (k - 1/2) where reached."""
    levels = np.flatnonzero(reached).astype(np.float64) + 0.5
    centres = theta[:, reached] - 0.5
    if levels.size == 0:
        # Always the same number of spikes: a flat line through the middle of that number.
        constant = (theta <= low[:, None]).sum(axis=1)
        step = (high - low + 1.0) * 4.0
        return step, (low + high) / 2 - constant * step
    if levels.size == 1:
        # Slow enough that no other level is crossed before the accumulator's ends.
        centre, index = centres[:, 0], int(np.flatnonzero(reached)[0])
        step = np.ones(len(theta))
        if index > 0:
            step = np.maximum(step, 1.25 * (centre - low))
        if index < theta.shape[1] - 1:
            step = np.maximum(step, 1.25 * (high - centre))
        return step, centre - levels[0] * step
    return _minimax(levels, centres)


def _minimax(
    levels: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per row, the line with the smallest largest error (Chebyshev, by triples of points)."""
    best_step = (centres[:, -1] - centres[:, 0]) / (levels[-1] - levels[0])
    origin = centres[:, 0] - best_step * levels[0]
    best_error = _largest_error(levels, centres, best_step, origin)
    for i, j, k in combinations(range(levels.size), 3):
        step = (centres[:, k] - centres[:, i]) / (levels[k] - levels[i])
        outer = centres[:, i] - step * levels[i]
        inner = centres[:, j] - step * levels[j]
        origin = (outer + inner) / 2
        error = _largest_error(levels, centres, step, origin)
        better = error < best_error
        best_step = np.where(better, step, best_step)
        best_error = np.where(better, error, best_error)
    step = np.maximum(best_step, NARROWEST)
    residual = centres - step[:, None] * levels
    return step, (residual.max(axis=1) + residual.min(axis=1)) / 2


def _largest_error(
    levels: NDArray[np.float64],
    centres: NDArray[np.float64],
    step: NDArray[np.float64],
    origin: NDArray[np.float64],
) -> NDArray[np.float64]:
    error: NDArray[np.float64] = np.abs(centres - origin[:, None] - step[:, None] * levels).max(
        axis=1
    )
    return error


def _proved(
    line: Line, theta: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> bool:
    """Whether both neighbours of every threshold round to the right side with room to spare."""
    scale, bias = line.scale.astype(np.float64)[:, None], line.bias.astype(np.float64)[:, None]
    if not (np.isfinite(scale).all() and np.isfinite(bias).all() and (scale > 0).all()):
        return False
    levels = np.arange(1, theta.shape[1] + 1) - 0.5
    noise = (2.0 * np.abs(bias) + 2.0 * (levels + 1.0)) * FLOAT32_STEP * SAFETY
    silent = np.minimum(theta - 1.0, high[:, None])
    firing = np.maximum(theta, low[:, None])
    below_ok = (silent * scale + bias <= levels - noise) | (silent < low[:, None])
    above_ok = (firing * scale + bias >= levels + noise) | (firing > high[:, None])
    return bool(below_ok.all() and above_ok.all())
