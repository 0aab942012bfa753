"""Model of OwnNodes on a CPU."""

from collections import deque
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.assemble.layout import from_stock, to_stock
from hardware.lava.compute.arithmetic import Value
from hardware.lava.compute.nodes import Step, make_step
from hardware.lava.compute.shares import Share
from hardware.lava.processes.own_nodes.process import OwnNodes
from spiketrack.graph.spike_nodes import SpikeNode


@implements(proc=OwnNodes, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyOwnNodesModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Every node runs when its turn comes; a value is received when it is first needed."""

    live_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.uint8)

    _steps: tuple[Step, ...] = ()

    def run_spk(self) -> None:
        """One step: some nodes are at one frame, some at an earlier one."""
        share: Share = self.proc_params["share"]
        if not self._steps:
            self._prepare(share)
        live = self.live_in.recv().reshape(-1)
        self._now: dict[str, Value] = {}
        for node, step in zip(share.nodes, self._steps, strict=True):
            for name in node.inputs:
                self._receive(name, share)
            value = np.zeros(share.values.shape(node.name), share.values.dtypes[node.name])
            if live[share.latency[node.name]]:
                made, _ = step([self._at(name, node, share) for name in node.inputs])
                value = made.astype(value.dtype, copy=False)
            self._note(node.name, value)
            self._send(node.name, value)

    def _prepare(self, share: Share) -> None:
        self._steps = tuple(make_step(node, share.values) for node in share.nodes)
        self._in_ports = {value: port for port, value in share.inputs.items()}
        self._out_ports = {value: port for port, value in share.outputs.items()}
        self._stock_ports = {value: port for port, value in share.stock_outputs.items()}
        self._past: dict[str, deque[Value]] = {
            name: deque(maxlen=steps + 1) for name, steps in share.held.items()
        }

    def _receive(self, name: str, share: Share) -> None:
        if name in self._now:
            return
        message = getattr(self, self._in_ports[name]).recv()
        if name in share.stock_values:
            message = from_stock(message, share.values.shape(name))
        self._note(name, message)

    def _note(self, name: str, value: Value) -> None:
        self._now[name] = value
        if name in self._past:
            self._past[name].append(value)

    def _at(self, name: str, node: SpikeNode, share: Share) -> Value:
        """The value that belongs to the frame a node is at."""
        steps = share.latency[node.name] - share.latency[name]
        return self._past[name][-1 - steps] if steps else self._now[name]

    def _send(self, name: str, value: Value) -> None:
        if name in self._out_ports:
            getattr(self, self._out_ports[name]).send(value)
        if name in self._stock_ports:
            getattr(self, self._stock_ports[name]).send(to_stock(value))
