"""The process graph of both branches at once: memories are messages from one to the other."""

from typing import Any

from hardware.lava.assemble.blocks import Block, divide
from hardware.lava.assemble.graph import ModelMap, ProcessGraph, make_block, make_sink, make_sources
from hardware.lava.detail import Detail
from hardware.lava.processes.blocks import BlockProcess
from hardware.lava.processes.ends import FrameIn, FrameOut
from hardware.lava.processes.network import SpikeTracker, SubNetworkModel
from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph


def build_tracker(
    template: Graph[s.SpikeNode], search: Graph[s.SpikeNode], *, detail: Detail = "block"
) -> ProcessGraph:
    """Makes a `SpikeTracker`: memories go from branch to branch as messages, within the step.

    Its inputs and outputs have the name of their graph before their own: "template/image".

    Raises:
        GraphError: a memory that the search graph reads and the template graph does not write, or
            not as numbers of the same width.
    """
    models = ModelMap()
    blocks = (divide(template), divide(search))
    writer, reader = (make_block(block, detail, models) for block in blocks)
    sources = [make_sources(block, models) for block in blocks]
    written = {node.name: node.inputs[0] for node in template.outputs}
    _connect_memories(blocks, (writer, reader), written)
    for name in blocks[1].inputs.values():
        if name in written:
            # The memory comes from the other branch, so that its input process is not needed.
            models.pop(sources[1].pop(name))
    ins: dict[str, FrameIn] = {}
    for block, branch, source in zip(blocks, (writer, reader), sources, strict=True):
        ins |= {f"{block.values.graph.name}/{key}": process for key, process in source.items()}
        for port, value in block.inputs.items():
            if value in source:
                source[value].s_out.connect(getattr(branch, port))
    sink = _connect_sink(blocks, (writer, reader), models)
    root = SpikeTracker(parts=(writer, reader, *ins.values(), sink), name="tracker")
    models[root] = SubNetworkModel
    return ProcessGraph(blocks, root, ins, sink, models)


def _connect_memories(
    blocks: tuple[Block, Block],
    branches: tuple[BlockProcess, BlockProcess],
    written: dict[str, str],
) -> None:
    """Connects what the template branch writes to what the search branch reads."""
    template, search = (block.values.graph for block in blocks)
    senders = {value: getattr(branches[0], port) for port, value in blocks[0].outputs.items()}
    for port, value in blocks[1].inputs.items():
        if value in written:
            _require_same_type(value, written[value], blocks)
            senders[written[value]].connect(getattr(branches[1], port))
        elif _is_memory(search[value]):
            raise GraphError(f"memory '{value}'", f"an output of graph '{template.name}'", "none")


def _connect_sink(
    blocks: tuple[Block, Block], branches: tuple[BlockProcess, BlockProcess], models: ModelMap
) -> FrameOut:
    """One output process for the outputs of both branches."""
    wanted = {
        f"{block.values.graph.name}/{node.name}": (block, node.inputs[0])
        for block in blocks
        for node in block.values.graph.outputs
    }
    sink = make_sink(wanted, models)
    senders = {
        (block, value): getattr(branch, port)
        for block, branch in zip(blocks, branches, strict=True)
        for port, value in block.outputs.items()
    }
    for name, sender in wanted.items():
        senders[sender].connect(sink.in_port(name))
    return sink


def _is_memory(node: Any) -> bool:
    return isinstance(node, s.SpikeInput) and node.signal == "memory"


def _require_same_type(read: str, written: str, blocks: tuple[Block, Block]) -> None:
    there, here = blocks[0].values.dtypes[written], blocks[1].values.dtypes[read]
    if there is not here:
        raise GraphError(f"memory '{read}'", f"messages of {here.__name__}", there.__name__)
