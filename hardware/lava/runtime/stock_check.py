"""Follows the registers of stock LIFs on the host, step by step; no Lava here.

Why: a stock LIF wraps its current and saturates its membrane in silence, and an integrator's worst
case is seldom proved to fit. What its synapses sent says what its registers held, as long as they
fitted until then; so the first step that does not fit is found before anybody sees a number.
"""

import numpy as np

from hardware.lava.compute.neurons import STATE_SHIFT, keep
from hardware.stock.refusals import SUM_LIMIT
from spiketrack.errors import OverflowBoundError
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s


def check_registers(node: s.SpikeCubaLIF, sums: Int64) -> None:
    """Follows both registers over all steps of frames that each start anew.

    u' = trunc(u * (4096 - du) / 4096) + 64 * 2**weight_exp * sum; v' = the same of v and dv + u' +
    bias; v' > 64 * vth fires and resets v to 0.

    Args:
        node: a layer that a stock LIF can be.
        sums: of its synapses, (T, B, C, H, W), without its `weight_exp`.

    Raises:
        OverflowBoundError: u or v leaves the range in which a stock LIF computes what it should.
    """
    threshold = node.threshold_q.astype(np.int64) << STATE_SHIFT
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    u, v = np.zeros(sums.shape[1:], np.int64), np.zeros(sums.shape[1:], np.int64)
    for x in sums:
        u = keep(u, node.u_decay_q) + (x << (node.weight_exp + STATE_SHIFT))
        _require(u, f"current of '{node.name}'")
        v = keep(v, node.v_decay_q) + u + bias
        _require(v, f"membrane of '{node.name}'")
        v = np.where(v > threshold, 0, v)


def _require(x: Int64, what: str) -> None:
    low, high = int(x.min()), int(x.max())
    if low <= -SUM_LIMIT or high >= SUM_LIMIT:
        needed = f"a value within +-{SUM_LIMIT - 1}, which is 24 bits in a stock LIF"
        raise OverflowBoundError(what, needed, str(low if low <= -SUM_LIMIT else high))
