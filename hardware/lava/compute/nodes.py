"""One node of the integer graph as a function that returns its value and its events.

Every process of ours runs these functions: a process of one node runs one of them, a fused block
runs those of all its nodes.
"""

from collections.abc import Callable, Sequence

import numpy as np
from typing_extensions import assert_never

from hardware.lava.assemble.values import Values
from hardware.lava.compute import arithmetic as a
from hardware.lava.compute import neurons as n
from hardware.lava.compute import synapses as w
from hardware.lava.compute.arithmetic import Value
from hardware.lava.compute.parameters import Arrays, arrays_of
from hardware.lava.runtime.events import NONE, Events
from spiketrack.fixed_point import Int64, check_width
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.kinds import SpikeStream

Step = Callable[[Sequence[Value]], tuple[Value, Events]]


def make_step(node: s.SpikeNode, values: Values, arrays: Arrays | None = None) -> Step:
    """What a node does with the values of its inputs, in one Lava step.

    Args:
        node: the node.
        values: shapes and number types of the graph that it is a part of.
        arrays: its arrays by Var name, as `arrays_of` names them; None takes the node's own.

    Returns:
        A function from the values of the inputs, each (T, C, H, W), to the value of the node and
        the events that it counts. A node that adds also takes the sum of its inputs as one value.

    Raises:
        TypeError: inputs and outputs of a graph are processes of their own.
    """
    if isinstance(node, s.SpikeInput | s.SpikeOutput):
        raise TypeError(f"{type(node).__name__} is a process of its own")
    if arrays is None:
        # A process of one node passes its Vars, which a user may have set.
        arrays = arrays_of(node, values.shape(node.inputs[0])[0])
    match node:
        case s.SpikeConv():
            return _conv(node, values, arrays)
        case s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix():
            return _product(node, arrays)
        case s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI():
            return _neuron(node, arrays)
        case s.SpikeDelta() | s.SpikeRelu():
            return _encoder(node, values, arrays)
        case (
            s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | s.SpikeSumPool() | s.SpikeUpsample()
            | s.SpikeSigma() | m.Repeat() | m.SelectStep() | m.StackSteps()
            | m.PositionsToChannels() | m.Flatten() | m.Delay()
        ):  # fmt: skip
            move = _uncounted(node, values, arrays)
            return lambda x: (move(x), NONE)
        case _:
            assert_never(node)


def _sends(spikes: Value) -> tuple[Value, Events]:
    """What a neuron layer sends, and the events of its neurons."""
    messages = int(np.count_nonzero(spikes))
    return spikes, Events(dendrite_updates=spikes.size, axon_out=messages)


def _meets(syn_ops: int, messages: Value) -> Events:
    """The events of a connection."""
    return Events(syn_ops=syn_ops, spikes_in=int(np.count_nonzero(messages)))


def _conv(node: s.SpikeConv, values: Values, arrays: Arrays) -> Step:
    geometry = w.Geometry(node.stride, node.padding, node.dilation, node.groups)
    shape = values.shape(node.inputs[0])
    convolve = w.Convolution(arrays["weights"], geometry, shape, node.name)
    return lambda x: (convolve(x[0]), _meets(convolve.syn_ops(x[0]), x[0]))


def _product(node: s.SpikeMemoryWrite | s.SpikeMemoryRead | s.SpikeGateMix, arrays: Arrays) -> Step:
    name = node.name
    match node:
        case s.SpikeMemoryWrite():
            heads = node.heads
            return lambda x: (
                w.write_memory(x[0], x[1], heads, name),
                _meets(w.write_syn_ops(x[0], x[1], heads), x[0]),
            )
        case s.SpikeMemoryRead():
            return lambda x: (
                w.read_memory(x[0], x[1], name),
                _meets(w.read_syn_ops(x[0], x[1]), x[0]),
            )
        case s.SpikeGateMix():
            table, shift = arrays["table"], node.logit_shift
            return lambda x: (a.mix_gate(x[0], x[1], table, shift), _meets(0, x[0]))
        case _:
            assert_never(node)


def _neuron(node: s.SpikeNILIF | s.SpikeCubaLIF | s.SpikeCubaLI, arrays: Arrays) -> Step:
    match node:
        case s.SpikeNILIF():
            vth, decay, reset, bits = arrays["vth"], arrays["decay"], node.reset_q, node.bits
            return lambda x: _sends(a.fire_nilif(x[0], vth, decay, reset, bits, node.name))
        case s.SpikeCubaLIF():
            return _cuba_lif(node, arrays)
        case s.SpikeCubaLI():
            parameters = _cuba_parameters(node, arrays)

            def read(x: Sequence[Value]) -> tuple[Value, Events]:
                membranes = n.integrate(x[0], parameters, node.name)
                return membranes, Events(dendrite_updates=membranes.size)

            return read
        case _:
            assert_never(node)


def _cuba_parameters(node: s.SpikeCubaLIF | s.SpikeCubaLI, arrays: Arrays) -> n.CubaParameters:
    """The parameters that both CUBA layers have."""
    du, dv, bias = arrays["du"], arrays["dv"], arrays["bias"]
    return n.CubaParameters(du, dv, bias, node.weight_exp, node.bits, node.current == "old")


def _cuba_lif(node: s.SpikeCubaLIF, arrays: Arrays) -> Step:
    parameters = _cuba_parameters(node, arrays)
    resets = node.reset == "subtract", node.reset_period, node.reset_phase
    firing = n.Firing(arrays["vth"], node.refractory, *resets)
    recurrent: Int64 | None = arrays["recurrent"] if node.recurrent_q.size else None

    def run(x: Sequence[Value]) -> tuple[Value, Events]:
        spikes, events = _sends(n.fire_cuba(x[0], parameters, firing, recurrent, node.name))
        if recurrent is not None:
            # The spikes of the last step come back after the frame, to nobody.
            events += _meets(w.recurrent_syn_ops(spikes, recurrent), spikes[:-1])
        return spikes, events

    return run


def _encoder(node: s.SpikeDelta | s.SpikeRelu, values: Values, arrays: Arrays) -> Step:
    match node:
        case s.SpikeDelta():
            vth, exponents = arrays["vth"], (node.input_exp, node.state_exp)
            return lambda x: _sends(n.encode_delta(x[0], vth, *exponents, node.bits, node.name))
        case s.SpikeRelu():
            bias, is_neuron = arrays["bias"], node.name in values.senders

            def rectify(x: Sequence[Value]) -> tuple[Value, Events]:
                spikes = n.rectify(x[0], bias, node.shift, node.bits, node.name)
                return _sends(spikes) if is_neuron else (spikes, NONE)

            return rectify
        case _:
            assert_never(node)


Uncounted = SpikeStream | s.SpikeSigma | m.StructuralNode


def _uncounted(
    node: Uncounted, values: Values, arrays: Arrays
) -> Callable[[Sequence[Value]], Value]:
    """Nodes that count no events."""
    name = node.name
    match node:
        case s.SpikeRescale():
            scale = arrays["mantissa"], arrays["shift"], arrays["bias"]
            return lambda x: a.rescale(x[0], *scale, node.bits, name)
        case s.SpikeBias():
            table = arrays["bias"]
            return lambda x: a.add_table(x[0], table, node.bits, name)
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
            chosen = _picks(node, values.shape(node.inputs[0])[0])
            return lambda x: a.route(x, chosen)
        case m.PositionsToChannels():
            return lambda x: a.positions_to_channels(x[0])
        case m.Flatten():
            return lambda x: a.flatten(x[0])
        case m.Delay():
            steps = arrays["delay"]
            return lambda x: a.delay(x[0], steps)
        case _:
            assert_never(node)


def _picks(node: m.Repeat | m.SelectStep | m.StackSteps, n_steps: int) -> list[tuple[int, int]]:
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
