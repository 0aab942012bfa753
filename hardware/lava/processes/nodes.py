"""A process for every kind of node of the integer graph, all made from one table.

Ports and Vars have Lava's names: `s_in` and `s_out` carry spikes, `a_in` and `a_out` accumulators
and streams, `v_out` membranes; `weights`, `bias`, `du`, `dv` and `vth` are what they are in Lava. A
message carries all T steps of a frame, (T, C, H, W).
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from typing_extensions import assert_never

from hardware.lava.assemble.values import Dtype, Values
from hardware.lava.compute.nodes import Step, make_step
from hardware.lava.compute.parameters import arrays_of
from hardware.lava.processes.counted import CountedModel, CountedProcess
from hardware.lava.processes.number_types import with_ports
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m

NUMBERED = "s_in_{}"
"""An InPort for every input, numbered from 0."""


class NodeProcess(CountedProcess):
    """One node of an integer graph.

    Its arrays are its Vars, by the names that `hardware.lava.compute.parameters` gives them. What a
    user sets there counts from the next frame on.

    Args:
        node: the node.
        values: shapes and number types of the graph that it is a part of.
        like: the value whose shape and number type it sends; its own if None.

    Attributes:
        in_names: names of the InPorts of the class. The last one takes all further inputs and adds
            them, or is numbered.
        out_name: name of the OutPort.
        model: the model that runs it.
        ports: for each input of the node, the InPort that receives it.
    """

    in_names: ClassVar[tuple[str, ...]]
    out_name: ClassVar[str]
    model: ClassVar[type[Any]]

    def __init__(self, *, node: s.SpikeNode, values: Values, like: str | None = None) -> None:
        arrays = arrays_of(node, values.shape(node.inputs[0])[0])
        last = len(self.in_names) - 1
        self.ports = tuple(self.in_names[min(i, last)].format(i) for i in range(len(node.inputs)))
        self._like = like or node.name
        ins = dict(zip(self.ports, node.inputs, strict=True))
        super().__init__(
            name=node.name, node=node, values=values, ins=tuple(ins), out=self.out_name,
            arrays=tuple(arrays),
        )  # fmt: skip
        for port, value in ins.items():
            setattr(self, port, InPort(shape=values.shape(value)))
        setattr(self, self.out_name, OutPort(shape=values.shape(self._like)))
        for name, array in arrays.items():
            setattr(self, name, Var(shape=array.shape, init=array))

    def typed_model(self) -> type[Any]:
        """The model of this instance: its ports have the number types of the graph's values."""
        node, dtypes = self.proc_params["node"], self.proc_params["values"].dtypes
        ins = {port: dtypes[name] for port, name in zip(self.ports, node.inputs, strict=True)}
        return with_ports(self.model, ins, {self.out_name: dtypes[self._like]})


@implements(protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class NodeModel(CountedModel):
    """Runs the node on its own Vars, bit exact."""

    _step: Step | None = None

    def on_var_update(self) -> None:
        """Lava calls this when a user has set a Var."""
        self._step = None

    def run_spk(self) -> None:
        """One frame."""
        given = self.proc_params
        if self._step is None:
            arrays = {name: getattr(self, name) for name in given["arrays"]}
            self._step = make_step(given["node"], given["values"], arrays)
        value, events = self._step([getattr(self, port).recv() for port in given["ins"]])
        self.count(events)
        getattr(self, given["out"]).send(value)


def _process(
    name: str, ports: Mapping[str, Dtype], doc: str, arrays: Mapping[str, Dtype] | None = None
) -> type[NodeProcess]:
    """A row of the table: a class of processes, and the model that Lava's own search finds for it.

    Args:
        name: of the class.
        ports: its InPorts and last its OutPort, with the number types they have in that model.
        doc: what it computes.
        arrays: its Vars and their number types in the model; None for none.
    """
    *in_names, out_name = ports
    body = {"__doc__": doc, "__module__": __name__, "in_names": tuple(in_names)}
    process: Any = type(name, (NodeProcess,), {**body, "out_name": out_name})
    ins = {port.format(0): ports[port] for port in in_names}
    model: Any = with_ports(NodeModel, ins, {out_name: ports[out_name]}, process)
    for var, dtype in (arrays or {}).items():
        setattr(model, var, LavaPyType(np.ndarray, dtype))
    # Why a global: Lava's search looks for models among the names of the process's module.
    globals()[model.__name__] = model
    process.model = model
    return cast(type[NodeProcess], process)


_SPIKES: Dtype = np.uint8
_SUMS: Dtype = np.int32
_WIDE: Dtype = np.int64
_STREAM: Mapping[str, Dtype] = {"a_in": _SUMS, "a_out": _SUMS}
_NEURON: Mapping[str, Dtype] = {"a_in": _SUMS, "s_out": _SPIKES}
_GRADED: Mapping[str, Dtype] = {"a_in": _SUMS, "s_out": _SUMS}
_CUBA: Mapping[str, Dtype] = {"du": _WIDE, "dv": _WIDE, "bias": _WIDE}

IntConv = _process(
    "IntConv", {"s_in": _SPIKES, "a_out": _SUMS},
    "Synapses: cross-correlation with int8 `weights` (O, C / groups, K_h, K_w) in 24 bits.",
    {"weights": np.int8},
)  # fmt: skip
NILIF = _process(
    "NILIF", _NEURON,
    "The NI-LIF neuron (`graph.neurons.nilif`): spikes 0..D by the thresholds `vth` (C or 1, D); "
    "`decay` (T - 1,) has 12 bits.",
    {"vth": _WIDE, "decay": _WIDE},
)  # fmt: skip
CubaLIF = _process(
    "CubaLIF", _NEURON,
    "The current-based LIF neuron as Loihi computes it (`graph.neurons.cuba_lif`): decays `du` and "
    "`dv`, `bias` and `vth` on the grid of the membrane, `recurrent` weights (C, C).",
    {**_CUBA, "vth": _WIDE, "recurrent": _WIDE},
)  # fmt: skip
CubaLI = _process(
    "CubaLI", {"a_in": _SUMS, "v_out": _SUMS},
    "The current-based leaky integrator, a readout (`graph.neurons.cuba_li`).",
    _CUBA,
)  # fmt: skip
Sigma = _process("Sigma", _STREAM, "The sigma decoder: running sums over the steps.")
Delta = _process(
    "Delta", _GRADED,
    "The delta encoder: sends a change once it reaches `vth` (`graph.neurons.delta`).",
    {"vth": _WIDE},
)  # fmt: skip
Relu = _process(
    "Relu", _GRADED,
    "The graded rectifier: floor(max(0, x + `bias`) / 2**shift).",
    {"bias": _WIDE},
)  # fmt: skip
Rescale = _process(
    "Rescale", _STREAM,
    "Accumulators to a stream: round_half_up(x * `mantissa` / 2**`shift`) + `bias` per channel.",
    {"mantissa": _WIDE, "shift": _WIDE, "bias": _WIDE},
)  # fmt: skip
Bias = _process(
    "Bias", _STREAM,
    "Adds the table `bias` (T or 1, C, H, W), for example a positional one.",
    {"bias": _WIDE},
)  # fmt: skip
Add = _process(
    "Add", _STREAM,
    "The sum of whatever is connected to `a_in`, which the port makes, and a check of its width.",
)  # fmt: skip
SumPool = _process("SumPool", _STREAM, "Sums over cells of factor x factor positions.")
Upsample = _process(
    "Upsample", _STREAM,
    "Bilinear interpolation by a power of two, times (2 * factor)**2.",
)  # fmt: skip
MemoryWrite = _process(
    "MemoryWrite", {"k_in": _SPIKES, "v_in": _SPIKES, "m_out": _SUMS},
    "Writes a memory: k^T v per head and step, (T, heads, d_k, d_v).",
)  # fmt: skip
MemoryRead = _process(
    "MemoryRead", {"q_in": _SPIKES, "m_in": _SUMS, "a_out": _SUMS},
    "Reads a memory, which arrives as messages: q M per head and step.",
)  # fmt: skip
Gate = _process(
    "Gate", {"s_in": _SPIKES, "l_in": _SUMS, "a_out": _SUMS},
    "The T-channel gate: a softmax over the steps of the logits, from `table`, mixes the spikes.",
    {"table": _WIDE},
)  # fmt: skip
StepRouter = _process(
    "StepRouter", {NUMBERED: _SUMS, "s_out": _SUMS},
    "Repeats, selects or stacks the steps of its messages.",
)  # fmt: skip
Reshape = _process(
    "Reshape", {"s_in": _SUMS, "s_out": _SUMS},
    "Moves positions to channels, or flattens a grid.",
)  # fmt: skip
Delay = _process(
    "Delay", {"s_in": _SUMS, "s_out": _SUMS},
    "Shows every neuron's values later by its own `delay` in steps, within a message.",
    {"delay": _WIDE},
)  # fmt: skip


def process_of(node: s.SpikeNode, values: Values) -> NodeProcess:
    """The process of one node.

    Raises:
        TypeError: inputs and outputs of a graph are no processes of this kind.
    """
    return _class_of(node)(node=node, values=values)


def _class_of(node: s.SpikeNode) -> type[NodeProcess]:
    match node:
        case s.SpikeConv():
            return IntConv
        case s.SpikeMemoryWrite():
            return MemoryWrite
        case s.SpikeMemoryRead():
            return MemoryRead
        case s.SpikeGateMix():
            return Gate
        case s.SpikeNILIF():
            return NILIF
        case s.SpikeCubaLIF():
            return CubaLIF
        case s.SpikeCubaLI():
            return CubaLI
        case s.SpikeSigma():
            return Sigma
        case s.SpikeDelta():
            return Delta
        case s.SpikeRelu():
            return Relu
        case s.SpikeRescale():
            return Rescale
        case s.SpikeBias():
            return Bias
        case s.SpikeAdd():
            return Add
        case s.SpikeSumPool():
            return SumPool
        case s.SpikeUpsample():
            return Upsample
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            return StepRouter
        case m.PositionsToChannels() | m.Flatten():
            return Reshape
        case m.Delay():
            return Delay
        case s.SpikeInput() | s.SpikeOutput():
            raise TypeError(f"{type(node).__name__} has a process of its own")
        case _:
            assert_never(node)


def repeater_of(name: str, values: Values) -> NodeProcess:
    """A process that sends a value on: an InPort takes an OutPort once only."""
    once_more = m.Repeat(name=f"{name}.again", inputs=(name,), n_steps=1)
    return StepRouter(node=once_more, values=values, like=name)
