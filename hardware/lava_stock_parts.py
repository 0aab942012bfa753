"""Lava's stock processes for nodes of an integer graph: Conv, Dense and LIF.

Why Dense gets twice the weights and an exponent of -1: of weights of both signs it drops the last
bit. Why kernels are turned: stock Conv is a true convolution on (W, H, C).
"""

from typing import Any, NamedTuple

import numpy as np
import torch

from hardware.lava_layout import to_stock
from hardware.lava_start_method import start_method_kept
from hardware.lowering.stock import is_dense
from hardware.lowering.stock_plan import StockPlan
from hardware.lowering.unrolled import unrolled_kernel
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
    """A stock process, its model and its two ports."""

    process: Any
    model: type[Any]
    receiver: Any
    sender: Any


def make_stock(
    plan: StockPlan, node: s.SpikeConv | s.SpikeCubaLIF, bits: int, *, torch_conv: bool
) -> Part:
    """The stock process of one node.

    Args:
        plan: where the node is planned as stock.
        node: synapses or neurons.
        bits: of the messages that synapses receive; 0 for binary spikes.
        torch_conv: let stock Conv use its own torch code instead of its scipy code.
    """
    if isinstance(node, s.SpikeCubaLIF):
        lif = _lif(node, plan.graph.shapes[node.name])
        return Part(lif, PyLifModelBitAcc, lif.a_in, lif.s_out)
    exp = _exponent(plan, node)
    if is_dense(plan.graph, node):
        grid = plan.graph.shapes[plan.renamed(node.inputs[0])][1:]
        dense = _dense(node, grid, exp, bits)
        return Part(dense, PyDenseModelBitAcc, dense.s_in, dense.a_out)
    conv = _conv(node, plan.graph.shapes[node.inputs[0]], exp, bits)
    return Part(conv, PyTorchConvModel if torch_conv else PyConvModelFixed, conv.s_in, conv.a_out)


def _exponent(plan: StockPlan, node: s.SpikeConv) -> int:
    """That of the neurons behind, which stock LIF does not have."""
    behind = next(reader for reader in plan.graph if node.name in reader.inputs)
    is_lif = isinstance(behind, s.SpikeCubaLIF) and plan.roles[behind.name] == "stock"
    return behind.weight_exp if isinstance(behind, s.SpikeCubaLIF) and is_lif else 0


def _dense(node: s.SpikeConv, grid: Shape, exp: int, bits: int) -> Dense:
    """The matrix reads a flat (W, H, C), the node's a flat (C, H, W)."""
    n_out = len(node.weight_q)
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


def _lif(node: s.SpikeCubaLIF, shape: Shape) -> LIF:
    bias = to_stock(np.broadcast_to(node.bias_mant_q, shape))
    return LIF(
        shape=bias.shape, du=int(node.u_decay_q.flat[0]) - 1, dv=int(node.v_decay_q.flat[0]),
        vth=int(node.threshold_q.flat[0]), bias_mant=bias, bias_exp=node.bias_exp, name=node.name,
    )  # fmt: skip
