"""The oracle: what every integer node means in Python's integers, which neither wrap nor round.

Written from the docstrings of the nodes alone, without any of the engines' arithmetic. Arrays are
of objects, (T, B, C, H, W). `Left` means that a value left its declared width.
"""

from typing import Any

import numpy as np

from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph


class Left(Exception):
    """A value has left its declared width."""


def run_oracle(graph: Graph[s.SpikeNode], inputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs of a graph."""
    values: dict[str, Any] = {}
    for node in graph:
        if isinstance(node, s.SpikeInput):
            values[node.name] = big(inputs[node.name]) - channels(node.offset_q)
        else:
            values[node.name] = value(node, [values[name] for name in node.inputs])
    return {node.name: values[node.name] for node in graph.outputs}


def big(x: Any) -> Any:
    return np.asarray(x).astype(object)


def channels(x: Any) -> Any:
    return big(x)[:, None, None]


def within(x: Any, bits: int) -> Any:
    if x.size and (x.min() < -(1 << bits - 1) or x.max() >= 1 << bits - 1):
        raise Left
    return x


def value(node: s.SpikeNode, x: list[Any]) -> Any:
    match node:
        case s.SpikeConv():
            (p_y, p_x), weight = node.padding, big(node.weight_q)
            k_y, k_x = weight.shape[2:]
            (s_y, s_x), (d_y, d_x) = node.stride, node.dilation
            *front, height, width = x[0].shape
            wide = np.zeros((*front, height + 2 * p_y, width + 2 * p_x), object)
            wide[..., p_y : p_y + height, p_x : p_x + width] = x[0]
            grid = [
                [wide[..., y : y + d_y * k_y : d_y, z : z + d_x * k_x : d_x]
                 for z in range(0, wide.shape[4] - d_x * (k_x - 1), s_x)]
                for y in range(0, wide.shape[3] - d_y * (k_y - 1), s_y)
            ]  # fmt: skip
            boxes = np.array(grid, object)  # (H', W', T, B, C, K_y, K_x)
            per_group = weight.shape[1], len(weight) // node.groups
            rows = [
                (boxes[..., g * per_group[0] : (g + 1) * per_group[0], :, :] * weight[o]).sum(
                    axis=(4, 5, 6)
                )
                for o, g in ((o, o // per_group[1]) for o in range(len(weight)))
            ]
            return within(np.array(rows, object).transpose(3, 4, 0, 1, 2), s.ACCUMULATOR_BITS)
        case s.SpikeRescale():
            gains = zip(node.multiplier_q, node.shift_q, strict=True)
            up = [int(g) << max(0, -int(n)) for g, n in gains]
            down = [1 << max(0, int(n)) for n in node.shift_q]
            twice = 2 * x[0] * channels(up) + channels(down)
            return within(twice // (2 * channels(down)) + channels(node.bias_q), node.bits)
        case s.SpikeBias():
            return within(x[0] + big(node.table_q)[:, None], node.bits)
        case s.SpikeAdd():
            return within(sum(x[1:], start=x[0]), node.bits)
        case s.SpikeNILIF():
            return nilif(node, x[0])
        case s.SpikeSumPool():
            f = node.factor
            parts = [x[0][..., i::f, j::f] for i in range(f) for j in range(f)]
            return within(sum(parts[1:], start=parts[0]), node.bits)
        case s.SpikeUpsample():
            return within(upsampled(upsampled(x[0], node.factor, 3), node.factor, 4), node.bits)
        case s.SpikeMemoryWrite() | s.SpikeMemoryRead():
            return within(product(node, x), s.ACCUMULATOR_BITS)
        case s.SpikeGateMix():
            score = x[1][:, :, 0, :, 0]
            index = (score.max(axis=0) - score) // 2**node.logit_shift
            e = big(np.minimum(index, len(node.table_q) - 1))
            e = np.vectorize(lambda i: int(node.table_q[i]), otypes=[object])(e)[..., None, None]
            return ((x[0] * e).sum(axis=0) * 2**s.GATE_FRACTION_BITS // e.sum(axis=0))[None]
        case s.SpikeCubaLIF() | s.SpikeCubaLI():
            return cuba(node, x[0])
        case s.SpikeSigma():
            total = np.cumsum(x[0], axis=0)
            return within(total, node.bits)
        case s.SpikeDelta():
            known, sent = x[0][0] * 0, []
            for a in x[0] * 2**node.input_exp:
                change = within(within(a, node.bits) - known, node.bits)
                change = np.where(abs(change) >= big(node.threshold_q), change, 0)
                known = within(known + change, node.bits)
                sent.append(change // 2**node.state_exp)
            return np.array(sent, object)
        case s.SpikeRelu():
            return within(np.maximum(x[0] + big(node.bias_q), 0) // 2**node.shift, node.bits)
        case s.SpikeOutput() | m.Flatten():
            return x[0].reshape(*x[0].shape[:2], -1, 1, 1) if isinstance(node, m.Flatten) else x[0]
        case _:
            raise TypeError(type(node).__name__)


def nilif(node: s.SpikeNILIF, x: Any) -> Any:
    theta, before = big(node.thresholds_q), x[0]
    spikes: list[Any] = []
    for t, drive in enumerate(x):
        u = drive
        if t and node.decay_q.size:
            rest = before - spikes[-1] * int(node.reset_q)
            u = drive + (2 * rest * int(node.decay_q[t - 1]) + 4096) // 8192
        before = within(u, node.bits)
        fired = [u >= theta[:, k, None, None] for k in range(node.max_spike)]
        spikes.append(big(sum(level.astype(int) for level in fired)))
    return np.array(spikes, object)


def cuba(node: s.SpikeCubaLIF | s.SpikeCubaLI, x: Any) -> Any:
    keep_u, keep_v = (4096 - big(decay) for decay in (node.u_decay_q, node.v_decay_q))
    bias = big(node.bias_mant_q) * 2**node.bias_exp
    u = v = spikes = x[0] * 0
    out = []
    for a in x:
        if isinstance(node, s.SpikeCubaLIF):
            if node.recurrent_q.size:
                a = a + np.einsum("oc,bchw->bohw", big(node.recurrent_q), spikes, dtype=object)
            within(a, s.ACCUMULATOR_BITS)
        moved = a * 2**node.weight_exp if node.weight_exp >= 0 else a // 2**-node.weight_exp
        old = u
        u = within(toward_zero(u * keep_u) + 64 * moved, node.bits)
        read = u if node.current == "new" else old
        v = within(toward_zero(v * keep_v) + read + bias, node.bits)
        if isinstance(node, s.SpikeCubaLI):
            out.append(v)
            continue
        level = 64 * big(node.threshold_q)
        fires = v > level
        spikes = big(fires)
        out.append(spikes)
        v = np.where(fires, 0 if node.reset == "zero" else v - level, v)
    return np.array(out, object)


def toward_zero(x: Any) -> Any:
    return np.where(x < 0, -(-x // 4096), x // 4096)


def upsampled(x: Any, factor: int, axis: int) -> Any:
    size, rows = x.shape[axis], []
    for i in range(size * factor):
        place = min(max(2 * i + 1 - factor, 0), 2 * factor * (size - 1))  # in 1 / (2 * factor)
        left, part = divmod(place, 2 * factor)
        right = min(left + 1, size - 1)
        rows.append(x.take(left, axis) * (2 * factor - part) + x.take(right, axis) * part)
    return np.stack(rows, axis)


def product(node: s.SpikeMemoryWrite | s.SpikeMemoryRead, x: list[Any]) -> Any:
    t, b, c, h, w = x[0].shape
    split = x[0].reshape(t, b, node.heads, c // node.heads, h * w)
    if isinstance(node, s.SpikeMemoryWrite):
        other = x[1].reshape(t, b, node.heads, -1, h * w)
        return (split[:, :, :, :, None] * other[:, :, :, None]).sum(axis=5)
    acc = (x[1][..., None] * split[:, :, :, :, None]).sum(axis=3)
    return acc.reshape(t, b, -1, h, w)
