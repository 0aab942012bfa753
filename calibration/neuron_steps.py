"""Weight steps for synapses that feed a neuron with a current: thresholds ought to be whole steps.

A neuron compares its membrane with a whole number of weight steps. So a channel's step is chosen
together with its threshold: exact weights keep an exact grid, refined until the threshold lies on
it; rounded weights get the next coarser step that divides the threshold.
"""

import numpy as np

from calibration.weights import channel_steps
from spiketrack.fixed_point import Float64
from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import (
    BIAS_LIMIT,
    MAX_BIAS_EXP,
    STATE_SHIFT,
    THRESHOLD_LIMIT,
)

FloatCuba = f.FloatCubaLIF | f.FloatCubaLI
MOST_THRESHOLD = THRESHOLD_LIMIT - 1
MOST_BIAS = (BIAS_LIMIT - 1) << MAX_BIAS_EXP
FINE_STEPS = 64
"""A threshold of fewer steps than this is worth a finer grid."""
ENOUGH_STEPS = 256
"""A threshold of this many steps is worth more than a proof that no register can overflow."""
COARSE_STEPS = 8
"""From this many steps on, making the threshold a whole number costs under an eighth of a step."""
NOISE = 1e-9


def steps_for_neuron(
    weight: Array, conv_bias: Array, neuron: FloatCuba, unit: float, bits: int, power_of_two: bool
) -> Float64:
    """One weight step per output channel (O,).

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
        rows = np.concatenate([rows, neuron.recurrent / unit], axis=1)
    steps = channel_steps(rows, limit, power_of_two)
    gain = neuron.u_gain * neuron.v_gain * unit
    thresholds = neuron.threshold / gain if isinstance(neuron, f.FloatCubaLIF) else 0.0 * gain
    fed = np.where(neuron.u_keep == 0.0, conv_bias[:, None, None] * gain / unit, 0.0)
    drives = (neuron.v_drive + fed) / gain
    if isinstance(neuron, f.FloatCubaLIF) and forgets(neuron):
        thresholds, drives = split_level(thresholds - drives)
    drives = np.abs(drives)
    spread = (len(weight), -1)
    for o, (row, levels, drive) in enumerate(
        zip(rows, _rows(thresholds, spread), _rows(drives, spread), strict=True)
    ):
        least = max(levels.max() / MOST_THRESHOLD, drive.max() * 2**STATE_SHIFT / MOST_BIAS)
        steps[o] = _aligned(row, float(steps[o]), np.unique(levels), least, limit, power_of_two)
    return steps


def split_level(level: Float64) -> tuple[Float64, Float64]:
    """A level as a threshold >= 0 and a drive >= 0 whose difference it is."""
    return np.maximum(level, 0.0), np.maximum(-level, 0.0)


def forgets(node: FloatCuba) -> bool:
    """Whether nothing of a step is left in the next."""
    return not (node.u_keep.any() or node.v_keep.any())


def whole(x: Array) -> Array:
    """`x` with what float noise keeps from being a whole number put right."""
    nearest = np.rint(x)
    near = np.abs(x - nearest) <= NOISE * np.maximum(1.0, np.abs(x))
    return np.where(near, nearest, x)


def _aligned(
    row: Array, step: float, levels: Array, least: float, limit: int, power_of_two: bool
) -> float:
    """The step of one channel, for thresholds `levels` and not below `least`."""
    if power_of_two:
        return max(step, float(2.0 ** np.ceil(np.log2(least)))) if least > 0.0 else step
    peak = float(np.abs(row).max(initial=0.0))
    if peak == 0.0:
        return max(least, float(levels.max()) / FINE_STEPS) or 1.0
    if step < least:
        return least
    steps = np.rint(row / step)
    if (steps * step == row).all():
        return step / _refinement(levels / step, limit // int(np.abs(steps).max()))
    count = float(levels.max()) / step
    if len(levels) > 1 or count < COARSE_STEPS:
        return step
    return max(step, float(levels.max()) / float(np.floor(whole(np.array(count)))))


def _refinement(levels: Array, most: int) -> int:
    """By what to divide an exact step: as little as makes thresholds whole, else fine enough."""
    for k in range(1, most + 1):
        if (whole(levels * k) == np.rint(levels * k)).all():
            return k
    lowest = levels[levels > 0]
    wanted = int(np.ceil(FINE_STEPS / lowest.min())) if lowest.size else 1
    return max(1, min(most, wanted))


def _rows(array: Array, shape: tuple[int, int]) -> Array:
    """(C or 1, H or 1, W or 1) to (O, n)."""
    channels = np.broadcast_to(array, (shape[0], *array.shape[1:]))
    return channels.reshape(shape)
