"""Holds the figures that a report shows of what rounding did to a neuron layer's parameters."""

from dataclasses import dataclass

import numpy as np

from spiketrack.graph import float_nodes as f
from spiketrack.graph.checks import Array


@dataclass(frozen=True)
class NeuronRounding:
    """These figures say what rounding did to one layer's parameters.

    Attributes:
        node: its name.
        weight_exp: left shift of the input that was chosen; a right shift rounds the input.
        threshold_steps: smallest and largest threshold as an integer; None for a readout.
        threshold_error: largest relative error of a threshold.
        u_decay_error: largest relative error of 1 - u_keep, the share that leaks away in a step.
        v_decay_error: the same of 1 - v_keep.
        bias_error: largest error of a drive, in steps of the input.
        current_bias_error: largest part, in real units, of a bias fed into a current that is no
            whole step of the input and so does not reach the current.
        current_bias_share: what that part comes to on the membrane in a step, settled or after the
            planned steps, over the threshold; None for a readout.
        recurrent_error: largest error of a recurrent weight, in weight steps.
        rounded: weights before it, or what enters it, do not lie on its steps.
    """

    node: str
    weight_exp: int
    threshold_steps: tuple[int, int] | None
    threshold_error: float
    u_decay_error: float
    v_decay_error: float
    bias_error: float
    current_bias_error: float
    current_bias_share: float | None
    recurrent_error: float
    rounded: bool = False


def share_of_threshold(node: f.FloatCubaLIF, lost: Array, n_steps: int) -> float:
    """Largest drive that a constant input `lost` of a current builds up, over the threshold."""
    built_up = lost * np.minimum(n_steps, 1.0 / np.maximum(1.0 - node.u_keep, 1.0 / n_steps))
    built_up, level = np.broadcast_arrays(built_up, node.threshold)
    there = level > 0
    return float((built_up[there] / level[there]).max(initial=0.0))


def relative_error(rounded: Array, expected: Array) -> float:
    """Largest |found / expected - 1|, over what is not 0."""
    expected = np.broadcast_to(expected, rounded.shape)
    there = expected != 0
    return float(np.abs(rounded[there] / expected[there] - 1.0).max(initial=0.0))
