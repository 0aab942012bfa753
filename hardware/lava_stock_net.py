"""The stock processes of a chain, Conv, Dense and LIF, between our frame processes.

Why Dense gets twice the weights and an exponent of -1: of weights of both signs it drops the last
bit. Why kernels are turned: stock Conv is a true convolution on (W, H, C).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hardware.lava_frames import Layout
from hardware.lava_graph import ModelMap
from hardware.lava_processes.frame_in.models import PyFrameInModel
from hardware.lava_processes.frame_in.process import FrameIn
from hardware.lava_processes.frame_out.models import PyFrameOutModel
from hardware.lava_processes.frame_out.process import FrameOut
from hardware.lava_processes.number_types import with_ports
from hardware.lava_start_method import start_method_kept
from hardware.lowering.stock import is_dense
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph

with start_method_kept():
    from lava.proc.conv.models import PyConvModelFixed
    from lava.proc.conv.process import Conv
    from lava.proc.dense.models import PyDenseModelBitAcc
    from lava.proc.dense.process import Dense
    from lava.proc.lif.models import PyLifModelBitAcc
    from lava.proc.lif.process import LIF

MESSAGE_BITS = 24
"""Of graded spikes; with 0, stock synapses take every message for 1."""
FLOAT32_EXACT = 1 << 24
Grid = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class StockNet:
    """Connected processes.

    Attributes:
        source: where frames (W, H, C) go in.
        sink: where values come out.
        models: the model of each process.
        n_synapses: synapses in a row, each of which takes a step.
        is_exact_in_float32: no partial sum of a conv leaves what float32 holds exactly.
    """

    source: FrameIn
    sink: FrameOut
    models: ModelMap = field(repr=False)
    n_synapses: int
    is_exact_in_float32: bool


def build_stock(graph: Graph[s.SpikeNode]) -> StockNet:
    """Makes and connects the processes of a chain without obstacles."""
    maker = _Maker(graph)
    for node in graph:
        if isinstance(node, s.SpikeConv):
            maker.add_synapses(node)
        elif isinstance(node, s.SpikeCubaLIF):
            maker.add_neurons(node)
    return maker.finish()


class _Maker:
    """Adds one process behind the other; `_grid` is (C, H, W) of what is sent."""

    def __init__(self, graph: Graph[s.SpikeNode]) -> None:
        node = graph.inputs[0]
        if not isinstance(node, s.SpikeInput):
            raise GraphError(f"graph '{graph.name}'", "an integer input", type(node).__name__)
        self._graph = graph
        self._models = ModelMap()
        self._n_synapses, self._is_exact = 0, True
        self._grid: Grid = graph.shapes[node.name][1:]
        self._is_binary = node.low >= 0 and node.high <= 1
        self._peak = max(abs(node.low), abs(node.high))
        self._source = FrameIn(
            shape=self._grid[::-1], offset=np.zeros(1, np.int64), signal="spikes", name=node.name
        )
        ins: dict[str, Any] = {"frame_in": np.int64}
        self._models[self._source] = with_ports(PyFrameInModel, ins, {"s_out": np.int32})
        self._sender: Any = self._source.s_out

    def add_synapses(self, node: s.SpikeConv) -> None:
        """A Dense for a plain matrix, else a Conv."""
        behind = self._graph.consumers()[node.name][0]
        exp = behind.weight_exp if isinstance(behind, s.SpikeCubaLIF) else 0
        bits = 0 if self._is_binary else MESSAGE_BITS
        if is_dense(self._graph, node):
            process = _dense(node, self._grid, exp, bits)
            self._models[process] = PyDenseModelBitAcc
        else:
            process = _conv(node, self._grid, exp, bits)
            self._models[process] = PyConvModelFixed
            sums = np.abs(node.weight_q.astype(np.int64)).sum(axis=(1, 2, 3))
            self._is_exact &= int(sums.max()) * self._peak << exp < FLOAT32_EXACT
        port, receiver = self._sender, process.s_in
        (port if port.shape == receiver.shape else port.reshape(receiver.shape)).connect(receiver)
        self._sender, self._grid = process.a_out, self._graph.shapes[node.name][1:]
        self._n_synapses += 1

    def add_neurons(self, node: s.SpikeCubaLIF) -> None:
        """A LIF for each neuron."""
        shape = self._sender.shape
        bias = np.broadcast_to(node.bias_mant_q, self._grid).transpose(2, 1, 0).reshape(shape)
        lif = LIF(
            shape=shape, du=int(node.u_decay_q.flat[0]) - 1, dv=int(node.v_decay_q.flat[0]),
            vth=int(node.threshold_q.flat[0]), bias_mant=bias.copy(), bias_exp=node.bias_exp,
            name=node.name,
        )  # fmt: skip
        self._models[lif] = PyLifModelBitAcc
        self._sender.connect(lif.a_in)
        self._sender, self._is_binary, self._peak = lif.s_out, True, 1

    def finish(self) -> StockNet:
        """The way out."""
        name = self._graph.outputs[0].name
        layout = Layout({name: (self._sender.shape, np.int32)})
        sink = FrameOut(layout=layout, name="to host")
        outs: dict[str, Any] = {"frame_out": np.uint8}
        self._models[sink] = with_ports(PyFrameOutModel, layout.port_types, outs)
        self._sender.connect(sink.in_port(name))
        return StockNet(self._source, sink, self._models, self._n_synapses, self._is_exact)


def _dense(node: s.SpikeConv, grid: Grid, exp: int, bits: int) -> Dense:
    """The matrix reads a flat (W, H, C), the node's a flat (C, H, W)."""
    n_out = len(node.weight_q)
    matrix = node.weight_q.astype(np.int64).reshape(n_out, *grid).transpose(0, 3, 2, 1)
    return Dense(
        weights=matrix.reshape(n_out, -1) << 1, weight_exp=exp - 1, num_message_bits=bits,
        name=node.name,
    )  # fmt: skip


def _conv(node: s.SpikeConv, grid: Grid, exp: int, bits: int) -> Conv:
    kernel = node.weight_q[:, :, ::-1, ::-1].transpose(0, 3, 2, 1).astype(np.int64)
    return Conv(
        weight=kernel << exp, input_shape=grid[::-1], stride=node.stride[::-1],
        padding=node.padding[::-1], dilation=node.dilation[::-1], groups=node.groups,
        num_message_bits=bits, name=node.name,
    )  # fmt: skip
