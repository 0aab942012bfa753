"""From nodes to primitive processes: one process, and the model that runs it, for each node.

Why the model comes with the process: given to the compiler by instance, it saves the search for
models, which executes every file beside a process once for every instance.
"""

from typing import Any, NamedTuple

from typing_extensions import assert_never

from hardware.lava.assemble.values import Values
from hardware.lava.compute.nodes import cuba_parameters, firing, picks
from hardware.lava.compute.synapses import Geometry
from hardware.lava.processes.add.models import PyAddModel
from hardware.lava.processes.add.process import Add
from hardware.lava.processes.bias.models import PyBiasModel
from hardware.lava.processes.bias.process import Bias
from hardware.lava.processes.counted import CountedProcess
from hardware.lava.processes.cuba_li.models import PyCubaLIModel
from hardware.lava.processes.cuba_li.process import CubaLI
from hardware.lava.processes.cuba_lif.models import PyCubaLIFModel
from hardware.lava.processes.cuba_lif.process import CubaLIF
from hardware.lava.processes.delay.models import PyDelayModel
from hardware.lava.processes.delay.process import Delay
from hardware.lava.processes.delta.models import PyDeltaModel
from hardware.lava.processes.delta.process import Delta
from hardware.lava.processes.gate.models import PyGateModel
from hardware.lava.processes.gate.process import Gate
from hardware.lava.processes.int_conv.models import PyIntConvModel
from hardware.lava.processes.int_conv.process import IntConv
from hardware.lava.processes.memory_read.models import PyMemoryReadModel
from hardware.lava.processes.memory_read.process import MemoryRead
from hardware.lava.processes.memory_write.models import PyMemoryWriteModel
from hardware.lava.processes.memory_write.process import MemoryWrite
from hardware.lava.processes.nilif.models import PyNILIFModel
from hardware.lava.processes.nilif.process import NILIF
from hardware.lava.processes.number_types import with_ports
from hardware.lava.processes.relu.models import PyReluModel
from hardware.lava.processes.relu.process import Relu
from hardware.lava.processes.rescale.models import PyRescaleModel
from hardware.lava.processes.rescale.process import Rescale
from hardware.lava.processes.reshape.models import PyReshapeModel
from hardware.lava.processes.reshape.process import Reshape
from hardware.lava.processes.sigma.models import PySigmaModel
from hardware.lava.processes.sigma.process import Sigma
from hardware.lava.processes.step_router.models import PyStepRouterModel
from hardware.lava.processes.step_router.process import StepRouter
from hardware.lava.processes.sum_pool.models import PySumPoolModel
from hardware.lava.processes.sum_pool.process import SumPool
from hardware.lava.processes.upsample.models import PyUpsampleModel
from hardware.lava.processes.upsample.process import Upsample
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m


class Made(NamedTuple):
    """A process, the class of its model, and the numbers of its ports by name."""

    process: CountedProcess
    model: type[Any]


def make_primitive(node: s.SpikeNode, values: Values) -> Made:
    """The process of one node, with ports of the right number types."""
    made = _make(node, values)
    process = made.process
    # Why the last name again: whatever else comes in is added there.
    names = [process.in_names[min(i, len(process.in_names) - 1)] for i in range(len(node.inputs))]
    ins = {port: values.dtypes[name] for port, name in zip(names, node.inputs, strict=True)}
    return Made(process, with_ports(made.model, ins, {process.out_name: values.dtypes[node.name]}))


def repeat_message(name: str, values: Values) -> Made:
    """A process that sends a value on: an InPort takes an OutPort once only."""
    shape = values.shape(name)
    steps = tuple((0, step) for step in range(shape[0]))
    process = StepRouter(shapes=(shape,), picks=steps, name=f"{name}.again")
    dtype = values.dtypes[name]
    return Made(process, with_ports(PyStepRouterModel, {"s_in_0": dtype}, {"s_out": dtype}))


def _make(node: s.SpikeNode, values: Values) -> Made:
    match node:
        case s.SpikeConv() | s.SpikeMemoryWrite() | s.SpikeMemoryRead() | s.SpikeGateMix():
            return _connection(node, values)
        case s.SpikeNILIF() | s.SpikeCubaLIF() | s.SpikeCubaLI():
            return _neuron(node, values)
        case s.SpikeSigma() | s.SpikeDelta() | s.SpikeRelu():
            return _sigma_delta(node, values)
        case s.SpikeRescale() | s.SpikeBias() | s.SpikeAdd() | s.SpikeSumPool() | s.SpikeUpsample():
            return _stream(node, values)
        case s.SpikeInput() | s.SpikeOutput():
            raise TypeError(f"{type(node).__name__} has a process of its own")
        case _:
            return _structure(node, values)


def _connection(
    node: s.SpikeConv | s.SpikeMemoryWrite | s.SpikeMemoryRead | s.SpikeGateMix, values: Values
) -> Made:
    shapes = [values.shape(name) for name in node.inputs]
    match node:
        case s.SpikeConv():
            conv = IntConv(
                shape=shapes[0],
                out_shape=values.shape(node.name),
                weights=node.weight_q,
                geometry=Geometry(node.stride, node.padding, node.dilation, node.groups),
                name=node.name,
            )
            return Made(conv, PyIntConvModel)
        case s.SpikeMemoryWrite():
            pair = (shapes[0], shapes[1])
            write = MemoryWrite(shapes=pair, out_shape=values.shape(node.name), name=node.name)
            return Made(write, PyMemoryWriteModel)
        case s.SpikeMemoryRead():
            pair = (shapes[0], shapes[1])
            read = MemoryRead(shapes=pair, out_shape=values.shape(node.name), name=node.name)
            return Made(read, PyMemoryReadModel)
        case s.SpikeGateMix():
            table, shift = node.table_q, node.logit_shift
            gate = Gate(shape=shapes[0], table=table, logit_shift=shift, name=node.name)
            return Made(gate, PyGateModel)
        case _:
            assert_never(node)


def _neuron(node: s.SpikeNILIF | s.SpikeCubaLIF | s.SpikeCubaLI, values: Values) -> Made:
    shape, name = values.shape(node.name), node.name
    match node:
        case s.SpikeNILIF():
            nilif = NILIF(
                shape=shape,
                vth=node.thresholds_q,
                decay=node.decay_q,
                reset=node.reset_q,
                bits=node.bits,
                name=name,
            )
            return Made(nilif, PyNILIFModel)
        case s.SpikeCubaLIF():
            lif = CubaLIF(
                shape=shape,
                parameters=cuba_parameters(node),
                firing=firing(node),
                recurrent=node.recurrent_q,
                name=name,
            )
            return Made(lif, PyCubaLIFModel)
        case s.SpikeCubaLI():
            readout = CubaLI(shape=shape, parameters=cuba_parameters(node), name=name)
            return Made(readout, PyCubaLIModel)
        case _:
            assert_never(node)


def _sigma_delta(node: s.SpikeSigma | s.SpikeDelta | s.SpikeRelu, values: Values) -> Made:
    shape, name, bits = values.shape(node.name), node.name, node.bits
    match node:
        case s.SpikeSigma():
            return Made(Sigma(shape=shape, bits=bits, name=name), PySigmaModel)
        case s.SpikeDelta():
            delta = Delta(
                shape=shape,
                vth=node.threshold_q,
                input_exp=node.input_exp,
                state_exp=node.state_exp,
                bits=bits,
                name=name,
            )
            return Made(delta, PyDeltaModel)
        case s.SpikeRelu():
            sends = name in values.senders
            relu = Relu(
                shape=shape, bias=node.bias_q, shift=node.shift, bits=bits, sends=sends, name=name
            )
            return Made(relu, PyReluModel)
        case _:
            assert_never(node)


def _stream(
    node: s.SpikeRescale | s.SpikeBias | s.SpikeAdd | s.SpikeSumPool | s.SpikeUpsample,
    values: Values,
) -> Made:
    shape, out, name = values.shape(node.inputs[0]), values.shape(node.name), node.name
    bits = node.bits
    match node:
        case s.SpikeRescale():
            rescale = Rescale(
                shape=shape,
                mantissa=node.multiplier_q,
                shift=node.shift_q,
                bias=node.bias_q,
                bits=bits,
                name=name,
            )
            return Made(rescale, PyRescaleModel)
        case s.SpikeBias():
            return Made(Bias(shape=shape, bias=node.table_q, bits=bits, name=name), PyBiasModel)
        case s.SpikeAdd():
            return Made(Add(shape=shape, bits=bits, name=name), PyAddModel)
        case s.SpikeSumPool():
            pool = SumPool(shape=shape, out_shape=out, factor=node.factor, bits=bits, name=name)
            return Made(pool, PySumPoolModel)
        case s.SpikeUpsample():
            up = Upsample(shape=shape, out_shape=out, factor=node.factor, bits=bits, name=name)
            return Made(up, PyUpsampleModel)
        case _:
            assert_never(node)


def _structure(node: m.StructuralNode, values: Values) -> Made:
    shapes = tuple(values.shape(name) for name in node.inputs)
    match node:
        case m.Repeat() | m.SelectStep() | m.StackSteps():
            chosen = tuple(picks(node, shapes[0][0]))
            return Made(StepRouter(shapes=shapes, picks=chosen, name=node.name), PyStepRouterModel)
        case m.PositionsToChannels():
            return Made(Reshape(shape=shapes[0], move="swap", name=node.name), PyReshapeModel)
        case m.Flatten():
            return Made(Reshape(shape=shapes[0], move="flatten", name=node.name), PyReshapeModel)
        case m.Delay():
            return Made(Delay(shape=shapes[0], delay=node.steps_q, name=node.name), PyDelayModel)
        case _:
            assert_never(node)
