"""Biases for each layer of a chain, and what is left for channels that spike in every step.

Why such channels: one LIF process has one threshold, and 13 bits of bias around it. Where the
thetas of a layer lie further apart, a source that always spikes adds a weight to every sum: what a
bias cannot reach. Stock hardware has nothing else that adds a constant to one neuron.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware.stock.chain import Chain, Layer
from hardware.stock.thresholds import FAR, INPUT_LIMIT, Bounds, Ends, choose, ends_of
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.fixed_point import Int64
from spiketrack.graph.checks import Array
from spiketrack.graph.neurons.registers import BIAS_LIMIT
from spiketrack.graph.shapes import conv_output_size

LOW_WEIGHT, HIGH_WEIGHT = -128, 127
MAX_ONES = 256
Pixel = tuple[int, int]


@dataclass(frozen=True)
class Plan:
    """Numbers of one lowered layer; neurons in the order of its new channels, level by level.

    Attributes:
        levels: D, or 1 if accumulators go out.
        is_live: (D * C,) False for neurons that need no synapses, never or always firing.
        vth: threshold of the process.
        bias_q: (D * C + ones_out,).
        rest_q: (D * C + ones_out,) what the always spiking channels must add.
        ones_in: how many of them are read.
        ones_out: how many of them are made for the next layer.
        tap: (row, column) of the kernel that lies inside the grid wherever the kernel is put.
    """

    levels: int
    is_live: Array
    vth: int
    bias_q: Int64
    rest_q: Int64
    ones_in: int
    ones_out: int
    tap: Pixel = (0, 0)


def plan_layers(name: str, chain: Chain, ranges: Mapping[str, Bounds]) -> list[Plan]:
    """One plan for each layer, made from the last one to the first.

    Raises:
        ObstacleError: layers of the graph called `name` whose thetas cannot be reached.
    """
    plans: list[Plan] = []
    obstacles: list[Obstacle] = []
    ones_out = 0
    # From the last layer back: what a layer cannot reach is asked of the one before.
    for layer in reversed(chain.layers):
        plan = _plan(layer, ranges[layer.conv.name], ones_out)
        plans.append(plan)
        obstacles += _obstacles(layer, ranges[layer.conv.name], plan)
        pixels = int(np.prod(layer.flattened[1:])) if layer.flattened else 1
        ones_out = -(-plan.ones_in // pixels)
    if obstacles:
        raise ObstacleError(f"graph '{name}'", tuple(obstacles))
    return plans[::-1]


def _plan(layer: Layer, x: Bounds, ones_out: int) -> Plan:
    n_channels = len(layer.conv.weight_q)
    if layer.neuron is None:
        none = np.zeros(n_channels, np.int64)
        return Plan(1, np.ones(n_channels, np.bool_), 0, none, none, 0, 0)
    shape = (n_channels, layer.neuron.max_spike)
    thresholds = np.broadcast_to(layer.neuron.thresholds_q, shape)
    low, high = (np.broadcast_to(end[:, None], shape) for end in (x.low, x.high))
    first, last = ends_of(thresholds, low, high)
    dead, always = thresholds > high, thresholds <= low
    # Without synapses the sum is 0: any theta above it, or up to it.
    first, last = np.where(dead, 1, first), np.where(always, 0, last)
    live = ~(dead | always).T.ravel()
    steady = np.full(ones_out, -FAR), np.zeros(ones_out, np.int64)
    ends = Ends(np.append(first.T, steady[0]), np.append(last.T, steady[1]))
    chosen = choose(ends, *_sums(x, live, shape[1], ones_out))
    bias = np.clip(chosen.shift_q, -BIAS_LIMIT, BIAS_LIMIT - 1)
    rest = chosen.shift_q - bias
    ones_in = max(-(int(rest.min()) // -LOW_WEIGHT), -(-int(rest.max()) // HIGH_WEIGHT))
    # The obstacle, if it is one, is named later with all others.
    tap = inside_tap(layer) or (0, 0)
    return Plan(shape[1], live, chosen.vth, bias, rest, ones_in, ones_out, tap)


def _sums(x: Bounds, live: Array, levels: int, ones_out: int) -> tuple[Int64, Int64]:
    """Ends of what each new neuron adds up; 0 without synapses."""
    n_channels = len(live) // levels
    ends = (np.tile(np.broadcast_to(end, n_channels), levels) for end in (x.low, x.high))
    low, high = (np.append(np.where(live, end, 0), np.zeros(ones_out, np.int64)) for end in ends)
    return low, high


def inside_tap(layer: Layer) -> Pixel | None:
    """A tap of the kernel that never falls on the padding."""
    conv, taps = layer.conv, list[int]()
    axes = zip(layer.shape[2:], conv.weight_q.shape[2:], conv.stride, conv.padding,
               conv.dilation, strict=True)  # fmt: skip
    for size, kernel, stride, padding, dilation in axes:
        last_place = (conv_output_size(size, kernel, stride, padding, dilation) - 1) * stride
        inside = [
            tap for tap in range(kernel)
            if tap * dilation >= padding and last_place + tap * dilation - padding < size
        ]  # fmt: skip
        if not inside:
            return None
        # Any of them will do; the middle one is the centre of a common kernel.
        taps.append(inside[len(inside) // 2])
    return taps[0], taps[1]


def _obstacles(layer: Layer, x: Bounds, plan: Plan) -> list[Obstacle]:
    if layer.neuron is None:
        return []
    reasons = []
    low, high = _sums(x, plan.is_live, plan.levels, plan.ones_out)
    rest, shift = plan.rest_q, plan.rest_q + plan.bias_q
    # Ports add in any order, so that each partial sum must fit as well.
    least = min(int((low + added).min()) for added in (0, rest, shift))
    most = max(int((high + added).max()) for added in (0, rest, shift))
    if max(-least, most) >= INPUT_LIMIT:
        reasons.append((f"sums in {least}..{most}, and a LIF takes 17 bits and a sign",
                        "smaller weights or fewer inputs"))  # fmt: skip
    if plan.ones_in > MAX_ONES or (plan.ones_in and inside_tap(layer) is None):
        found = f"thresholds so far apart that {plan.ones_in} channels would have to spike always"
        reasons.append((found, f"at most {MAX_ONES} do, seen from everywhere: fewer weight bits"))
    return [Obstacle(layer.neuron.name, *words) for words in reasons]
