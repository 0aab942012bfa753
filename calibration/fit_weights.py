"""Fits the rounding of a convolution's weights to what the convolution reads.

Nearest rounding treats every weight alike. What counts is the sum that a neuron gets: its error is
e^T x for the weight errors e and the inputs x of one window. Over many windows the error has the
mean e^T m, which the bias takes up exactly, and the variance e^T C e, C the covariance of x. So
each output channel takes the step, among some below max|w|, and then the roundings that make
e^T C e small: weights are rounded one after the other, and each error is made up for by the weights
not rounded yet, as far as their inputs go together.

Sources: bias correction, Nagel et al. 2019 (arXiv:1906.04721); roundings in order with errors
handed on, Frantar et al. 2022 (arXiv:2210.17323), from Hassibi and Stork 1992.
"""

from dataclasses import dataclass

import numpy as np

from spiketrack.graph.checks import Array

DAMPING = 0.01
"""Of the mean variance, added to every variance, so that inputs that hardly vary stay tame."""
FLOOR = 1e-9
STEP_SHARES = tuple(np.linspace(0.5, 1.0, 11).tolist())
"""Steps that are tried, as shares of the one that reaches the largest weight."""
MANTISSA_BITS = 20
"""Bits of a step, few enough for whole multiples of it to be exact."""


@dataclass(frozen=True)
class Moments:
    """What a convolution reads in one window, (G, n) for G groups with n = I * K_h * K_w inputs.

    Attributes:
        mean: (G, n).
        covariance: (G, n, n).
    """

    mean: Array
    covariance: Array


@dataclass(frozen=True)
class FittedWeights:
    """Weights that lie on a grid of their channel, and what the bias must gain.

    Attributes:
        weight: float64, shaped as the weights were, whole multiples of each channel's step.
        bias_gain: float64 (O,).
    """

    weight: Array
    bias_gain: Array


def fit_weights(
    weight: Array, moments: Moments, bits: int, *, power_of_two: bool = False
) -> FittedWeights:
    """Rounds weights to `bits` so that the sums change least on inputs with these moments.

    Args:
        weight: float64 (O, I, K_h, K_w); output channels go group by group.
        moments: of the windows that the convolution reads.
        bits: 2 to 8.
        power_of_two: steps are powers of two.
    """
    limit = (1 << (bits - 1)) - 1
    groups = len(moments.mean)
    rows = weight.reshape(groups, len(weight) // groups, -1)
    tame = damped(moments.covariance)
    fitted = round_in_order(rows, tame, best_steps(rows, tame, limit, power_of_two), limit)
    gain = ((rows - fitted) @ moments.mean[:, :, None])[:, :, 0]
    return FittedWeights(fitted.reshape(weight.shape), gain.reshape(-1))


def variance(weight: Array, moments: Moments) -> float:
    """Variance of the sums that weights (O, I, K_h, K_w) give, summed over output channels."""
    rows = weight.reshape(len(moments.mean), len(weight) // len(moments.mean), -1)
    return float(((rows @ moments.covariance) * rows).sum())


def damped(covariance: Array) -> Array:
    """Covariances (..., n, n) that can be inverted."""
    n = covariance.shape[-1]
    added = DAMPING * np.trace(covariance, axis1=-2, axis2=-1) / n + FLOOR
    tame: Array = covariance + added[..., None, None] * np.eye(n)
    return tame


def best_steps(rows: Array, covariance: Array, limit: int, power_of_two: bool = False) -> Array:
    """The step of every row whose nearest rounding has the least variance e^T C e.

    Args:
        rows: weights, (..., O, n).
        covariance: of the inputs, (..., n, n).
        limit: steps up to the largest weight.
        power_of_two: steps are powers of two.
    """
    peaks = np.abs(rows).max(axis=-1, initial=0.0)
    widest = np.where(peaks > 0, peaks, 1.0) / limit
    best, least = widest, np.full(widest.shape, np.inf)
    for share in (0.5, 1.0) if power_of_two else STEP_SHARES:
        if power_of_two:
            steps = 2.0 ** np.ceil(np.log2(widest)) * share
        else:
            steps = few_bits(widest * share)
        error = rows - nearest(rows, steps[..., None], limit)
        variance = ((error @ covariance) * error).sum(axis=-1)
        best = np.where(variance < least, steps, best)
        least = np.minimum(variance, least)
    return best


def round_in_order(rows: Array, covariance: Array, steps: Array, limit: int) -> Array:
    """Rounds weights one input after the other; later ones make up for the errors.

    The input that varies most comes first, while most weights are left to make up for it.

    Args:
        rows: weights, (..., O, n).
        covariance: of the inputs, (..., n, n), which can be inverted.
        steps: of every row, (..., O).
        limit: steps up to the largest weight.
    """
    order = np.argsort(-np.diagonal(covariance, axis1=-2, axis2=-1), axis=-1, kind="stable")
    across, along = order[..., None, :], order[..., :, None]
    sorted_rows = np.take_along_axis(covariance, along, axis=-2)
    inverse = np.linalg.inv(np.take_along_axis(sorted_rows, across, axis=-1))
    upper = np.swapaxes(np.linalg.cholesky(inverse), -1, -2)
    left = np.take_along_axis(rows, across, axis=-1)
    rounded = np.empty_like(left)
    for i in range(left.shape[-1]):
        rounded[..., i] = nearest(left[..., i], steps, limit)
        error = (left[..., i] - rounded[..., i]) / upper[..., i, i, None]
        left[..., i + 1 :] -= error[..., None] * upper[..., i, None, i + 1 :]
    return np.take_along_axis(rounded, np.argsort(order, axis=-1)[..., None, :], axis=-1)


def nearest(weight: Array, steps: Array, limit: int) -> Array:
    """The nearest whole multiples of the steps, within +-limit of them; halves go up."""
    rounded: Array = np.clip(np.floor(weight / steps + 0.5), -limit, limit) * steps
    return rounded


def few_bits(steps: Array) -> Array:
    """Steps with a mantissa of `MANTISSA_BITS` bits."""
    mantissa, exponent = np.frexp(steps)
    short: Array = np.ldexp(np.round(np.ldexp(mantissa, MANTISSA_BITS)), exponent - MANTISSA_BITS)
    return short
