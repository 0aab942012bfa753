"""Makes the fields of each layer of a `.net` file from the nodes of that layer."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from conversion.netx.chain import Part
from conversion.netx.neurons import STATE_EXP
from conversion.netx.options import NetxOptions
from conversion.netx.synapses import MAX_DELAY
from conversion.netx.weights import widened
from conversion.netx.write_neurons import (
    delta_reasons,
    lif_fields,
    lif_reasons,
    mantissas,
    relu_reasons,
    sdnn_fields,
)
from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeCuba
from spiketrack.graph.neurons.registers import BIAS_LIMIT, DECAY_ONE, STATE_BITS

Layer = dict[str, Any]
MAX_GROUPS = 127


class LayerWriter:
    """Turns parts into fields one after another; `obstacles` says what does not fit."""

    def __init__(self, graph: Graph[s.SpikeNode], options: NetxOptions) -> None:
        self.obstacles: list[Obstacle] = []
        self._graph = graph
        self._options = options
        self._n_neuron_layers = 0
        self._flat = False
        self._silent = ""

    def layer(self, part: Part, following: Part | None) -> Layer:
        """Fields of one part; `following` decides whether an input is written flat."""
        # The layer before could not know that another one follows.
        if self._silent:
            self._note(self._silent, "a readout with layers behind it", "make it the last layer")
            self._silent = ""
        if part.kind == "flatten":
            self._flat = True
            return {"type": _kind("flatten")}
        if part.kind == "average" and part.synapse is not None:
            return {"type": _kind("average"), "shape": np.array([len(part.synapse.weight_q), 1, 1])}
        if part.kind == "input" and part.source is not None:
            return self._input(part, part.source, following)
        return {} if part.synapse is None else self._connection(part, part.synapse)

    def check_neurons(self) -> None:
        """Lists what is wrong with the neurons of a graph that is no chain."""
        for node in self._graph:
            if isinstance(node, SpikeCuba):
                # Why these options: a layer of a broken chain has no number to be reset by.
                period = node.reset_period if isinstance(node, s.SpikeCubaLIF) else 0
                phase = node.reset_phase if isinstance(node, s.SpikeCubaLIF) else 0
                own = NetxOptions(reset_interval=period or None, reset_offset=phase)
                self._check(node.name, lif_reasons(node, own, 0))

    def _input(self, part: Part, node: s.SpikeInput, following: Part | None) -> Layer:
        _, *grid = node.shape
        behind = following.synapse if following is not None and following.wire else None
        # lava-dl writes a dense network's input as (C,), and its layers without a grid.
        self._flat = grid[1:] == [1, 1] and behind is not None and self._is_dense(behind)
        shape = np.array(grid[:1] if self._flat else grid)
        fields: Layer = {"type": _kind("input"), "shape": shape}
        offset = int(node.offset_q[0])
        if np.ptp(node.offset_q):
            self._note(node.name, "offsets that differ between channels", "use one offset")
        if isinstance(part.neuron, s.SpikeCubaLIF):
            fields |= self._cuba_input(node, part.neuron, offset)
        elif part.delta is not None:
            fields |= self._delta_input(node, part.delta, offset)
        else:
            bits = self._options.input_message_bits
            high = (1 << (bits - 1)) - 1 if bits else 1
            self._require_range(node, 0 if not bits else -high - 1, high)
            if offset:
                self._note(node.name, "spikes with an offset", "subtract it on the host")
        if part.axon is not None:
            self._note(part.axon.name, "a delay behind the input", "delay the data on the host")
        return fields

    def _cuba_input(self, node: s.SpikeInput, neuron: s.SpikeCubaLIF, offset: int) -> Layer:
        self._check(neuron.name, lif_reasons(neuron, self._options, self._n_neuron_layers))
        self._n_neuron_layers += 1
        bias = mantissas(neuron.bias_mant_q, neuron.bias_exp)
        # The format has one number for both: what is added on the way in is the neuron's bias.
        same = bias is not None and not np.ptp(bias) and int(bias.flat[0]) == offset
        if not same or neuron.weight_exp or neuron.recurrent_q.size:
            reason = "an input neuron with recurrence, an exponent or a bias unlike the offset"
            self._note(neuron.name, reason, "the input is weight * x + bias, nothing else")
        if (neuron.u_decay_q != DECAY_ONE).any():
            self._note(neuron.name, "an input that stays in u", "u_decay_q is 4096 in an input")
        self._require_range(node, -BIAS_LIMIT - offset, BIAS_LIMIT - 1 - offset)
        return {**self._transform(node), "bias": offset, "neuron": lif_fields(neuron)}

    def _delta_input(self, node: s.SpikeInput, delta: s.SpikeDelta, offset: int) -> Layer:
        input_exp = self._options.spike_exp + STATE_EXP
        self._check(delta.name, delta_reasons(delta, self._options, input_exp))
        self._n_neuron_layers += 1
        if offset:
            self._note(node.name, "a sigma-delta input with an offset", "subtract it on the host")
        limit = 1 << (STATE_BITS - 1 - input_exp)
        self._require_range(node, -limit, limit - 1)
        return {**self._transform(node), "neuron": sdnn_fields(delta, self._options)}

    def _transform(self, node: s.SpikeInput) -> Layer:
        # The file holds a whole weight by which the data are multiplied.
        weight = round(1 / node.scale) if node.scale else 0
        if not weight or 1 / weight != node.scale:
            self._note(node.name, f"a step of {node.scale}", "make it 1 / an integer")
        return {"weight": weight}

    def _require_range(self, node: s.SpikeInput, low: int, high: int) -> None:
        if node.low < low or node.high > high:
            reason = f"values in {node.low}..{node.high}"
            self._note(node.name, reason, f"the format takes {low}..{high}")

    def _is_dense(self, node: s.SpikeConv) -> bool:
        flat_source = self._graph.shapes[node.inputs[0]][2:] == (1, 1)
        plain = (node.stride, node.padding, node.dilation) == ((1, 1), (0, 0), (1, 1))
        return flat_source and plain and node.groups == 1 and node.weight_q.shape[2:] == (1, 1)

    def _connection(self, part: Part, synapse: s.SpikeConv) -> Layer:
        dense = self._is_dense(synapse)
        if dense != self._flat:
            rewrite = "put a Flatten before the first dense layer, and no conv behind it"
            self._note(synapse.name, "a conv on a flat value, or a dense layer on a grid", rewrite)
        layer = self._n_neuron_layers
        self._n_neuron_layers += 1
        _, channels, height, width = self._graph.shapes[synapse.name]
        fields = self._dense(part, synapse) if dense else self._conv(part, synapse)
        fields["shape"] = np.array([channels, height, width])
        fields |= self._neuron(part, layer)
        return fields | self._delays(part, synapse, dense=dense)

    def _neuron(self, part: Part, layer: int) -> Layer:
        neuron = part.neuron
        if neuron is None:
            return {}
        if not isinstance(neuron, s.SpikeCubaLIF) and part.delta is None:
            self._silent = neuron.name
        if isinstance(neuron, s.SpikeSigma):
            return self._sdnn(part)
        self._check(neuron.name, lif_reasons(neuron, self._options, layer))
        bias = self._bias(neuron, mantissas(neuron.bias_mant_q, neuron.bias_exp))
        return {**bias, "neuron": lif_fields(neuron)}

    def _sdnn(self, part: Part) -> Layer:
        fields: Layer = {"neuron": sdnn_fields(part.delta, self._options)}
        if part.neuron is not None and part.neuron.bits != STATE_BITS:
            self._note(part.neuron.name, f"{part.neuron.bits} bits", f"use {STATE_BITS} bits")
        if part.delta is not None:
            self._check(part.delta.name, delta_reasons(part.delta, self._options, 0))
        if part.relu is not None:
            self._check(part.relu.name, relu_reasons(part.relu, self._options))
            # The reader shifts it up again by as much.
            shift = self._options.spike_exp + STATE_EXP
            fields |= self._bias(part.relu, part.relu.bias_q >> shift)
        return fields

    def _bias(self, neuron: s.SpikeNode, bias: Array | None) -> Layer:
        """Per channel, or per neuron as (W, H, C); none at all if it is 0."""
        if bias is None or not bias.any():
            return {}
        _, *grid = self._graph.shapes[neuron.name]
        if bias.shape[1:] == (1, 1):
            return {"bias": np.broadcast_to(bias.ravel(), (grid[0],)).astype(np.float32)}
        # lava-dl counts width, height, channels.
        whole = np.broadcast_to(bias, grid)
        return {"bias": np.ascontiguousarray(whole.transpose(2, 1, 0)).astype(np.float32)}

    def _weights(self, part: Part, synapse: s.SpikeConv, name: str, weight_q: Array) -> Layer:
        neuron = part.neuron
        cuba = isinstance(neuron, SpikeCuba)
        exp = neuron.weight_exp if cuba and neuron is not None else int(part.doubled)  # type: ignore[union-attr]
        weight = widened(weight_q, exp)
        if weight is None or not weight.any():
            reason = f"{name}s times 2**{exp} that are all 0, or odd or large ones"
            self._note(synapse.name, reason, "even integers in -256..254, or any in -128..127")
            return {}
        return {name: weight}

    def _dense(self, part: Part, synapse: s.SpikeConv) -> Layer:
        matrix = synapse.weight_q[:, :, 0, 0]
        back = part.neuron.recurrent_q if isinstance(part.neuron, s.SpikeCubaLIF) else None
        sizes = {"inFeatures": matrix.shape[1], "outFeatures": matrix.shape[0]}
        if back is None or not back.size:
            return {"type": _kind("dense"), **sizes} | self._weights(
                part, synapse, "weight", matrix
            )
        # Both matrices share one exponent, so that they are widened together.
        both = self._weights(part, synapse, "weight", np.hstack((matrix, back)))
        if not both:
            return {"type": _kind("dense_rec")}
        forward, backward = np.split(both["weight"], [matrix.shape[1]], axis=1)
        return {"type": _kind("dense_rec"), **sizes, "weight": forward, "weight_rec": backward}

    def _conv(self, part: Part, synapse: s.SpikeConv) -> Layer:
        if isinstance(part.neuron, s.SpikeCubaLIF) and part.neuron.recurrent_q.size:
            self._note(part.neuron.name, "a recurrent conv", "only dense layers are recurrent")
        if synapse.groups > MAX_GROUPS:
            reason = f"{synapse.groups} groups, more than Lava's conv can count"
            self._note(synapse.name, reason, f"at most {MAX_GROUPS}")
        kernel = synapse.weight_q.shape
        return {
            "type": _kind("conv"),
            "inChannels": kernel[1] * synapse.groups,
            "outChannels": kernel[0],
            "kernelSize": np.array(kernel[2:]),
            "stride": np.array(synapse.stride),
            "padding": np.array(synapse.padding),
            "dilation": np.array(synapse.dilation),
            "groups": synapse.groups,
        } | self._weights(part, synapse, "weight", synapse.weight_q)

    def _delays(self, part: Part, synapse: s.SpikeConv, *, dense: bool) -> Layer:
        """The `delay` field, for delays of axons or of inputs."""
        steps = self._input_delays(part, synapse, dense=dense)
        if part.axon is not None:
            self._check_axon(part, part.axon, dense=dense)
            steps = part.axon.steps_q.ravel() if steps is None else steps
        if steps is None:
            return {}
        recurrent = isinstance(part.neuron, s.SpikeCubaLIF) and part.neuron.recurrent_q.size
        if recurrent or steps.max() > MAX_DELAY:
            name = synapse.name if part.wire is None else part.wire.name
            self._note(name, "delays beyond 62 or of a recurrent layer", "leave them out")
        return {"delay": steps.astype(np.float32)}

    def _input_delays(self, part: Part, synapse: s.SpikeConv, *, dense: bool) -> Array | None:
        """Steps of the wire beyond the first, if they differ between inputs."""
        if part.wire is None:
            return None
        name, wire = part.wire.name, part.wire.steps_q.ravel()
        if wire.min() < 1:
            self._note(name, "a synapse without delay", "the format delays each by one step")
        if wire.size == 1 and int(wire[0]) != 1:
            self._note(name, f"a wire of {wire[0]} steps", "1 step, the rest behind the neuron")
        if wire.size == 1 or (wire <= 1).all():
            return None
        # With as many inputs as outputs nobody could tell whose delays they are.
        square = synapse.weight_q.shape[0] == synapse.weight_q.shape[1]
        if not dense or square or part.axon is not None:
            rewrite = "per-input delays need a dense layer of another size, without axonal delays"
            self._note(name, "delays per input", rewrite)
        return wire - 1

    def _check_axon(self, part: Part, axon: m.Delay, *, dense: bool) -> None:
        """Refuses delays that lava-dl's loader ignores, or puts where they mean something else."""
        neuron = part.neuron
        biased = (part.relu is not None and part.relu.bias_q.any()) or (
            isinstance(neuron, SpikeCuba) and neuron.bias_mant_q.any()
        )
        reset = isinstance(neuron, s.SpikeCubaLIF) and neuron.reset_period
        if not dense:
            self._note(axon.name, "delays of a conv, which lava-dl's loader ignores", "use a dense")
        elif biased or reset:
            reason = "delays behind a bias or a reset, which lava-dl's loader puts before it"
            self._note(axon.name, reason, "drop the bias and the reset, or the delays")

    def _check(self, name: str, reasons: Iterable[tuple[str, str]]) -> None:
        for reason, rewrite in reasons:
            self._note(name, reason, rewrite)

    def _note(self, node: str, reason: str, rewrite: str) -> None:
        self.obstacles.append(Obstacle(node, reason, rewrite))


def _kind(name: str) -> Array:
    return np.array([name.encode()], dtype="S10")
