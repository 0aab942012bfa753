"""One node of the integer graph as a function with its events: what a fused process is made of.

Why not in the processes: a fused block runs many nodes in one process; `Runner` is one of them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from typing_extensions import assert_never

from hardware.lava.assemble.values import Values
from hardware.lava.compute import arithmetic as a
from hardware.lava.compute import neurons as n
from hardware.lava.compute import synapses as w
from hardware.lava.compute.arithmetic import Value
from hardware.lava.runtime.events import NONE, Events
from spiketrack.fixed_point import check_width
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

Step = Callable[[Sequence[Value]], tuple[Value, Events]]


def cuba_parameters(node: s.SpikeCubaLIF | s.SpikeCubaLI) -> n.CubaParameters:
    """The parameters that both CUBA layers have, under Lava's names."""
    bias = node.bias_mant_q.astype(np.int64) << node.bias_exp
    du, dv = (decay.astype(np.int64) for decay in (node.u_decay_q, node.v_decay_q))
    return n.CubaParameters(du, dv, bias, node.weight_exp, node.bits, node.current == "old")


def firing(node: s.SpikeCubaLIF) -> n.Firing:
    """How a CUBA-LIF layer fires."""
    vth = node.threshold_q.astype(np.int64) << n.STATE_SHIFT
    subtracts = node.reset == "subtract"
    return n.Firing(vth, node.refractory, subtracts, node.reset_period, node.reset_phase)


def picks(node: m.Repeat | m.SelectStep | m.StackSteps, n_steps: int) -> list[tuple[int, int]]:
    """Which step of which input each step of the result is."""
    match node:
        case m.Repeat():
            return [(0, step) for step in range(n_steps) for _ in range(node.n_steps)]
        case m.SelectStep():
            return [(0, node.step)]
        case m.StackSteps():
            return [(which, 0) for which in range(len(node.inputs))]
        case _:
            assert_never(node)


def sent(spikes: Value) -> Events:
    """A neuron layer's events from what it sends."""
    return Events(dendrite_updates=spikes.size, axon_out=int(np.count_nonzero(spikes)))


def met(syn_ops: int, messages: Value) -> Events:
    """A connection's events."""
    return Events(syn_ops=syn_ops, spikes_in=int(np.count_nonzero(messages)))


def make_step(node: s.SpikeNode, values: Values) -> Step:
    """What a node does with the values of its inputs, in one Lava step.

    Raises:
        TypeError: inputs and outputs of a graph are processes of their own.
    """
    match node:
        case s.SpikeConv():
            return _conv(node, values)
        case s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix():
            return _product(node)
        case s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeDelta() | s.SpikeRelu():
            return _neuron(node, values)
        case s.SpikeCubaLI():
            p = cuba_parameters(node)
            return lambda x: _updated(n.integrate(x[0], p, node.name))
        case s.SpikeInput() | s.SpikeOutput():
            raise TypeError(f"{type(node).__name__} is a process of its own")
        case _:
            move = _plain(node, values)
            return lambda x: (move(x), NONE)


def _updated(y: Value) -> tuple[Value, Events]:
    return y, Events(dendrite_updates=y.size)


def _conv(node: s.SpikeConv, values: Values) -> Step:
    geometry = w.Geometry(node.stride, node.padding, node.dilation, node.groups)
    convolve = w.Convolution(node.weight_q, geometry, values.shape(node.inputs[0]), node.name)
    return lambda x: (convolve(x[0]), met(convolve.syn_ops(x[0]), x[0]))


def _product(node: s.SpikeMemoryWrite | s.SpikeMemoryRead | s.SpikeGateMix) -> Step:
    def run(x: Sequence[Value]) -> tuple[Value, Events]:
        match node:
            case s.SpikeMemoryWrite():
                y = w.write_memory(x[0], x[1], node.heads, node.name)
                return y, met(w.write_syn_ops(x[0], x[1], node.heads), x[0])
            case s.SpikeMemoryRead():
                y = w.read_memory(x[0], x[1], node.name)
                return y, met(w.read_syn_ops(x[0], x[1]), x[0])
            case s.SpikeGateMix():
                return a.mix_gate(x[0], x[1], node.table_q, node.logit_shift), met(0, x[0])
            case _:
                assert_never(node)

    return run


def _neuron(
    node: s.SpikeNILIF | s.SpikeCubaLIF | s.SpikeDelta | s.SpikeRelu, values: Values
) -> Step:
    match node:
        case s.SpikeNILIF():
            return lambda x: _sends(
                a.fire_nilif(
                    x[0], node.thresholds_q, node.decay_q, node.reset_q, node.bits, node.name
                )
            )
        case s.SpikeCubaLIF():
            return _cuba(node)
        case s.SpikeDelta():
            vth = node.threshold_q.astype(np.int64)
            exps = node.input_exp, node.state_exp
            return lambda x: _sends(n.encode_delta(x[0], vth, *exps, node.bits, node.name))
        case s.SpikeRelu():
            bias, sends = node.bias_q.astype(np.int64), node.name in values.senders

            def run(x: Sequence[Value]) -> tuple[Value, Events]:
                y = n.rectify(x[0], bias, node.shift, node.bits, node.name)
                return _sends(y) if sends else (y, NONE)

            return run
        case _:
            assert_never(node)


def _sends(spikes: Value) -> tuple[Value, Events]:
    return spikes, sent(spikes)


def _cuba(node: s.SpikeCubaLIF) -> Step:
    p, f = cuba_parameters(node), firing(node)
    recurrent = node.recurrent_q.astype(np.int64) if node.recurrent_q.size else None

    def run(x: Sequence[Value]) -> tuple[Value, Events]:
        spikes = n.fire_cuba(x[0], p, f, recurrent, node.name)
        events = sent(spikes)
        if recurrent is not None:
            events += met(w.recurrent_syn_ops(spikes, recurrent), spikes[:-1])
        return spikes, events

    return run


Plain = (
    s.SpikeRescale
    | s.SpikeBias
    | s.SpikeAdd
    | s.SpikeSumPool
    | s.SpikeUpsample
    | s.SpikeSigma
    | m.StructuralNode
)


def _plain(node: Plain, values: Values) -> Callable[[Sequence[Value]], Value]:
    """Nodes that count nothing."""
    name = node.name
    match node:
        case s.SpikeRescale():
            scale = node.multiplier_q, node.shift_q, node.bias_q
            return lambda x: a.rescale(x[0], *scale, node.bits, name)
        case s.SpikeBias():
            return lambda x: a.add_table(x[0], node.table_q, node.bits, name)
        case s.SpikeAdd():
            return lambda x: check_width(
                sum(x[1:], start=x[0].astype(np.int64)), node.bits, f"stream '{name}'"
            )
        case s.SpikeSumPool():
            return lambda x: a.sum_pool(x[0], node.factor, node.bits, name)
        case s.SpikeUpsample():
            return lambda x: a.upsample(x[0], node.factor, node.bits, name)
        case s.SpikeSigma():
            return lambda x: n.decode_sigma(x[0], node.bits, name)
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            chosen = picks(node, values.shape(node.inputs[0])[0])
            return lambda x: a.route(x, chosen)
        case m.PositionsToChannels():
            return lambda x: a.positions_to_channels(x[0])
        case m.Flatten():
            return lambda x: a.flatten(x[0])
        case m.Delay():
            return lambda x: a.delay(x[0], node.steps_q)
        case _:
            assert_never(node)
