"""The process graph: generated from an integer graph, at one of three levels of detail.

"node" makes a process of every node, "block" one of each backbone, memory retrieval and head,
"branch" one of the whole graph. A block has the same ports at every level: the choice between its
`SubModel` and its `FusedModel` is all that differs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from hardware.lava.assemble.blocks import Block, divide
from hardware.lava.detail import Detail
from hardware.lava.processes.blocks import BLOCKS, BlockProcess, SubModel
from hardware.lava.processes.ends import FrameIn, FrameOut, PyFrameInModel, PyFrameOutModel
from hardware.lava.processes.network import Network, SubNetworkModel
from hardware.lava.processes.nodes import NodeProcess, process_of, repeater_of
from hardware.lava.processes.number_types import with_ports
from hardware.lava.runtime.frames import Layout
from hardware.lava.runtime.pace import Pace
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


class ModelMap(dict[Any, type[Any]]):
    """Models by process instance, filled while blocks unfold; it counts as given even if empty."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, eq=False)
class ProcessGraph:
    """Connected Lava processes, ready to be compiled.

    Attributes:
        blocks: what the graph, or each of both, was divided into.
        root: the process around all others, `Network` or `SpikeTracker`.
        inputs: by name of the input node.
        sink: hands over all outputs and kept values, by their names.
        models: the model of every process, for the run configuration's `exception_proc_model_map`.
        pace: how many steps late each output comes.
        stock_shapes: (T, C, H, W) of the outputs that come in the layout of stock processes.
    """

    blocks: tuple[Block, ...]
    root: Any
    inputs: dict[str, FrameIn]
    sink: FrameOut
    models: ModelMap = field(repr=False)
    pace: Pace = field(default_factory=Pace)
    stock_shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def build(
    graph: Graph[s.SpikeNode], *, detail: Detail = "block", keep: Collection[str] = ()
) -> ProcessGraph:
    """Makes the processes of an integer graph, its inputs and its outputs.

    Args:
        graph: a verified integer graph.
        detail: how much of it one process runs.
        keep: names of nodes whose values go to the host as well.

    Raises:
        GraphError: a name in `keep` that is not a node that computes.
    """
    block, models = divide(graph, keep), ModelMap()
    branch = make_block(block, detail, models)
    sources = make_sources(block, models)
    for port, value in block.inputs.items():
        sources[value].s_out.connect(getattr(branch, port))
    wanted = {node.name: node.inputs[0] for node in graph.outputs} | {name: name for name in keep}
    sink = make_sink({name: (block, value) for name, value in wanted.items()}, models)
    senders = {value: getattr(branch, port) for port, value in block.outputs.items()}
    for name, value in wanted.items():
        # An output may show an input of the graph, which no block makes.
        sender = senders[value] if value in senders else sources[value].s_out
        sender.connect(sink.in_port(name))
    root = Network(parts=(branch, *sources.values(), sink), name=graph.name)
    models[root] = SubNetworkModel
    return ProcessGraph((block,), root, sources, sink, models)


def make_block(block: Block, detail: Detail, models: ModelMap) -> BlockProcess:
    """The process of a block; its model unfolds it further if `detail` asks for that."""
    make_parts = partial(assemble, detail=detail, models=models)
    process = BLOCKS[block.kind](block=block, assemble=make_parts)
    is_fused = detail == "branch" or (detail == "block" and not block.parts)
    models[process] = process.fused_model() if is_fused else SubModel
    return process


def assemble(model: SubModel, process: BlockProcess, *, detail: Detail, models: ModelMap) -> None:
    """Makes and connects the parts of a block: smaller blocks, or a process for each node."""
    block: Block = process.proc_params["block"]
    net = _Net(model, process, block)
    if block.parts:
        for part in block.parts:
            net.add_block(make_block(part, detail, models), part)
    else:
        for node in block.nodes:
            net.add_node(node, models)
    net.connect(models)


class _Net:
    """The parts of one block while they are being connected."""

    def __init__(self, model: SubModel, process: BlockProcess, block: Block) -> None:
        self._model = model
        self._process = process
        self._block = block
        self._senders = {value: getattr(process, port) for port, value in block.inputs.items()}
        self._wires: list[tuple[str, Any]] = []
        self._n_parts = 0

    def add_block(self, part: BlockProcess, block: Block) -> None:
        """Takes a smaller block in."""
        self._own(part)
        self._wires += [(value, getattr(part, port)) for port, value in block.inputs.items()]
        self._senders |= {value: getattr(part, port) for port, value in block.outputs.items()}

    def add_node(self, node: s.SpikeNode, models: ModelMap) -> None:
        """Takes the process of one node in."""
        process = process_of(node, self._block.values)
        self._own_node(process, models)
        for value, port in zip(node.inputs, process.ports, strict=True):
            self._wires.append((value, getattr(process, port)))
        self._senders[node.name] = getattr(process, process.out_name)

    def connect(self, models: ModelMap) -> None:
        """Connects senders and receivers, and what leaves the block."""
        for value, port in self._wires:
            sender = self._senders[value]
            if sender in port.in_connections:
                sender = self._again(value, sender, models)
            sender.connect(port)
        for port, value in self._block.outputs.items():
            self._senders[value].connect(getattr(self._process, port))

    def _again(self, value: str, sender: Any, models: ModelMap) -> Any:
        process = repeater_of(value, self._block.values)
        self._own_node(process, models)
        sender.connect(getattr(process, process.ports[0]))
        return getattr(process, process.out_name)

    def _own_node(self, process: NodeProcess, models: ModelMap) -> None:
        models[process] = process.typed_model()
        self._own(process)

    def _own(self, process: Any) -> None:
        # Lava finds the parts of a model among its attributes.
        setattr(self._model, f"part_{self._n_parts}", process)
        self._n_parts += 1


def make_sources(block: Block, models: ModelMap) -> dict[str, FrameIn]:
    """The input processes."""
    sources: dict[str, FrameIn] = {}
    for node in block.values.graph.inputs:
        if not isinstance(node, s.SpikeInput):
            continue
        source = FrameIn(
            shape=block.values.shape(node.name),
            offset=node.offset_q,
            signal=node.signal,
            name=node.name,
        )
        ins, outs = {"frame_in": block.values.wide}, {"s_out": block.values.dtypes[node.name]}
        models[source] = with_ports(PyFrameInModel, ins, outs)
        sources[node.name] = source
    return sources


def make_sink(wanted: Mapping[str, tuple[Block, str]], models: ModelMap) -> FrameOut:
    """The output process of values of blocks, by the names under which they go out.

    Why one for all: every value of a graph leads to an output, so that it also connects parts
    which nothing else does; Lava compiles one connected graph of processes.
    """
    layout = Layout(
        {
            name: (block.values.shape(value), block.values.dtypes[value])
            for name, (block, value) in wanted.items()
        }
    )
    sink = FrameOut(layout=layout, name="to host")
    models[sink] = with_ports(PyFrameOutModel, layout.port_types, {"frame_out": np.uint8})
    return sink
