"""What runs beside Lava's stock processes: nodes of ours, and the way into their layout."""

from collections import deque
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.assemble.layout import from_stock, stock_shape, to_stock
from hardware.lava.compute.arithmetic import Value
from hardware.lava.compute.nodes import Step, make_step
from hardware.lava.compute.shares import Share
from spiketrack.graph.spike_nodes import SpikeNode


class StockLayout(AbstractProcess):  # type: ignore[misc]
    """(T, C, H, W) comes in, the same as (W, H, T * C) goes out, within the step.

    Args:
        shape: of what comes in.
        name: for errors.
    """

    def __init__(self, *, shape: tuple[int, ...], name: str) -> None:
        super().__init__(name=name)
        self.s_in = InPort(shape=shape)
        self.s_out = OutPort(shape=stock_shape(shape))


@implements(proc=StockLayout, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyStockLayoutModel(PyLoihiProcessModel):  # type: ignore[misc]
    """Copies."""

    s_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def run_spk(self) -> None:
        """One frame."""
        self.s_out.send(to_stock(self.s_in.recv()))


class OwnNodes(AbstractProcess):  # type: ignore[misc]
    """Runs own nodes, each on the frame whose values have reached it.

    Values that come too early wait inside. `live_in` says which frames are under way: no node runs
    on what lies between two of them, so that nothing there can overflow.

    Args:
        share: the nodes, their ports and their latencies.
    """

    def __init__(self, *, share: Share) -> None:
        super().__init__(name=share.name, share=share)
        self.live_in = InPort(shape=(1, share.depth + 1, 1, 1))
        for port, value in share.inputs.items():
            setattr(self, port, InPort(shape=share.shape(value)))
        for port, value in share.outputs.items():
            setattr(self, port, OutPort(shape=share.values.shape(value)))
        for port, value in share.stock_outputs.items():
            setattr(self, port, OutPort(shape=stock_shape(share.values.shape(value))))


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
