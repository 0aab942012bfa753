"""The process graph of a plan: stock processes, ours beside them, and the ends."""

from collections.abc import Collection
from typing import Any

import numpy as np

from hardware.lava.assemble.blocks import Block, divide
from hardware.lava.assemble.graph import ModelMap, ProcessGraph, make_sources
from hardware.lava.assemble.layout import stock_shape
from hardware.lava.assemble.level_ports import join
from hardware.lava.assemble.stock_parts import Part, make_neurons, make_synapses
from hardware.lava.assemble.values import Dtype
from hardware.lava.compute.shares import Share, comes_in_stock_layout, shares_of, stock_reads
from hardware.lava.detail import Detail
from hardware.lava.processes.beside_stock import (
    OwnNodes,
    PyOwnNodesModel,
    PyStockLayoutModel,
    StockLayout,
)
from hardware.lava.processes.ends import FrameIn, FrameOut, PyFrameInModel, PyFrameOutModel
from hardware.lava.processes.network import Network, SubNetworkModel
from hardware.lava.processes.number_types import with_ports
from hardware.lava.runtime.frames import Layout
from hardware.lava.runtime.pace import Pace
from hardware.stock.plan import StockPlan
from spiketrack.graph import spike_nodes as s

LIVE = "frames under way"
STOCK_DTYPE: Dtype = np.int32


def build_mixed(
    plan: StockPlan,
    *,
    detail: Detail = "block",
    keep: Collection[str] = (),
    torch_conv: bool = True,
    on_cpu: bool = True,
) -> ProcessGraph:
    """Makes and connects all processes.

    Args:
        plan: which nodes are stock, and when each value comes.
        detail: how many of our own nodes one process runs.
        keep: names of nodes whose values go to the host as well.
        torch_conv: let stock Conv use its own torch code instead of its scipy code.
        on_cpu: give stock processes their CPU models; else Lava's run configuration chooses.

    Raises:
        GraphError: a name in `keep` that is not a node that computes.
    """
    maker = _Maker(plan, divide(plan.graph, keep))
    shares = shares_of(plan, detail, keep)
    maker.add_stock(torch_conv, on_cpu)
    maker.add_own(shares)
    wanted = {node.name: node.inputs[0] for node in plan.graph.outputs}
    wanted |= {name: name for name in keep}
    maker.connect(shares)
    return maker.finish(wanted)


class _Maker:
    """Collects processes and who sends what."""

    def __init__(self, plan: StockPlan, block: Block) -> None:
        self._plan, self._block = plan, block
        self._models = ModelMap()
        self._sources = make_sources(block, self._models)
        self._parts: list[Part] = []
        self._own: dict[str, OwnNodes] = {}
        self._stock_senders: dict[str, Any] = {}
        self._senders: dict[str, Any] = {key: one.s_out for key, one in self._sources.items()}
        for name in self._sources.keys() & stock_reads(plan):
            self._stock_senders[name] = self._adapter(name).s_out

    def add_stock(self, torch_conv: bool, on_cpu: bool) -> None:
        """The stock processes."""
        plan = self._plan
        together = {lif.name for lifs in plan.populations.values() for lif in lifs}
        for name, lifs in plan.populations.items():
            self._take(make_neurons(plan, name, lifs), [lif.name for lif in lifs])
        for node in plan.graph:
            if plan.roles[node.name] != "stock" or node.name in together:
                continue
            if isinstance(node, s.SpikeConv):
                self._take(make_synapses(plan, node, torch_conv=torch_conv), [node.name])
            elif isinstance(node, s.SpikeCubaLIF):
                self._take(make_neurons(plan, node.name, [node]), [node.name])
        if on_cpu:
            # On a chip Lava chooses the model that its extension brings.
            self._models |= {part.process: part.model for part in self._parts}

    def _take(self, part: Part, names: list[str]) -> None:
        self._parts.append(part)
        self._stock_senders |= dict.fromkeys(names, part.sender)

    def add_own(self, shares: list[Share]) -> None:
        """Our processes, and the one that tells them which frames are under way."""
        for share in shares:
            process = OwnNodes(share=share)
            values = share.values
            ins: dict[str, Dtype] = {"live_in": np.uint8}
            for port, value in share.inputs.items():
                is_stock = value in share.stock_values
                ins[port] = STOCK_DTYPE if is_stock else values.dtypes[value]
            outs = {port: values.dtypes[value] for port, value in share.outputs.items()}
            outs |= dict.fromkeys(share.stock_outputs, STOCK_DTYPE)
            self._models[process] = with_ports(PyOwnNodesModel, ins, outs)
            self._own[share.name] = process
            self._senders |= {v: getattr(process, port) for port, v in share.outputs.items()}
            for port, value in share.stock_outputs.items():
                self._stock_senders[value] = getattr(process, port)
        # Stock processes alone need nobody to tell them which frames are under way.
        if shares:
            live = self._live(shares[0].depth)
            for process in self._own.values():
                live.s_out.connect(process.live_in)

    def connect(self, shares: list[Share]) -> None:
        """Connects whatever reads with what sends."""
        for part in self._parts:
            self._connect_stock(part.reads, part.receiver)
        for share in shares:
            for port, value in share.inputs.items():
                self._connect(value, getattr(self._own[share.name], port))

    def finish(self, wanted: dict[str, str]) -> ProcessGraph:
        """The way out, and the whole of it."""
        plan, values, sink = self._plan, self._block.values, self._make_sink(wanted)
        for name, value in wanted.items():
            self._connect(value, sink.in_port(name))
        stock = [part.process for part in self._parts]
        # On a chip the stock processes have no model of ours, and are parts all the same.
        parts = dict.fromkeys([*self._models, *stock])
        root = Network(parts=tuple(parts), name=plan.graph.name)
        self._models[root] = SubNetworkModel
        late = {name: plan.latency[value] for name, value in wanted.items()}
        pace = Pace(late, max(plan.latency.values()))
        shapes: dict[str, tuple[int, ...]] = {
            name: values.shape(value) for name, value in wanted.items()
            if comes_in_stock_layout(plan, value)
        }  # fmt: skip
        return ProcessGraph((self._block,), root, self._sources, sink, self._models, pace, shapes)

    def _connect(self, value: str, receiver: Any) -> None:
        if comes_in_stock_layout(self._plan, value):
            self._connect_stock(value, receiver)
        else:
            self._senders[value].connect(receiver)

    def _connect_stock(self, value: str, receiver: Any) -> None:
        # Why not one for each leaf: the LIFs of all levels may be one process.
        senders = [self._stock_senders[leaf] for leaf in self._plan.leaves[value]]
        for sender in dict.fromkeys(senders):
            join(sender, receiver)

    def _adapter(self, name: str) -> StockLayout:
        values = self._block.values
        adapter = StockLayout(shape=values.shape(name), name=f"{name} for stock processes")
        ins = {"s_in": values.dtypes[name]}
        self._models[adapter] = with_ports(PyStockLayoutModel, ins, {"s_out": STOCK_DTYPE})
        self._senders[name].connect(adapter.s_in)
        return adapter

    def _live(self, depth: int) -> FrameIn:
        live = FrameIn(
            shape=(1, depth + 1, 1, 1), offset=np.zeros(1, np.int64), signal="memory", name=LIVE
        )
        ins: dict[str, Dtype] = {"frame_in": np.int64}
        self._models[live] = with_ports(PyFrameInModel, ins, {"s_out": np.uint8})
        self._sources[LIVE] = live
        return live

    def _make_sink(self, wanted: dict[str, str]) -> FrameOut:
        layout = Layout({name: self._message(value) for name, value in wanted.items()})
        sink = FrameOut(layout=layout, name="to host")
        outs: dict[str, Dtype] = {"frame_out": np.uint8}
        self._models[sink] = with_ports(PyFrameOutModel, layout.port_types, outs)
        return sink

    def _message(self, value: str) -> tuple[tuple[int, ...], Dtype]:
        """Shape and number type of what brings a value."""
        values = self._block.values
        if comes_in_stock_layout(self._plan, value):
            return stock_shape(values.shape(self._plan.renamed(value))), STOCK_DTYPE
        return values.shape(value), values.dtypes[value]
