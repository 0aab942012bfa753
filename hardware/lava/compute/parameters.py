"""The arrays of a node under the names that they have on Lava.

A process of one node holds these arrays as its Vars, where a user may read and set them; a fused
block computes with the same arrays. So both are given to one function, `make_step`.
"""

from collections.abc import Mapping

import numpy as np
from typing_extensions import assert_never

from hardware.lava.compute.neurons import STATE_SHIFT
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array

Arrays = Mapping[str, Array]


def arrays_of(node: s.SpikeNode, n_steps: int) -> dict[str, Array]:
    """The arrays of a node by Var name: weights as int8, everything else as int64.

    Why some are zeros where the node has none: a Var cannot be empty. A decay of zero keeps nothing
    from step to step, and `make_step` asks the node whether it has recurrent weights.

    Args:
        node: a node of an integer graph.
        n_steps: T, the steps of the messages that it receives.
    """
    match node:
        case s.SpikeConv():
            return {"weights": node.weight_q}
        case s.SpikeNILIF():
            decay = node.decay_q if node.decay_q.size else np.zeros(max(1, n_steps - 1))
            return _wide(vth=node.thresholds_q, decay=decay)
        case s.SpikeCubaLIF():
            recurrent = node.recurrent_q if node.recurrent_q.size else np.zeros((1, 1))
            vth = node.threshold_q.astype(np.int64) << STATE_SHIFT
            return _wide(**_decays_and_bias(node), vth=vth, recurrent=recurrent)
        case s.SpikeCubaLI():
            return _wide(**_decays_and_bias(node))
        case s.SpikeDelta():
            return _wide(vth=node.threshold_q)
        case s.SpikeRelu():
            return _wide(bias=node.bias_q)
        case s.SpikeRescale():
            return _wide(mantissa=node.multiplier_q, shift=node.shift_q, bias=node.bias_q)
        case s.SpikeBias():
            return _wide(bias=node.table_q)
        case s.SpikeGateMix():
            return _wide(table=node.table_q)
        case m.Delay():
            return _wide(delay=node.steps_q)
        case (
            s.SpikeInput() | s.SpikeOutput() | s.SpikeMemoryWrite() | s.SpikeMemoryRead()
            | s.SpikeAdd() | s.SpikeSumPool() | s.SpikeUpsample() | s.SpikeSigma()
            | m.Repeat() | m.SelectStep() | m.StackSteps() | m.PositionsToChannels() | m.Flatten()
        ):  # fmt: skip
            return {}
        case _:
            assert_never(node)


def _decays_and_bias(node: s.SpikeCubaLIF | s.SpikeCubaLI) -> dict[str, Array]:
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    return {"du": node.u_decay_q, "dv": node.v_decay_q, "bias": bias}


def _wide(**arrays: Array) -> dict[str, Array]:
    return {name: np.asarray(array, np.int64) for name, array in arrays.items()}
