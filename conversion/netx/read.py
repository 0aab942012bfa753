"""Reads a `.net` file of lava-dl as an integer graph, or lists every obstacle in one error.

What each layer becomes (i is its number in the file, names in quotes):
    input      'i.input', and with a neuron 'i.lif' or 'i.delta'; the raw input of a CUBA layer is
               the bias mantissa round(weight * x + bias)
    conv       'i.wire' (one step of synaptic delay), 'i.conv', neuron, 'i.delay' (axonal delays)
    dense      the same on a 1 x 1 grid; dense_rec: its matrix is in the neuron
    pool       a depthwise conv of constant weights, as slayer trains it; lava-dl's loader has none
    flatten    'i.flatten', channel by channel
    average    'i.sum' over each group and 1/n as the scale of the output; last layer only
    others     obstacles

A `delay` with one number per output is the axonal delay of that layer, as slayer trains it: a
`Delay` behind its neuron. (lava-dl's loader delays the neuron's input: the same, unless the layer
has a bias or a reset.) With one number per input it is added to the wire.
"""

from dataclasses import dataclass, field
from math import prod
from os import PathLike

import numpy as np

from conversion.netx.fields import Fields, Grid, refused, to_int32
from conversion.netx.neuron_kinds import kind_of, message_bits
from conversion.netx.neurons import STATE_EXP, Place, cuba_input, sdnn_input
from conversion.netx.options import NetxOptions
from conversion.netx.synapses import read_connection
from spiketrack.errors import GraphError, Obstacle, ObstacleError, StoreError
from spiketrack.files.hdf5 import BoundedReader, Limits, reading
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.neurons.registers import BIAS_LIMIT, STATE_BITS

CONNECTIONS = ("conv", "pool", "dense", "dense_rec")
_OTHER_LAYERS = {
    "convT": "lava-dl's loader has none either: upsample, then convolve",
    "unpool": "lava-dl's loader has none either: leave the layer out",
    "concat": "export the branches as files of their own",
    "dense_comp": "complex weights feed resonators: train with CUBA or SDNN neurons",
}
OUTPUT = "output"


@dataclass(slots=True)
class _State:
    """What is known on the way through the layers."""

    options: NetxOptions
    nodes: list[s.SpikeNode] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    x: str = ""
    grid: Grid | None = None
    message_bits: int = 0
    n_neuron_layers: int = 0
    readout: str = ""
    scale: float = 1.0

    def add(self, *nodes: s.SpikeNode) -> None:
        self.nodes.extend(nodes)
        self.x = self.nodes[-1].name


def read_netx(
    path: str | PathLike[str],
    *,
    options: NetxOptions | None = None,
    limits: Limits | None = None,
) -> Graph[s.SpikeNode]:
    """Reads a network file.

    Args:
        path: a `.net` file.
        options: what the file does not say.
        limits: what the file may make this reader allocate.

    Returns:
        A graph with one input and one output, 'output'; all T = options.n_steps.

    Raises:
        ObstacleError: everything in the file that has no meaning here, each with its path.
        StoreError: unreadable, damaged, or too large for the limits.
    """
    with reading(path, limits) as reader:
        layers = _layers(reader)
        state = _State(options or NetxOptions())
        state.grid, state.message_bits = state.options.input_shape, state.options.input_message_bits
        for index, layer in enumerate(layers):
            _collect(state, index, layer)
        # Everything was skipped.
        if not state.nodes and not state.obstacles:
            state.obstacles.append(Obstacle("layer", "nothing to run", "skip fewer layers"))
        if state.obstacles:
            raise ObstacleError(reader.what, tuple(state.obstacles))
        one = np.ones(1)
        state.add(
            s.SpikeOutput(name=OUTPUT, inputs=(state.x,), scale=one * state.scale, bias=one * 0)
        )
        return Graph("netx", tuple(state.nodes))


def _layers(reader: BoundedReader) -> list[Fields]:
    """Groups `layer/0`, `layer/1`, ... in the order of their numbers."""
    group = reader.group(reader.root, "layer")
    # HDF5 sorts names as texts, 10 before 2; the numbers are the order.
    names = [str(index) for index in range(len(group))]
    missing = [name for name in names if name not in group]
    if missing or not names:
        found = f"no '{missing[0]}' among {len(names)}" if names else "no layers"
        raise StoreError(f"{reader.what}, 'layer'", "layers numbered from 0", found)
    return [Fields(reader, reader.group(group, name)) for name in names]


def _collect(state: _State, index: int, layer: Fields) -> None:
    """Adds one layer to the graph, or its obstacles to the list."""
    try:
        _add_layer(state, index, layer)
    except ObstacleError as error:
        state.obstacles.extend(error.obstacles)
        _go_on(state, layer)
    except GraphError as error:
        state.obstacles.append(Obstacle(layer.path, str(error), "keep to what a core can hold"))
        _go_on(state, layer)


def _go_on(state: _State, layer: Fields) -> None:
    """Takes the shape that a refused layer declares, to find what else is wrong behind it."""
    try:
        state.grid = layer.shape() or state.grid
    except ObstacleError:
        state.grid = None


def _add_layer(state: _State, index: int, layer: Fields) -> None:
    kind = layer.word("type")
    if index < state.options.skip_layers:
        _skip(state, kind, layer)
    # A readout has no spikes that another layer could read.
    elif state.readout:
        rewrite = "skip it, or give the layer before it a threshold it can reach"
        raise refused(layer.path, f"a layer behind {state.readout}", rewrite)
    elif kind == "input":
        _add_input(state, index, layer)
    elif kind in CONNECTIONS:
        _add_connection(state, index, kind, layer)
    elif kind == "flatten":
        _require_source(state, index, layer, None)
        state.add(m.Flatten(name=f"{index}.flatten", inputs=(state.x,)))
        state.grid = _flat(state.grid)
    elif kind == "average":
        _add_average(state, index, layer)
    else:
        rewrite = _OTHER_LAYERS.get(kind, "no such layer is known")
        raise refused(layer.path, f"a layer of type {kind}", rewrite)


def _flat(grid: Grid | None) -> Grid | None:
    return None if grid is None else (prod(grid), 1, 1)


def _skip(state: _State, kind: str, layer: Fields) -> None:
    """Leaves a layer out; what follows sees its shape and its kind of spikes."""
    if kind == "flatten" and state.grid:
        state.grid = _flat(state.grid)
    else:
        state.grid = layer.shape() or state.grid
    if layer.has("neuron"):
        kind_of(layer)
        state.message_bits = message_bits(layer)


def _add_input(state: _State, index: int, layer: Fields) -> None:
    if state.nodes:
        raise refused(layer.path, "an input behind other layers", "export one chain per file")
    state.grid = layer.shape() or state.grid
    if not layer.has("neuron"):
        _require_source(state, index, layer, None)
        return
    if state.grid is None:
        raise refused(layer.path, "an input without a shape", "add the shape (C, H, W)")
    kind = kind_of(layer)
    if kind == "silent":
        raise refused(layer.path, "an input that can never fire", "lower its threshold")
    weight, bias = layer.integer("weight", 64), layer.integer("bias", 0)
    if not weight:
        raise refused(f"{layer.path}/weight", "an input times 0", "give it a weight")
    offset, low, high = bias, -BIAS_LIMIT - bias, BIAS_LIMIT - 1 - bias
    if kind == "sdnn":
        # What the input is shifted by must still fit the register.
        limit = 1 << (STATE_BITS - 1 - STATE_EXP - state.options.spike_exp)
        offset, low, high = 0, -limit, limit - 1
    state.add(
        s.SpikeInput(
            name=f"{index}.input", shape=(state.options.n_steps, *state.grid), signal="image",
            low=low, high=high, scale=1 / weight,
            offset_q=to_int32(f"{layer.path}/bias", np.full(1, offset, np.int64)),
        )
    )  # fmt: skip
    reset = state.options.reset_of(state.n_neuron_layers)
    place = Place(index, state.x, state.grid, reset, state.options.spike_exp)
    state.add(*(sdnn_input if kind == "sdnn" else cuba_input)(place, layer))
    state.n_neuron_layers += 1


def _require_source(state: _State, index: int, layer: Fields, grid: Grid | None) -> None:
    """Puts an input of spikes before the first layer, if nothing is there yet."""
    if state.x or state.obstacles:
        return
    state.grid = state.grid or grid
    if state.grid is None:
        raise refused(layer.path, "an input of unknown shape", "pass input_shape=(C, H, W)")
    bits = state.message_bits
    # Graded messages have a sign, binary spikes have none.
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if bits else (0, 1)
    state.add(
        s.SpikeInput(
            name=f"{index}.input", shape=(state.options.n_steps, *state.grid), signal="spikes",
            low=low, high=high, scale=1.0, offset_q=np.zeros(1, np.int32),
        )
    )  # fmt: skip


def _add_connection(state: _State, index: int, kind: str, layer: Fields) -> None:
    read = read_connection(kind, layer, state.grid)
    _require_source(state, index, layer, read.source)
    reset = state.options.reset_of(state.n_neuron_layers)
    place = Place(index, state.x, read.grid, reset, state.options.spike_exp)
    nodes = read.nodes(place)
    state.n_neuron_layers += 1
    # Behind an obstacle the value to read may be missing; only shapes go on.
    if not state.obstacles:
        state.add(*nodes)
    state.grid = read.grid
    if read.is_readout:
        state.readout = f"'{layer.path}', which never fires"


def _add_average(state: _State, index: int, layer: Fields) -> None:
    """The mean over groups of channels: their sums, and the division on the host."""
    shape = layer.shape()
    if state.grid is None or shape is None or state.grid[0] % shape[0]:
        raise refused(layer.path, "groups that do not divide the neurons", "give it their number")
    channels, groups = state.grid[0], shape[0]
    if state.grid[1:] != (1, 1):
        raise refused(layer.path, "an average over a grid", "flatten before it")
    layer.reader.charge(layer.group, "shape", channels)
    _require_source(state, index, layer, None)
    # The chip adds; the division is left to whoever reads the output.
    state.scale = groups / channels
    state.add(
        s.SpikeConv(
            name=f"{index}.sum", inputs=(state.x,), groups=groups,
            weight_q=np.ones((groups, channels // groups, 1, 1), np.int8),
            weight_scale=np.full(groups, state.scale),
        )
    )  # fmt: skip
    state.grid, state.readout = (groups, 1, 1), f"'{layer.path}', which is an average"
