"""Lava's stock processes for nodes of an integer graph: Conv, Dense and LIF.

Why Dense gets twice the weights and an exponent of -1: of weights of both signs it drops the last
bit. Why kernels are turned: stock Conv is a true convolution on (W, H, C).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from hardware.lava.assemble.layout import to_stock
from hardware.lava.runtime.start_method import start_method_kept
from hardware.stock.limits import is_dense
from hardware.stock.plan import StockPlan
from hardware.stock.unrolled import unrolled_kernel
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import Shape

with start_method_kept():
    from lava.proc.conv import utils as conv_utils
    from lava.proc.conv.models import PyConvModelFixed
    from lava.proc.conv.process import Conv
    from lava.proc.dense.models import PyDenseModelBitAcc
    from lava.proc.dense.process import Dense
    from lava.proc.lif.models import PyLifModelBitAcc
    from lava.proc.lif.process import LIF

MESSAGE_BITS = 24
"""Of graded spikes; with 0, stock synapses take every message for 1."""


class PyTorchConvModel(PyConvModelFixed):  # type: ignore[misc]
    """Stock Conv with its own torch code, which Lava leaves switched off: same values, much sooner.

    Why here: a model is made in the process that runs it, so that no other learns of the switch.
    """

    def __init__(self, proc_params: Any) -> None:
        conv_utils.torch, conv_utils.F = torch, torch.nn.functional
        conv_utils.TORCH_IS_AVAILABLE = True
        super().__init__(proc_params)


class Part(NamedTuple):
    """A stock process, its model, its two ports, and the one value that it reads."""

    process: Any
    model: type[Any]
    receiver: Any
    sender: Any
    reads: str


def make_synapses(plan: StockPlan, node: s.SpikeConv, *, torch_conv: bool) -> Part:
    """The stock process of one node.

    Args:
        plan: where the node is planned as stock.
        node: its synapses.
        torch_conv: let stock Conv use its own torch code instead of its scipy code.
    """
    bits = 0 if is_binary(plan, node.inputs[0]) else MESSAGE_BITS
    exp = plan.exponent(node.name)
    if is_dense(plan.graph, node):
        grid = plan.graph.shapes[plan.renamed(node.inputs[0])][1:]
        dense = _dense(node, grid, exp, bits)
        return Part(dense, PyDenseModelBitAcc, dense.s_in, dense.a_out, node.inputs[0])
    conv = _conv(node, plan.graph.shapes[node.inputs[0]], exp, bits)
    model = PyTorchConvModel if torch_conv else PyConvModelFixed
    return Part(conv, model, conv.s_in, conv.a_out, node.inputs[0])


def make_neurons(plan: StockPlan, name: str, lifs: Sequence[s.SpikeCubaLIF]) -> Part:
    """One stock LIF of one layer, or of populations that differ in their biases only."""
    node, shape = lifs[0], plan.graph.shapes[lifs[0].name]
    levels = [to_stock(np.broadcast_to(lif.bias_mant_q, shape)) for lif in lifs]
    bias = levels[0] if len(lifs) == 1 else np.stack(levels)
    lif = LIF(
        # Lava's LIF adds one to its decay of the current, so that 4095 forgets at once.
        shape=bias.shape, du=int(node.u_decay_q.flat[0]) - 1, dv=int(node.v_decay_q.flat[0]),
        vth=int(node.threshold_q.flat[0]), bias_mant=bias, bias_exp=node.bias_exp, name=name,
    )  # fmt: skip
    return Part(lif, PyLifModelBitAcc, lif.a_in, lif.s_out, node.inputs[0])


def is_binary(plan: StockPlan, value: str) -> bool:
    """Whether messages are 0 or 1 only."""
    node, leaves = plan.graph[value], plan.leaves[value]
    if isinstance(node, s.SpikeInput):
        return node.low >= 0 and node.high <= 1
    if leaves != (value,):
        return len(leaves) == 1 and is_binary(plan, leaves[0])
    return isinstance(node, s.SpikeCubaLIF) or (
        isinstance(node, s.SpikeNILIF) and node.max_spike == 1
    )


def _dense(node: s.SpikeConv, grid: tuple[int, ...], exp: int, bits: int) -> Dense:
    """The matrix reads a flat (W, H, C), the node's a flat (C, H, W)."""
    n_out = len(node.weight_q)
    # In int64, since doubled weights leave int8.
    matrix = node.weight_q.astype(np.int64).reshape(n_out, *grid).transpose(0, 3, 2, 1)
    return Dense(
        weights=matrix.reshape(n_out, -1) << 1, weight_exp=exp - 1, num_message_bits=bits,
        name=node.name,
    )  # fmt: skip


def _conv(node: s.SpikeConv, shape: Shape, exp: int, bits: int) -> Conv:
    n_steps, channels, height, width = shape
    weight, groups = unrolled_kernel(node, n_steps)
    kernel = weight[:, :, ::-1, ::-1].transpose(0, 3, 2, 1)
    return Conv(
        weight=kernel << exp, input_shape=(width, height, n_steps * channels),
        stride=node.stride[::-1], padding=node.padding[::-1], dilation=node.dilation[::-1],
        groups=groups, num_message_bits=bits, name=node.name,
    )  # fmt: skip
