"""The two ends of a network: `FrameIn` takes what the host sends, `FrameOut` hands values to it."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from hardware.lava.processes.counted import CountedModel, CountedProcess
from hardware.lava.runtime.events import Events
from hardware.lava.runtime.frames import Layout, put
from spiketrack.graph.checks import Array


class FrameIn(CountedProcess):
    """Raw integers from the host; sends them less the channel mean.

    Args:
        shape: (T, C, H, W), or (T, heads, d_k, d_v) of a memory.
        offset: (C or 1,) channel mean.
        signal: "image" (every pixel is a message), "spikes" or "memory" (no messages).
        name: of the input node.
    """

    def __init__(self, *, shape: tuple[int, ...], offset: Array, signal: str, name: str) -> None:
        super().__init__(name=name, signal=signal)
        self.frame_in = InPort(shape=shape)
        # Why 1: the host sends one frame for every step it asks for.
        self.frame_in.flag_external_pipe(buffer_size=1)
        self.s_out = OutPort(shape=shape)
        self.offset = Var(shape=offset.shape, init=offset)


@implements(proc=FrameIn, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFrameInModel(CountedModel):
    """One message from the host for every step."""

    frame_in: Any = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    offset: np.ndarray[Any, Any] = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """One frame."""
        frame = self.frame_in.recv()
        # A memory has no channels; its offset is a single zero.
        value = frame - self.offset.reshape(-1, 1, 1)
        signal = self.proc_params["signal"]
        if signal != "memory":
            messages = value.size if signal == "image" else int(np.count_nonzero(value))
            self.count(Events(axon_out=messages))
        self.s_out.send(value)


class FrameOut(AbstractProcess):  # type: ignore[misc]
    """Hands values to the host, once a step, in one message.

    Args:
        layout: shapes and number types of the values, each of which has an InPort.
        name: of the process.
    """

    def __init__(self, *, layout: Layout, name: str) -> None:
        super().__init__(name=name, layout=layout)
        self.layout = layout
        for part in layout.parts.values():
            setattr(self, part.port, InPort(shape=part.shape))
        self.frame_out = OutPort(shape=(layout.n_bytes,))
        self.frame_out.flag_external_pipe(buffer_size=1)

    def in_port(self, name: str) -> Any:
        """The InPort of a value."""
        return getattr(self, self.layout.parts[name].port)


@implements(proc=FrameOut, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyFrameOutModel(PyLoihiProcessModel):  # type: ignore[misc]
    """One message to the host in every step; its InPorts come with the instance's layout."""

    frame_out: Any = LavaPyType(PyOutPort.VEC_DENSE, np.uint8)

    def run_spk(self) -> None:
        """One frame."""
        layout: Layout = self.proc_params["layout"]
        message = np.empty(layout.n_bytes, np.uint8)
        for part in layout.parts.values():
            put(message, part, getattr(self, part.port).recv())
        self.frame_out.send(message)
