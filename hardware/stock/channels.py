"""Pass: a chain of NI-LIF layers becomes a chain of stock LIF layers with D times the channels."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hardware.stock.chain import Layer, chain_of
from hardware.stock.eligible import SpikeGraph
from hardware.stock.layer_biases import HIGH_WEIGHT, LOW_WEIGHT, Plan, plan_layers
from hardware.stock.thresholds import Bounds, stock_lif
from spiketrack.fixed_point import Int64
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.checks import Array
from spiketrack.graph.graph import Graph

WEIGHT_BITS = 8


@dataclass(frozen=True, eq=False)
class Thermometer:
    """A lowered chain and what its channels mean.

    Channel k * C + c is level k + 1 of the old channel c. Behind them an input may have channels
    that must be 1 in every step.

    Attributes:
        graph: convs and stock LIFs under the old names.
        input_levels: channels for each old channel of the input; 1 leaves it as it is.
        input_ones: channels of the input that are always 1.
        output_levels: channels for each old channel of the output.
        layer_ones: channels that always spike, per layer that has them.
    """

    graph: SpikeGraph
    input_levels: int
    input_ones: int
    output_levels: int
    layer_ones: Mapping[str, int]

    def encode(self, raw: Int64) -> Int64:
        """Values (T, B, C, H, W) of the old input as values of the new one."""
        levels = [np.asarray(raw, np.int64)]
        if self.input_levels > 1:
            levels = [(levels[0] >= k).astype(np.int64) for k in range(1, self.input_levels + 1)]
        t, b, _, h, w = raw.shape
        return np.concatenate([*levels, np.ones((t, b, self.input_ones, h, w), np.int64)], axis=2)

    def decode(self, value: Int64) -> Int64:
        """Values (T, B, D * C, H, W) of the new output as values of the old one."""
        t, b, _, h, w = value.shape
        total: Int64 = value.reshape(t, b, self.output_levels, -1, h, w).sum(axis=2)
        return total


@dataclass(frozen=True)
class Wires:
    """What a layer reads: `levels` times the old channels, then `ones` that always spike."""

    levels: int
    ones: int


def thermometer_channels(
    graph: SpikeGraph, ranges: Mapping[str, Bounds], *, binary_input: bool = True
) -> Thermometer:
    """Rewrites a chain so that a plain chain of stock synapses and LIFs computes it.

    Requires: one input, layers of conv and stateless NI-LIF (a `Flatten` may stand before a conv,
        the last neuron may be missing), one output; sums within 17 bits and a sign.
    Ensures: decode(lowered(encode(x))) is what the chain computes of x, step by step. The outputs
        of a conv are repeated for each level of the neurons behind it, its inputs for each level
        of the spikes before it; groups become one. A neuron that never or always fires keeps no
        synapses. Where the thetas of a layer lie further apart than a bias reaches, channels that
        always spike are added to the layer before it and carry the rest in their weights.
    Exact.

    Args:
        graph: an integer graph, for example a `segment`.
        ranges: bounds of all values, from `simulation.bounds.ranges.value_ranges`.
        binary_input: spikes 0..D at the input become D binary channels too; else they stay graded.

    Raises:
        ObstacleError: nodes that are no part of such a chain, or thetas that cannot be reached.
    """
    chain = chain_of(graph)
    plans = plan_layers(graph.name, chain, ranges)
    source = chain.source
    levels = source.high if binary_input and source.low == 0 and source.high > 1 else 1
    # A flatten makes every pixel of a channel an input: fewer such channels are needed before it.
    pixels = int(np.prod(chain.layers[0].flattened[1:])) if chain.layers[0].flattened else 1
    wires = Wires(levels, -(-plans[0].ones_in // pixels))
    nodes: list[s.SpikeNode] = [_source(source, wires)]
    ones = {source.name: wires.ones}
    for layer, plan in zip(chain.layers, plans, strict=True):
        if layer.flatten is not None:
            nodes.append(layer.flatten)
            wires = Wires(wires.levels, wires.ones * int(np.prod(layer.flattened[1:])))
        nodes.append(_conv(layer, plan, wires, nodes[-1].name))
        if layer.neuron is not None:
            name = layer.neuron.name
            ones[name] = plan.ones_out
            nodes.append(stock_lif(name, layer.conv.name, plan.vth, plan.bias_q))
        wires = Wires(plan.levels, plan.ones_out)
    nodes.append(_sink(chain.sink, len(chain.layers[-1].conv.weight_q), wires.levels))
    layer_ones = {name: count for name, count in ones.items() if count}
    lowered = Graph(graph.name, tuple(nodes))
    return Thermometer(lowered, levels, ones[source.name], wires.levels, layer_ones)


def _source(node: s.SpikeInput, wires: Wires) -> s.SpikeInput:
    t, c, h, w = node.shape
    low, high = (0, 1) if wires.levels > 1 else (node.low, node.high)
    if wires.ones:
        low, high = min(low, 1), max(high, 1)
    shape = (t, wires.levels * c + wires.ones, h, w)
    return replace(node, shape=shape, low=low, high=high)


def _sink(node: s.SpikeOutput, n_channels: int, levels: int) -> s.SpikeOutput:
    """The same real values once the levels are added up: only the first has the offset."""
    if levels == 1:
        return node
    bias = np.zeros((levels, n_channels))
    # The levels are added up outside, and the offset must count once.
    bias[0] = node.bias
    scale = np.broadcast_to(node.scale, (levels, n_channels))
    return replace(node, scale=scale.ravel(), bias=bias.ravel())


def _conv(layer: Layer, plan: Plan, wires: Wires, source: str) -> s.SpikeConv:
    node = layer.conv
    if plan.levels == wires.levels == 1 and not (wires.ones or plan.ones_out):
        weight = node.weight_q * plan.is_live[:, None, None, None].astype(np.int8)
        return replace(node, inputs=(source,), weight_q=weight)
    weight = np.tile(_ungrouped(node), (plan.levels, wires.levels, 1, 1))
    # A neuron that never or always fires is driven by its bias alone.
    weight[~plan.is_live] = 0
    n_out, n_in, *kernel = weight.shape
    whole = np.zeros((n_out + plan.ones_out, n_in + wires.ones, *kernel), np.int8)
    whole[:n_out, :n_in] = weight
    # One tap is enough, and this one never falls on the padding, where the constant would be
    # missing.
    whole[:, n_in:, plan.tap[0], plan.tap[1]] = _shares(plan.rest_q, wires.ones)
    scale = np.append(np.tile(node.weight_scale, plan.levels), np.ones(plan.ones_out))
    return replace(
        node, inputs=(source,), weight_q=whole, weight_scale=scale, groups=1,
        weight_bits=WEIGHT_BITS if wires.ones else node.weight_bits,
    )  # fmt: skip


def _ungrouped(node: s.SpikeConv) -> Array:
    """Weights (O, C, K_h, K_w) with zeros between the groups."""
    n_out, n_in, *kernel = node.weight_q.shape
    weight = np.zeros((n_out, n_in * node.groups, *kernel), np.int8)
    per_group = n_out // node.groups
    for group in range(node.groups):
        rows = slice(group * per_group, (group + 1) * per_group)
        weight[rows, group * n_in : (group + 1) * n_in] = node.weight_q[rows]
    return weight


def _shares(rest_q: Int64, n_ones: int) -> Array:
    """The rest of every neuron as weights (n, n_ones) of 8 bits."""
    shares = np.zeros((len(rest_q), n_ones), np.int8)
    left = rest_q.copy()
    for i in range(n_ones):
        # A weight has 8 bits: the rest is spread over as many channels as it takes.
        part = np.clip(left, LOW_WEIGHT, HIGH_WEIGHT)
        shares[:, i] = part
        left -= part
    return shares
