"""The reference engine defines, in obvious NumPy, what every integer node means.

Values are int64 arrays (T, B, C, H, W) with a batch axis B. Every declared width is checked while
running. A graph whose worst case int64, or float64 in a convolution, could not hold is refused
before it runs (`simulation.bounds.headroom`), so nothing below can wrap or round.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_never

from simulation.bounds.ranges import value_ranges
from simulation.bounds.widths import CountedWidths, StrictWidths, Widths
from simulation.reference import neurons
from simulation.run import Run, current_name, take_inputs
from spiketrack.fixed_point import DECAY_BITS, Int64, shift_round
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import SpikeNeuron
from spiketrack.graph.shapes import conv_output_size

BACKEND = "reference"
STRICT = StrictWidths()


def run_reference(
    graph: Graph[s.SpikeNode],
    inputs: Mapping[str, Int64],
    *,
    keep: bool = True,
    strict: bool = True,
) -> Run:
    """Runs an integer graph once.

    Args:
        graph: a verified integer graph.
        inputs: raw integers per input node, (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).
        keep: keep every value and membrane in the result, not only outputs.
        strict: a value that leaves its width is an error; else it wraps or saturates as in
            `simulation.bounds.widths` and is counted in the result.

    Returns:
        A `Run` with outputs, and with all values and membrane states if `keep`.

    Raises:
        HeadroomError: a worst case that cannot be computed exactly.
        OverflowBoundError: a value leaves its declared width (if `strict`), or an input its
            promised range.
    """
    # Nobody reads the result: the call refuses a graph that the arithmetic below could not hold.
    value_ranges(graph)
    values = take_inputs(graph, inputs)
    counted = CountedWidths()
    widths: Widths = STRICT if strict else counted
    states: dict[str, Int64] = {}
    for node in graph:
        if isinstance(node, s.SpikeInput):
            continue
        arguments = [values[name] for name in node.inputs]
        values[node.name], registers = evaluate_with_states(node, arguments, widths)
        if keep:
            states.update(registers)
    outputs = {node.name: values[node.name] for node in graph.outputs}
    return Run(BACKEND, outputs, values if keep else {}, states, counted.events)


def evaluate_with_states(
    node: s.SpikeNode, x: list[Int64], widths: Widths = STRICT
) -> tuple[Int64, dict[str, Int64]]:
    """The value of one node, and its registers by the names they have in a `Run`.

    Args:
        node: any node but an input.
        x: values of its inputs, int64 (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).
        widths: what happens to a value that leaves its declared width.
    """
    if isinstance(node, SpikeNeuron):
        return _neuron_with_states(node, x[0], widths)
    return evaluate(node, x, widths), {}


def _neuron_with_states(
    node: SpikeNeuron, x: Int64, widths: Widths
) -> tuple[Int64, dict[str, Int64]]:
    match node:
        case s.SpikeNILIF():
            spikes, membranes = fire(node, x, widths)
            return spikes, {node.name: membranes}
        case s.SpikeCubaLIF():
            run = neurons.fire_cuba(node, x, widths)
            return run.spikes, {node.name: run.v, current_name(node.name): run.u}
        case s.SpikeCubaLI():
            run = neurons.integrate_cuba(node, x, widths)
            return run.v, {node.name: run.v, current_name(node.name): run.u}
        case s.SpikeSigma():
            return neurons.decode(node, x, widths), {}
        case s.SpikeDelta():
            return neurons.encode(node, x, widths), {}
        case s.SpikeRelu():
            return neurons.rectify(node, x, widths), {}
        case _:
            assert_never(node)


def evaluate(node: s.SpikeNode, x: list[Int64], widths: Widths = STRICT) -> Int64:
    """The value of one node that is no neuron, from the values of its inputs.

    Args:
        node: neither a neuron nor an input.
        x: values of its inputs, int64 (T, B, C, H, W) (a memory: (T, B, heads, d_k, d_v)).
        widths: what happens to a value that leaves its declared width.

    Raises:
        TypeError: a neuron, whose value has a history, or an input.
    """
    if isinstance(node, SpikeNeuron | s.SpikeInput):
        raise TypeError(f"{type(node).__name__} has no stateless value")
    match node:
        case s.SpikeConv():
            return widths.wrap(
                convolve(node, x[0]), s.ACCUMULATOR_BITS, f"accumulator of '{node.name}'"
            )
        case s.SpikeRescale():
            product = x[0] * per_channel(node.multiplier_q)
            # The bias has the scale of the result, so that it is added after the shift.
            y = shift_round(product, per_channel(node.shift_q)) + per_channel(node.bias_q)
            return widths.wrap(y, node.bits, f"stream '{node.name}'")
        case s.SpikeBias():
            return widths.wrap(x[0] + node.table_q[:, None], node.bits, f"stream '{node.name}'")
        case s.SpikeAdd():
            return widths.wrap(sum(x[1:], start=x[0]), node.bits, f"stream '{node.name}'")
        case s.SpikeSumPool():
            t, b, c, h, w = x[0].shape
            cells = x[0].reshape(
                t, b, c, h // node.factor, node.factor, w // node.factor, node.factor
            )
            return widths.wrap(cells.sum(axis=(4, 6)), node.bits, f"stream '{node.name}'")
        case s.SpikeUpsample():
            return widths.wrap(upsample(x[0], node.factor), node.bits, f"stream '{node.name}'")
        case s.SpikeMemoryWrite():
            k, v = (split_heads(value, node.heads) for value in x)
            return widths.wrap(k @ v.swapaxes(-1, -2), s.ACCUMULATOR_BITS, f"memory '{node.name}'")
        case s.SpikeMemoryRead():
            q = split_heads(x[0], node.heads)
            # M^T q: a memory is kept as (d_k, d_v), and the read sums over the keys.
            acc = (x[1].swapaxes(-1, -2) @ q).reshape(*x[0].shape[:2], -1, *x[0].shape[3:])
            return widths.wrap(acc, s.ACCUMULATOR_BITS, f"accumulator of '{node.name}'")
        case s.SpikeGateMix():
            return mix(node, x[0], x[1])
        case m.Repeat():
            return np.repeat(x[0], node.n_steps, axis=0)
        case m.SelectStep():
            return x[0][node.step : node.step + 1]
        case m.StackSteps():
            return np.concatenate(x, axis=0)
        case m.PositionsToChannels():
            t, b, c, h, w = x[0].shape
            return x[0].reshape(t, b, c, h * w).swapaxes(2, 3)[..., None]
        case m.Flatten():
            return x[0].reshape(*x[0].shape[:2], -1, 1, 1)
        case m.Delay():
            return neurons.delay(x[0], node.steps_q)
        case s.SpikeOutput():
            return x[0]
        case _:
            assert_never(node)


def fire(node: s.SpikeNILIF, x: Int64, widths: Widths = STRICT) -> tuple[Int64, Int64]:
    """Spikes and membranes (T, B, C, H, W) of an NI-LIF layer; U before the reset."""
    spikes, membranes = np.zeros_like(x), np.zeros_like(x)
    for t in range(len(x)):
        membranes[t] = x[t]
        # The first step has no past; a layer without decays forgets between all its steps.
        if t > 0 and node.decay_q.size:
            # Soft reset: what was fired is taken off, and the remainder decays into the next step.
            rest = membranes[t - 1] - spikes[t - 1] * node.reset_q
            membranes[t] += shift_round(rest * int(node.decay_q[t - 1]), DECAY_BITS)
        membranes[t] = widths.wrap(membranes[t], node.bits, f"membrane of '{node.name}'")
        # One comparison for each level: the number of thresholds reached is the spike.
        for k in range(node.max_spike):
            spikes[t] += membranes[t] >= node.thresholds_q[:, k][:, None, None]
    return spikes, membranes


def convolve(node: s.SpikeConv, x: Int64) -> Int64:
    """Cross-correlation tap by tap: acc (T, B, O, H', W'); sums below 2**53 are exact."""
    t, b, c, h, w = x.shape
    out_channels, in_channels, k_h, k_w = node.weight_q.shape
    (s_y, s_x), (p_y, p_x), (d_y, d_x) = node.stride, node.padding, node.dilation
    height = conv_output_size(h, k_h, s_y, p_y, d_y)
    width = conv_output_size(w, k_w, s_x, p_x, d_x)
    # float64 runs through BLAS, integers do not; the headroom check has shown that no sum leaves
    # 2**53.
    padded = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (0, 0), (p_y, p_y), (p_x, p_x)))
    grouped = padded.reshape(t, b, node.groups, in_channels, *padded.shape[3:])
    weight = node.weight_q.astype(np.float64).reshape(node.groups, -1, in_channels, k_h, k_w)
    acc = np.zeros((t, b, node.groups, out_channels // node.groups, height * width))
    # Tap by tap no patch is copied, so that memory does not grow with the kernel.
    for i in range(k_h):
        for j in range(k_w):
            rows = slice(i * d_y, i * d_y + (height - 1) * s_y + 1, s_y)
            columns = slice(j * d_x, j * d_x + (width - 1) * s_x + 1, s_x)
            seen = grouped[..., rows, columns].reshape(t, b, node.groups, in_channels, -1)
            acc += weight[:, :, :, i, j] @ seen
    return acc.astype(np.int64).reshape(t, b, out_channels, height, width)


def upsample_weights(factor: int) -> list[tuple[int, int, int]]:
    """Gives each of `factor` phases the left neighbour's offset and weight, and the right's weight.

    Bilinear with half-pixel centres: output i lies at (i + 0.5) / factor - 0.5 of the input, and
    its weights sum to 2 * factor.
    """
    phases = []
    for phase in range(factor):
        position = 2 * phase + 1 - factor
        # Half of the phases lie before the centre of their cell and reach to the left neighbour.
        left = -1 if position < 0 else 0
        right_weight = position - left * 2 * factor
        phases.append((left, 2 * factor - right_weight, right_weight))
    return phases


def upsample(x: Int64, factor: int) -> Int64:
    """Bilinear upsampling times (2 * factor)**2, borders repeated: exact integers."""
    for axis in (3, 4):
        size = x.shape[axis]
        phases = []
        for left, left_weight, right_weight in upsample_weights(factor):
            # Clipping repeats the border, as torch does without align_corners.
            first = np.clip(np.arange(size) + left, 0, size - 1)
            second = np.clip(np.arange(size) + left + 1, 0, size - 1)
            phases.append(x.take(first, axis) * left_weight + x.take(second, axis) * right_weight)
        x = np.stack(phases, axis=axis + 1).reshape(
            *x.shape[:axis], size * factor, *x.shape[axis + 1 :]
        )
    return x


def mix(node: s.SpikeGateMix, x: Int64, logits: Int64) -> Int64:
    """The gate: x (T, B, C, H, W), logits (T, B, 1, C, 1) -> (1, B, C, H, W), in 2**-12."""
    score = logits.reshape(*logits.shape[:2], -1)
    # The largest logit has index 0, so that the table starts at exp(0) and falls.
    index = (score.max(axis=0) - score) >> node.logit_shift
    # Whatever lies beyond the table weighs as little as its last entry.
    weight = node.table_q[np.minimum(index, len(node.table_q) - 1)].astype(np.int64)[
        ..., None, None
    ]
    total: Int64 = ((x * weight).sum(axis=0) << s.GATE_FRACTION_BITS) // weight.sum(axis=0)
    return total[None]


def split_heads(x: Int64, heads: int) -> Int64:
    """(T, B, C, H, W) -> (T, B, heads, C/heads, H*W)."""
    t, b, c, h, w = x.shape
    return x.reshape(t, b, heads, c // heads, h * w)


def per_channel(array: NDArray[Any]) -> Int64:
    """(C,) -> (C, 1, 1) int64, to broadcast against (T, B, C, H, W)."""
    result: Int64 = array.astype(np.int64)[:, None, None]
    return result
