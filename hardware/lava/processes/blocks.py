"""A process for every kind of block, with a port per value, and the two models of all of them.

The models must agree: `FusedModel` runs all nodes of the block in one process, `SubModel` makes a
process of each part. How the parts are made comes with the process, since this file knows no other.
"""

from collections.abc import Mapping
from typing import Any

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.assemble.blocks import Block, Kind
from hardware.lava.compute.arithmetic import Value
from hardware.lava.compute.nodes import Step, make_step
from hardware.lava.processes.counted import CountedModel, CountedProcess
from hardware.lava.processes.number_types import with_ports


class BlockProcess(CountedProcess):
    """A block of an integer graph.

    Args:
        block: its nodes, ports and number types.
        assemble: puts its parts into a `SubModel`; called with the model and the process.
    """

    def __init__(self, *, block: Block, assemble: Any) -> None:
        super().__init__(
            n_counted=len(block.nodes), name=block.name, block=block, assemble=assemble
        )
        for port, value in block.inputs.items():
            setattr(self, port, InPort(shape=block.values.shape(value)))
        for port, value in block.outputs.items():
            setattr(self, port, OutPort(shape=block.values.shape(value)))

    def fused_model(self) -> type[Any]:
        """The model that runs all nodes of this instance in one process."""
        block: Block = self.proc_params["block"]
        ins, outs = (
            {port: block.values.dtypes[value] for port, value in ports.items()}
            for ports in (block.inputs, block.outputs)
        )
        return with_ports(FusedModel, ins, outs, type(self))


def _block(name: str, doc: str) -> type[BlockProcess]:
    return type(name, (BlockProcess,), {"__doc__": doc, "__module__": __name__})


Backbone = _block("Backbone", "All `encoder.*` nodes outside the memory retrieval modules.")
MemoryRetrieval = _block("MemoryRetrieval", "One memory retrieval module, `encoder.mrm.<i>.*`.")
Head = _block("Head", "The nodes `decoder.*`: three towers.")
TemplateBranch = _block("TemplateBranch", "The template branch: it writes the memories.")
SearchBranch = _block("SearchBranch", "The search branch: it reads the memories.")
GraphBlock = _block("GraphBlock", "Any nodes of an integer graph that is not a tracker.")
BLOCKS: Mapping[Kind, type[BlockProcess]] = {
    "backbone": Backbone,
    "memory_retrieval": MemoryRetrieval,
    "head": Head,
    "template_branch": TemplateBranch,
    "search_branch": SearchBranch,
    "graph_block": GraphBlock,
}


@tag("fixed_pt", "parts")
class SubModel(AbstractSubProcessModel):  # type: ignore[misc]
    """The block as its parts, connected."""

    def __init__(self, process: AbstractProcess) -> None:
        process.proc_params["assemble"](self, process)


@implements(protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "fused")
class FusedModel(CountedModel):
    """The block in one process, without latency: every node runs when its turn comes."""

    _steps: tuple[Step, ...] = ()

    def run_spk(self) -> None:
        """One frame."""
        block: Block = self.proc_params["block"]
        if not self._steps:
            self._steps = tuple(make_step(node, block.values) for node in block.nodes)
            self._in_ports = {value: port for port, value in block.inputs.items()}
            self._out_ports = {value: port for port, value in block.outputs.items()}
            self._dropped = _last_uses(block)
        held: dict[str, Value] = {}
        for index, (node, step) in enumerate(zip(block.nodes, self._steps, strict=True)):
            for name in node.inputs:
                if name not in held:
                    held[name] = getattr(self, self._in_ports[name]).recv()
            value, events = step([held[name] for name in node.inputs])
            held[node.name] = value.astype(block.values.dtypes[node.name], copy=False)
            self.count(events, index)
            if node.name in self._out_ports:
                getattr(self, self._out_ports[node.name]).send(held[node.name])
            for name in self._dropped[index]:
                del held[name]


def _last_uses(block: Block) -> list[list[str]]:
    """Per node, the values that no later node of the block reads."""
    last = {name: i for i, node in enumerate(block.nodes) for name in (node.name, *node.inputs)}
    dropped: list[list[str]] = [[] for _ in block.nodes]
    for name, index in last.items():
        dropped[index].append(name)
    return dropped
