"""Computes neurons and delays on channels-last arrays, equal to the reference bit for bit.

Parameters are spread once, when an engine is built, to one number per neuron in the order H, W, C.
Where a value leaves its width, the reference runs the same layer and raises the error it defines.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.bounds.range import Range
from simulation.bounds.widths import StrictWidths
from simulation.fast import neuron_kernels as loops
from simulation.fast.nilif import membranes_of, nilif_kernel
from simulation.fast.rows import from_reference, spike_dtype, stream_dtype, to_reference
from simulation.reference import neurons as reference
from simulation.run import current_name
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.float_nodes import Shape
from spiketrack.graph.kinds import SpikeCuba, SpikeNeuron
from spiketrack.graph.neurons.registers import DECAY_ONE, STATE_SHIFT

Values = NDArray[Any]
Kernel = Callable[[Values], Values]
STRICT = StrictWidths()
NO_TRACE = np.empty((0, 0, 0), np.int64)
WITHOUT_RECURRENCE = np.empty((0, 0), np.int8)
UNBOUNDED_BITS = 62
"""What leaves a CUBA-LI's accumulator unchecked, as its equations do."""


def neuron_kernel(node: SpikeNeuron, x: Range, y: Range, shape: Shape) -> Kernel:
    """The kernel of one neuron layer.

    Args:
        node: the neuron.
        x: range of its input.
        y: range of its value.
        shape: (T, C, H, W) of its value, which is that of its input.
    """
    match node:
        case s.SpikeNILIF():
            return nilif_kernel(node, x, shape)
        case s.SpikeCubaLIF():
            return cuba_lif_kernel(node, shape)
        case s.SpikeCubaLI():
            return cuba_li_kernel(node, y, shape)
        case s.SpikeSigma():
            return sigma_kernel(node, y)
        case s.SpikeDelta():
            return delta_kernel(node, y, shape)
        case s.SpikeRelu():
            return relu_kernel(node, y, shape)
        case _:
            assert_never(node)


def registers_of(node: SpikeNeuron, x: Values, y: Values, shape: Shape) -> dict[str, Values]:
    """The registers of one neuron layer by their names in a `Run`, (T, B, H, W, C).

    Args:
        node: the neuron.
        x: what came in.
        y: what it sent.
        shape: (T, C, H, W) of both.
    """
    match node:
        case s.SpikeNILIF():
            return {node.name: membranes_of(node, x, y)}
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            u, v = cuba_registers(node, x, shape)
            return {node.name: v, current_name(node.name): u}
        case s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return {}
        case _:
            assert_never(node)


class CubaLayer(NamedTuple):
    """A CUBA layer made ready: per neuron, recurrent, and shared parameters (`fire_cuba`)."""

    fixed: Int64
    recurrent: NDArray[np.int8]
    rule: loops.CubaRule


def per_neuron(parameter: Array, shape: Shape) -> Int64:
    """(C or 1, H or 1, W or 1) to int64 (N,) in the order H, W, C."""
    wide = np.broadcast_to(parameter, shape[1:]).transpose(1, 2, 0)
    return np.ascontiguousarray(wide, np.int64).reshape(-1)


def flat(x: Values) -> Values:
    """(T, B, H, W, C) to contiguous (T, B, N)."""
    return np.ascontiguousarray(x).reshape(*x.shape[:2], -1)


def cuba_layer(node: SpikeCuba, shape: Shape) -> CubaLayer:
    """The parameters of a layer whose value has this shape (T, C, H, W)."""
    fixed = np.zeros((4, int(np.prod(shape[1:]))), np.int64)
    fixed[0] = DECAY_ONE - per_neuron(node.u_decay_q, shape)
    fixed[1] = DECAY_ONE - per_neuron(node.v_decay_q, shape)
    fixed[3] = per_neuron(node.bias_mant_q, shape) << node.bias_exp
    is_old = int(node.current == "old")
    shifts = (max(node.weight_exp, 0), max(-node.weight_exp, 0))
    if isinstance(node, s.SpikeCubaLI):
        rule = loops.CubaRule(*shifts, UNBOUNDED_BITS, node.bits, 1, 0, 0, 0, is_old)
        return CubaLayer(fixed, WITHOUT_RECURRENCE, rule)
    fixed[2] = per_neuron(node.threshold_q, shape) << STATE_SHIFT
    rule = loops.CubaRule(
        *shifts,
        s.ACCUMULATOR_BITS,
        node.bits,
        node.refractory,
        int(node.reset == "subtract"),
        node.reset_period,
        node.reset_phase,
        is_old,
    )
    return CubaLayer(fixed, np.array(node.recurrent_q.T, order="C"), rule)


def cuba_lif_kernel(node: s.SpikeCubaLIF, shape: Shape) -> Kernel:
    """Binary spikes uint8."""
    layer = cuba_layer(node, shape)
    return lambda x: _fire(node, layer, x, NO_TRACE, NO_TRACE)


def cuba_li_kernel(node: s.SpikeCubaLI, y: Range, shape: Shape) -> Kernel:
    """Membranes."""
    layer, dtype = cuba_layer(node, shape), stream_dtype(y.peak)
    return lambda x: _integrate(node, layer, x, dtype, NO_TRACE)


def cuba_registers(node: SpikeCuba, x: Values, shape: Shape) -> tuple[Int64, Int64]:
    """Currents and membranes before the reset (T, B, H, W, C), from what came in."""
    layer = cuba_layer(node, shape)
    u = np.empty((*x.shape[:2], layer.fixed.shape[1]), np.int64)
    if isinstance(node, s.SpikeCubaLI):
        v = _integrate(node, layer, x, np.int64, u)
        return u.reshape(x.shape), v
    v = np.empty_like(u)
    _fire(node, layer, x, u, v)
    return u.reshape(x.shape), v.reshape(x.shape)


def _fire(node: s.SpikeCubaLIF, layer: CubaLayer, x: Values, u: Int64, v: Int64) -> Values:
    spikes = np.empty(x.shape, np.uint8)
    fixed, recurrent, rule = layer
    if loops.fire_cuba(flat(x), fixed, recurrent, rule, flat(spikes), u, v):
        return from_reference(reference.fire_cuba(node, to_reference(x), STRICT).spikes)
    return spikes


def _integrate(
    node: s.SpikeCubaLI, layer: CubaLayer, x: Values, dtype: type[Any], u: Int64
) -> Values:
    v = np.empty(x.shape, dtype)
    if loops.integrate_cuba(flat(x), layer.fixed, layer.rule, flat(v), u):
        return from_reference(reference.integrate_cuba(node, to_reference(x), STRICT).v)
    return v


def sigma_kernel(node: s.SpikeSigma, y: Range) -> Kernel:
    """Running sums."""
    dtype = stream_dtype(y.peak)

    def decode(x: Values) -> Values:
        out = np.empty(x.shape, dtype)
        if loops.decode(flat(x), node.bits, flat(out)):
            return from_reference(reference.decode(node, to_reference(x), STRICT))
        return out

    return decode


def delta_kernel(node: s.SpikeDelta, y: Range, shape: Shape) -> Kernel:
    """Signed graded spikes."""
    threshold, dtype = per_neuron(node.threshold_q, shape), spike_dtype(y)

    def encode(x: Values) -> Values:
        out = np.empty(x.shape, dtype)
        exps = (node.input_exp, node.state_exp)
        if loops.encode(flat(x), threshold, *exps, node.bits, flat(out)):
            return from_reference(reference.encode(node, to_reference(x), STRICT))
        return out

    return encode


def relu_kernel(node: s.SpikeRelu, y: Range, shape: Shape) -> Kernel:
    """Graded spikes."""
    bias, dtype = per_neuron(node.bias_q, shape), spike_dtype(y)

    def rectify(x: Values) -> Values:
        out = np.empty(x.shape, dtype)
        rows, sent = flat(x).reshape(-1, bias.size), out.reshape(-1, bias.size)
        if loops.rectify(rows, bias, node.shift, node.bits, sent):
            return from_reference(reference.rectify(node, to_reference(x), STRICT))
        return out

    return rectify


def delay_kernel(node: m.Delay, shape: Shape) -> Kernel:
    """The kernel of a delay: values come later by each neuron's own number of steps."""
    steps = per_neuron(node.steps_q, shape)
    first = int(steps[0]) if steps.size else 0
    uniform = bool((steps == first).all())

    def delay(x: Values) -> Values:
        out = np.empty(x.shape, x.dtype)
        if uniform:
            out[:first] = 0
            out[first:] = x[: max(0, len(x) - first)]
        else:
            loops.delay(flat(x), steps, flat(out))
        return out

    return delay


def flatten(x: Values) -> Values:
    """(T, B, H, W, C) to (T, B, 1, 1, C*H*W), channel by channel."""
    t, b = x.shape[:2]
    return np.ascontiguousarray(x.transpose(0, 1, 4, 2, 3)).reshape(t, b, 1, 1, -1)
