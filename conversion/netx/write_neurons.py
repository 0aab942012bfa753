"""Makes fields of a `.net` file of the integer graph's neurons, or says why they do not fit.

Refused as well is what a file could say but lava-dl's loader would read over: what is written here
runs there as it runs here.
"""

from collections.abc import Iterator

import numpy as np

from conversion.netx.neurons import BIAS_EXP, STATE_EXP
from conversion.netx.options import NetxOptions
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.kinds import SpikeCuba
from spiketrack.graph.neurons.registers import BIAS_LIMIT, DECAY_ONE, STATE_BITS

Reasons = Iterator[tuple[str, str]]
# What lava-dl's affine block writes; no membrane of 24 bits reaches it.
NEVER = (1 << 18) - 1


def lif_fields(node: SpikeCuba) -> dict[str, object]:
    """The neuron group of a CUBA layer; empty for the integrator that a file leaves out."""
    u_decay, v_decay = int(node.u_decay_q.flat[0]), int(node.v_decay_q.flat[0])
    readout = isinstance(node, s.SpikeCubaLI)
    if readout and (u_decay, v_decay) == (0, DECAY_ONE):
        return {}
    threshold = NEVER if isinstance(node, s.SpikeCubaLI) else int(node.threshold_q.flat[0])
    return {
        "type": np.bytes_("CUBA"),
        "iDecay": u_decay,
        "vDecay": v_decay,
        "vThMant": threshold,
        "refDelay": 1,
        "gradedSpike": False,
    }


def lif_reasons(node: SpikeCuba, options: NetxOptions, layer: int) -> Reasons:
    """Why a CUBA layer, number `layer` of those with neurons, cannot be written."""
    one_value = "give all neurons of the layer the same"
    for field in ("u_decay_q", "v_decay_q"):
        if np.ptp(getattr(node, field)):
            yield f"{field} that differ between neurons", one_value
    if mantissas(node.bias_mant_q, node.bias_exp) is None:
        yield "a bias that is no multiple of 64 within 13 bits", "round the bias"
    if node.current != "new":
        yield "a membrane that reads the current of the step before", "read with --cuba new"
    if node.bits != STATE_BITS:
        yield f"registers of {node.bits} bits", f"use {STATE_BITS} bits"
    if isinstance(node, s.SpikeCubaLI):
        return
    if np.ptp(node.threshold_q):
        yield "thresholds that differ between neurons", f"{one_value}, scale weights instead"
    if node.reset != "zero":
        yield "a subtractive reset", "use reset 'zero'"
    if node.refractory != 1:
        yield f"{node.refractory} refractory steps, which lava-dl's loader ignores", "use 1"
    if (node.reset_period, node.reset_phase) != options.reset_of(layer):
        reason = f"a reset of period {node.reset_period} and phase {node.reset_phase}"
        rewrite = "no file says it: pass the reset_interval and reset_offset of the reader"
        yield reason, rewrite


def mantissas(bias_q: Array, exp: int) -> Array | None:
    """Bias mantissas for an exponent of 6, int64 of the same shape; None if there are none."""
    wide = bias_q.astype(np.int64) << exp
    mantissa = wide >> BIAS_EXP
    fits = mantissa.min() >= -BIAS_LIMIT and mantissa.max() < BIAS_LIMIT
    return mantissa if fits and ((mantissa << BIAS_EXP) == wide).all() else None


def sdnn_fields(delta: s.SpikeDelta | None, options: NetxOptions) -> dict[str, object]:
    """The neuron group of a sigma-delta layer; without a delta, of a sigma alone."""
    threshold = 0 if delta is None else int(delta.threshold_q.flat[0])
    fields: dict[str, object] = {
        "type": np.bytes_("SDNN"),
        "activation": np.bytes_("relu"),
        "vThMant": threshold >> (options.spike_exp + STATE_EXP),
    }
    return fields if delta is not None else fields | {"sigma_output": True}


def delta_reasons(node: s.SpikeDelta, options: NetxOptions, input_exp: int) -> Reasons:
    """Why a delta encoder cannot be written."""
    if np.ptp(node.threshold_q):
        yield "thresholds that differ between neurons", "give all neurons of the layer the same"
    if int(node.threshold_q.flat[0]) & ((1 << (options.spike_exp + STATE_EXP)) - 1):
        step = 1 << (options.spike_exp + STATE_EXP)
        yield f"a threshold that is no multiple of {step}", "round it, or pass another spike_exp"
    if (node.input_exp, node.state_exp) != (input_exp, STATE_EXP):
        reason = f"input_exp {node.input_exp} and state_exp {node.state_exp}"
        yield reason, f"use {input_exp} and {STATE_EXP}, or pass another spike_exp"
    if node.bits != STATE_BITS:
        yield f"registers of {node.bits} bits", f"use {STATE_BITS} bits"


def relu_reasons(node: s.SpikeRelu, options: NetxOptions) -> Reasons:
    """Why a rectifier cannot be written."""
    if (node.bias_q & ((1 << (options.spike_exp + STATE_EXP)) - 1)).any():
        step = 1 << (options.spike_exp + STATE_EXP)
        yield f"a bias that is no multiple of {step}", "round it, or pass another spike_exp"
    if node.shift or node.bits != STATE_BITS:
        reason = f"a shift of {node.shift} and {node.bits} bits"
        yield reason, f"use no shift and {STATE_BITS} bits"
