"""Chooses weight steps of synapses that feed a neuron, so that thresholds are whole steps.

A neuron compares its membrane with a whole number of weight steps. So a channel's step is chosen
together with its threshold and its drive: exact weights keep an exact grid, refined until both lie
on it; rounded weights get the next coarser step that divides the threshold, unless weights,
threshold and bias together lose less without it. A channel without weights has a step on which
threshold, drive and bias are all whole, or nearest to it.

A bias that is fed into a current enters in whole steps too, and what it leaves cannot be made up
elsewhere in time. So it comes before the threshold, which a left shift of the input makes finer;
before exact weights it comes only where the current never leaks and would sum the error up.
"""

from dataclasses import dataclass

import numpy as np

from calibration.weights import channel_steps
from spiketrack.fixed_point import Float64
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import FloatCuba
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    MAX_BIAS_EXP,
    STATE_SHIFT,
    THRESHOLD_LIMIT,
)

MOST_THRESHOLD = THRESHOLD_LIMIT - 1
MOST_BIAS = (BIAS_LIMIT - 1) << MAX_BIAS_EXP
FINE_STEPS = 64
"""A threshold of fewer steps than this is worth a finer grid."""
ENOUGH_STEPS = 256
"""A threshold of this many steps is worth more than a proof that no register can overflow."""
COARSE_STEPS = 8
"""From this many steps on, making the threshold a whole number costs under an eighth of a step."""
ROUNDED_EXP = 2
"""Left shift behind rounded weights that puts a threshold within an eighth of their step."""
MOST_FREE_STEPS = 4095
"""Steps that a threshold or drive of a channel without weights is given at most: a mantissa's."""
ACTIVITY = 1.0 / 8.0
"""Share of inputs taken to fire in a step, where a bias is fed in every step."""
WORTH_OF_WHOLE = 1.05
"""How much more may be lost for a threshold of whole steps, which needs no shift of the input."""
NOISE = 1e-9


def steps_for_neuron(
    weight: Array, conv_bias: Array, neuron: FloatCuba, unit: float, bits: int, power_of_two: bool
) -> Float64:
    """Chooses one weight step for each output channel, (O,).

    Args:
        weight: (O, I, K_h, K_w) float64; a neuron's recurrent weights share its steps.
        conv_bias: (O,), factors behind the convolution included.
        neuron: the only reader of the accumulator.
        unit: real worth of one step of the convolution's input, factors behind it included.
        bits: 2..8.
        power_of_two: steps are powers of two.
    """
    limit = (1 << (bits - 1)) - 1
    rows = weight.reshape(len(weight), -1)
    if isinstance(neuron, f.FloatCubaLIF) and neuron.recurrent.size:
        # Recurrent weights meet the others in one accumulator and must share their step.
        rows = np.concatenate([rows, neuron.recurrent / unit], axis=1)
    steps = channel_steps(rows, limit, power_of_two)
    gain = neuron.u_gain * neuron.v_gain * unit
    thresholds = neuron.threshold / gain if isinstance(neuron, f.FloatCubaLIF) else 0.0 * gain
    at_once = enters_at_once(neuron)
    fed = np.where(at_once, conv_bias[:, None, None] * gain / unit, 0.0)
    drives = (neuron.v_drive + fed) / gain
    if isinstance(neuron, f.FloatCubaLIF) and forgets(neuron):
        thresholds, drives = split_level(thresholds - drives)
    drives = np.abs(drives)
    # Without memory the drive has gone into the threshold, and nothing is left to keep whole.
    kept = np.zeros_like(drives) if forgets(neuron) else drives
    held = (~_rows(at_once, (len(weight), -1))).any(axis=1)
    endless = (_rows(neuron.u_keep, (len(weight), -1)) == 1.0).any(axis=1)
    spread = (len(weight), -1)
    parameters = (_rows(array, spread) for array in (thresholds, drives, kept))
    for o, (row, levels, drive, own) in enumerate(zip(rows, *parameters, strict=True)):
        # A drive enters in 64ths of a step, its register being 64 times finer.
        least = max(levels.max() / MOST_THRESHOLD, drive.max() * 2**STATE_SHIFT / MOST_BIAS)
        bias = abs(float(conv_bias[o])) / unit if held[o] else 0.0
        channel = _Channel(row, np.unique(levels), np.unique(own), bias, bool(endless[o]), least)
        steps[o] = _aligned(channel, float(steps[o]), limit, power_of_two)
    return steps


def split_level(level: Float64) -> tuple[Float64, Float64]:
    """A level as a threshold >= 0 and a drive >= 0 whose difference it is."""
    return np.maximum(level, 0.0), np.maximum(-level, 0.0)


def enters_at_once(node: FloatCuba) -> Array:
    """Says where a bias fed into the current drives the membrane of the same step alone."""
    at_once: Array = (node.u_keep == 0.0) & (node.current == "new")
    return at_once


def forgets(node: FloatCuba) -> bool:
    """Whether nothing of a step is left in the next."""
    return not (node.u_keep.any() or node.v_keep.any())


def whole(x: Array) -> Array:
    """`x` with what float noise keeps from being a whole number put right."""
    nearest = np.rint(x)
    near = np.abs(x - nearest) <= NOISE * np.maximum(1.0, np.abs(x))
    return np.where(near, nearest, x)


@dataclass(frozen=True)
class _Channel:
    """What one channel's step has to suit; everything in units of its weights.

    Attributes:
        row: all weights that share the step.
        levels: thresholds, each once.
        drives: magnitudes of what drives the membrane, each once; 0 where nothing is kept of it.
        bias: magnitude of the bias that is fed into a current; 0 where there is none.
        endless: that current never leaks.
        least: the step at which thresholds and drives still fit their widths.
    """

    row: Array
    levels: Array
    drives: Array
    bias: float
    endless: bool
    least: float


def _aligned(channel: _Channel, step: float, limit: int, power_of_two: bool) -> float:
    """The step of one channel, not below its `least`."""
    row, least = channel.row, channel.least
    if not row.any():
        step = _free(channel)
        # Downwards here: without weights nothing overflows, and finer is nearer.
        step = float(2.0 ** np.floor(np.log2(step))) if power_of_two else step
    if power_of_two:
        return max(step, float(2.0 ** np.ceil(np.log2(least)))) if least > 0.0 else step
    if not row.any():
        return step
    if step < least:
        return _dividing(channel, least)
    steps = np.rint(row / step)
    if (steps * step == row).all():
        refined = step / _refinement(channel, step, limit // int(np.abs(steps).max()))
        if not channel.endless or _is_whole(channel.bias / refined):
            return refined
        # An endless current sums the error of its bias up, so that exact weights are given up for
        # it.
        step = max(least, float(np.abs(row).max()) / limit)
    aligned = _aligned_to_level(channel, step)
    bearable = WORTH_OF_WHOLE * _loss(channel, step, limit)
    return aligned if channel.endless or _loss(channel, aligned, limit) <= bearable else step


def _aligned_to_level(channel: _Channel, step: float) -> float:
    """The next coarser step that divides the threshold, or the bias where that is worth more."""
    levels = channel.levels
    count = float(levels.max()) / step
    if not (len(levels) > 1 or count < COARSE_STEPS):
        step_of_level = max(step, float(levels.max()) / float(np.floor(whole(np.array(count)))))
        if _is_whole(channel.bias / step_of_level):
            return step_of_level
        return _dividing(channel, step, otherwise=step_of_level)
    return _dividing(channel, step)


def _loss(channel: _Channel, step: float, limit: int) -> float:
    """What rounding weights, threshold and bias to a step does to the membrane in a time step.

    Inputs fire now and then, each with its own error; bias and threshold are off every time. A
    shift of the input makes a threshold of few steps finer.
    """
    rounded = np.clip(np.rint(channel.row / step), -limit, limit) * step
    # Errors of independent inputs add up as squares, those of bias and threshold are there in every
    # step.
    weights = ACTIVITY * float(np.square(rounded - channel.row).sum())
    bias = abs(float(np.rint(channel.bias / step)) * step - channel.bias)
    positive = channel.levels[channel.levels > 0]
    fine = step
    if positive.size:
        short = ENOUGH_STEPS * step / float(positive.min())
        fine = step / 2.0 ** min(max(int(np.ceil(np.log2(short))), 0), ROUNDED_EXP)
    levels = np.abs(np.rint(channel.levels / fine) * fine - channel.levels).max()
    return float(np.sqrt(weights + bias**2 + levels**2))


def _free(channel: _Channel) -> float:
    """The step of a channel without weights, which only threshold, drive and bias have to suit."""
    numbers = np.concatenate([channel.levels, channel.drives, [channel.bias]])
    numbers = numbers[numbers > 0.0]
    if not numbers.size:
        return channel.least or 1.0
    largest = float(numbers.max())
    counts = np.arange(1, MOST_FREE_STEPS + 1)
    steps = largest / counts
    spread = numbers[:, None] / steps
    off = np.abs(spread - np.rint(spread))
    exact = (off <= NOISE * np.maximum(1.0, spread)).all(axis=0) & (steps >= channel.least)
    if exact.any():
        most = int(counts[exact][0])
        finer = 1
        # Doubling keeps all multiples whole.
        while most * finer < FINE_STEPS:
            finer *= 2
        return largest / (most * finer)
    if channel.endless and channel.bias:
        return _dividing(channel, max(channel.least, largest / FINE_STEPS))
    fine = (counts >= ENOUGH_STEPS) & (steps >= channel.least)
    if not fine.any():
        return max(channel.least, largest / ENOUGH_STEPS)
    return float(steps[fine][(off / spread).sum(axis=0)[fine].argmin()])


def _dividing(channel: _Channel, step: float, otherwise: float | None = None) -> float:
    """The next coarser step that divides the bias, of those alike the kindest to the threshold.

    A bias of few steps is worth that much coarser weights only where a current never leaks.
    """
    count = float(whole(np.array(channel.bias / step)))
    if count < (1 if channel.endless else COARSE_STEPS):
        return otherwise or step
    most = int(count)
    least = max(1, int(np.ceil(most * (1.0 - 1.0 / COARSE_STEPS))))
    steps = channel.bias / np.arange(most, least - 1, -1)
    counts = channel.levels[:, None] / steps
    return float(steps[int(np.abs(counts - np.rint(counts)).max(axis=0).round(9).argmin())])


def _refinement(channel: _Channel, step: float, most: int) -> int:
    """By what to divide an exact step: as little as makes bias, drives and thresholds whole.

    Else what makes the bias whole, else the drives, which enter in 64ths of a step, else the
    thresholds, and then fine enough.
    """
    levels, divisors = channel.levels / step, range(1, most + 1)
    drives = channel.drives / step * (1 << STATE_SHIFT)
    # The order is that of the harm: a bias sums up, a drive enters every step, a threshold is off
    # once.
    for_bias = [k for k in divisors if _is_whole(channel.bias / step * k)]
    divisors_left = for_bias or list(divisors)
    divisors_left = [k for k in divisors_left if _is_whole(drives * k)] or divisors_left
    for k in divisors_left:
        if _is_whole(levels * k):
            return k
    lowest = levels[levels > 0]
    wanted = int(np.ceil(FINE_STEPS / lowest.min())) if lowest.size else 1
    return max([k for k in divisors_left if k <= wanted], default=divisors_left[0])


def _is_whole(x: Array | float) -> bool:
    x = np.asarray(x)
    return bool((whole(x) == np.rint(x)).all())


def _rows(array: Array, shape: tuple[int, int]) -> Array:
    """(C or 1, H or 1, W or 1) to (O, n)."""
    channels = np.broadcast_to(array, (shape[0], *array.shape[1:]))
    return channels.reshape(shape)
