"""Synapses of all steps of a frame as one stock Conv: a step is a group of channels."""

from typing import NamedTuple

import numpy as np

from hardware.stock.limits import MAX_GROUPS
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s


class Kernel(NamedTuple):
    """Weights (T * O, C / groups, K_h, K_w) and the number of groups."""

    weight: Int64
    groups: int


def unrolled_kernel(node: s.SpikeConv, n_steps: int) -> Kernel:
    """The same synapses for channels (step, channel) of `n_steps` steps, in few enough groups.

    Requires: n_steps <= 127.
    Ensures: what it makes of channels (T * C, H, W) is what the node makes of (T, C, H, W), step by
        step. Neighbouring groups of a step are joined, with zeros between them, until stock Conv's
        8 bits hold the number of groups.
    Exact.
    """
    joined = next(
        f for f in range(1, node.groups + 1)
        if node.groups % f == 0 and n_steps * (node.groups // f) <= MAX_GROUPS
    )  # fmt: skip
    weight = _joined(node.weight_q.astype(np.int64), node.groups, joined)
    return Kernel(np.tile(weight, (n_steps, 1, 1, 1)), n_steps * (node.groups // joined))


def _joined(weight: Int64, groups: int, joined: int) -> Int64:
    """(O, C / groups, ...) to (O, joined * C / groups, ...): zeros where another group reads."""
    if joined == 1:
        return weight
    n_out, n_in, *kernel = weight.shape
    wide = np.zeros((n_out, joined, n_in, *kernel), np.int64)
    group = np.arange(n_out) // (n_out // groups)
    wide[np.arange(n_out), group % joined] = weight
    return wide.reshape(n_out, joined * n_in, *kernel)
