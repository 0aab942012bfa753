"""Reads the connections of a `.net` file (conv, pool, dense, dense_rec) and their neurons."""

from dataclasses import dataclass

import numpy as np

from conversion.netx.fields import Fields, Grid, noting, raise_all, refused, require_room
from conversion.netx.neuron_kinds import kind_of
from conversion.netx.neurons import Place, cuba_layer, sdnn_layer, silent_layer
from conversion.netx.weights import IntegerWeights, halved, unchanged
from spiketrack.errors import Obstacle
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.checks import Array, Pair
from spiketrack.graph.shapes import conv_output_size

MAX_DELAY = 62
_NO_RECURRENCE = np.zeros((0, 0), np.int8)
_GEOMETRY = (("stride", 1), ("padding", 0), ("dilation", 1))
Geometry = tuple[Pair, Pair, Pair]
_PLAIN: Geometry = ((1, 1), (0, 0), (1, 1))


@dataclass(frozen=True, slots=True)
class Read:
    """A connection as the file says it.

    Attributes:
        layer: its group.
        kind: 'cuba', 'sdnn' or 'silent': the neurons behind.
        name: 'conv' or 'dense', part of the node's name.
        weights: of the synapse, (O, C/groups, K_h, K_w).
        recurrent_q: (O, O) or (0, 0).
        geometry: stride, padding and dilation.
        groups: of the conv.
        source: (C, H, W) of what it reads, if the layer alone determines it.
        grid: (C, H, W) of its neurons.
        wire_q: steps from the source, at least 1, (C or 1, 1, 1).
        axon_q: steps behind the neuron, or empty.
    """

    layer: Fields
    kind: str
    name: str
    weights: IntegerWeights
    recurrent_q: Array
    geometry: Geometry
    groups: int
    source: Grid | None
    grid: Grid
    wire_q: Array
    axon_q: Array

    @property
    def is_readout(self) -> bool:
        """Whether no layer can follow: its value is a membrane or a sum, not spikes."""
        return self.kind == "silent" or (
            self.kind == "sdnn" and self.layer.sub("neuron").has("sigma_output")
        )

    def nodes(self, place: Place) -> tuple[s.SpikeNode, ...]:
        """Wire, synapse, neuron and axon."""
        wire = m.Delay(name=f"{place.index}.wire", inputs=(place.x,), steps_q=self.wire_q)
        stride, padding, dilation = self.geometry
        synapse = s.SpikeConv(
            name=f"{place.index}.{self.name}", inputs=(wire.name,), weight_q=self.weights.weight_q,
            weight_scale=np.ones(len(self.weights.weight_q)), groups=self.groups,
            stride=stride, padding=padding, dilation=dilation,
        )  # fmt: skip
        place = Place(place.index, synapse.name, place.grid, place.reset, place.spike_exp)
        if self.kind == "cuba":
            neuron = cuba_layer(place, self.layer, self.weights, self.recurrent_q)
        elif self.kind == "sdnn":
            neuron = sdnn_layer(place, self.layer, self.weights)
        else:
            neuron = silent_layer(place, self.layer, self.weights)
        if not self.axon_q.size:
            return wire, synapse, *neuron
        axon = m.Delay(name=f"{place.index}.delay", inputs=(neuron[-1].name,), steps_q=self.axon_q)
        return wire, synapse, *neuron, axon


def read_connection(kind: str, layer: Fields, source: Grid | None) -> Read:
    """Reads one connection; `source` is (C, H, W) of the layer before, if known.

    Raises:
        ObstacleError: whatever is missing or has no meaning here, all of it.
        StoreError: no numbers, or too many for the limits.
    """
    obstacles: list[Obstacle] = []
    neuron = ""
    with noting(obstacles):
        neuron = kind_of(layer)
    with noting(obstacles):
        if kind in ("dense", "dense_rec"):
            connection = _dense(layer, neuron or "cuba", source, recurrent=kind == "dense_rec")
        else:
            connection = _conv(layer, neuron or "cuba", source, pool=kind == "pool")
    raise_all(layer.path, obstacles)
    return connection


def _weight(layer: Fields, name: str) -> Array:
    if layer.is_group(name):
        rewrite = "train with real weights and CUBA or SDNN neurons"
        raise refused(f"{layer.path}/{name}", "complex weights", rewrite)
    weight = layer.integers(name)
    if not weight.size:
        raise refused(f"{layer.path}/{name}", "no weights", "export the layer again")
    return weight


def _fitting(layer: Fields, weight: Array, kind: str) -> IntegerWeights:
    """int8 weights; a sigma-delta layer has no exponent, so it keeps what fits as it is."""
    integers = (unchanged(weight) if kind == "sdnn" else None) or halved(weight)
    if integers is None:
        reason = f"weights {weight.min()}..{weight.max()}, some of them odd or too large"
        rewrite = "even integers in -256..254, or any in -128..127"
        raise refused(f"{layer.path}/weight", reason, rewrite)
    return integers


def _dense(layer: Fields, kind: str, source: Grid | None, *, recurrent: bool) -> Read:
    weight = _matrix(layer, source)
    n_out, n_in = weight.shape
    every = np.hstack((weight, _recurrence(layer, kind, n_out))) if recurrent else weight
    both = _fitting(layer, every, kind)
    axon, wire = _delays(layer, n_out, n_in)
    if recurrent and (axon.size or wire.max() > 1):
        rewrite = "lava-dl's loader delays the recurrent synapses as well: leave the delays out"
        raise refused(f"{layer.path}/delay", "delays of a recurrent layer", rewrite)
    forward = np.ascontiguousarray(both.weight_q[:, :n_in])[:, :, None, None]
    back_q = np.ascontiguousarray(both.weight_q[:, n_in:]) if recurrent else _NO_RECURRENCE
    return Read(
        layer, kind, "dense", IntegerWeights(forward, both.exp), back_q, _PLAIN, 1,
        (n_in, 1, 1), (n_out, 1, 1), wire, axon,
    )  # fmt: skip


def _matrix(layer: Fields, source: Grid | None) -> Array:
    """The weights of a dense layer (O, I), one row per neuron, one column per input."""
    weight, shape = _weight(layer, "weight"), layer.shape()
    n_out = weight.shape[0] if shape is None else shape[0] * shape[1] * shape[2]
    if weight.size % n_out or (weight.ndim > 1 and weight.shape[0] != n_out):
        reason = f"weights {weight.shape} for {n_out} neurons"
        raise refused(f"{layer.path}/weight", reason, "one row per neuron")
    weight = weight.reshape(n_out, -1)
    n_in = weight.shape[1]
    if source is not None and source != (n_in, 1, 1):
        rewrite = "flatten before it" if source[1:] != (1, 1) else "one column per input"
        raise refused(f"{layer.path}/weight", f"weights for {n_in} inputs behind {source}", rewrite)
    return weight


def _recurrence(layer: Fields, kind: str, n_out: int) -> Array:
    """The weights (O, O) between the neurons of a dense_rec layer."""
    if kind != "cuba":
        raise refused(layer.path, "recurrence without a CUBA neuron", "use dense")
    back = _weight(layer, "weight_rec")
    if back.size != n_out * n_out:
        reason = f"weights {back.shape} for {n_out} neurons"
        raise refused(f"{layer.path}/weight_rec", reason, "a square matrix")
    return back.reshape(n_out, n_out)


def _delays(layer: Fields, n_out: int, n_in: int) -> tuple[Array, Array]:
    """Steps of the axon (empty for none) and of the wire.

    Raises:
        ObstacleError: a delay per synapse, or one that is no number of steps of 0..62.
    """
    one = np.ones((1, 1, 1), np.int32)
    none = np.zeros((0, 0, 0), np.int32)
    if not layer.has("delay"):
        return none, one
    steps = layer.integers("delay")
    where = f"{layer.path}/delay"
    if steps.size and (steps.min() < 0 or steps.max() > MAX_DELAY):
        rewrite = f"clamp them to {MAX_DELAY}: lava-dl's loader does, its training does not"
        raise refused(where, f"delays {steps.min()}..{steps.max()}", rewrite)
    column = steps.reshape(-1, 1, 1).astype(np.int32)
    if steps.ndim < 2 and steps.size in (1, n_out):
        return column, one
    if steps.ndim == 1 and steps.size == n_in:
        return none, column + one
    reason = f"delays of shape {steps.shape}"
    raise refused(where, reason, f"one, or one per neuron ({n_out}), or per input ({n_in})")


def _conv(layer: Fields, kind: str, source: Grid | None, *, pool: bool) -> Read:
    if source is None:
        raise refused(layer.path, "an input of unknown shape", "pass input_shape=(C, H, W)")
    weight = _weight(layer, "weight")
    if weight.ndim == 5 and weight.shape[4] == 1:
        weight = weight[..., 0]
    if weight.ndim != 4:
        rewrite = "(O, C/groups, rows, columns)"
        raise refused(f"{layer.path}/weight", f"weights of shape {weight.shape}", rewrite)
    groups = layer.integer("groups", 1)
    stride, padding, dilation = (layer.pair(name, default) for name, default in _GEOMETRY)
    if pool:
        weight, groups = _pooling(layer, weight, source), source[0]
        stride = stride if layer.has("stride") else (weight.shape[2], weight.shape[3])
    geometry = (stride, padding, dilation)
    grid = _conv_grid(layer, weight, groups, geometry, source)
    wire, axon = np.ones((1, 1, 1), np.int32), np.zeros((0, 0, 0), np.int32)
    if layer.has("delay"):
        axon, _ = _delays(layer, grid[0], 0)
    return Read(
        layer, kind, "conv", _fitting(layer, weight, kind), _NO_RECURRENCE, geometry, groups,
        source, grid, wire, axon,
    )  # fmt: skip


def _pooling(layer: Fields, weight: Array, source: Grid) -> Array:
    """The one kernel (1, 1, K_h, K_w) of a pool for every channel.

    Why no ragged grid: slayer pads it in a way of its own (by size modulo kernel).
    """
    if weight.shape[:2] != (1, 1):
        reason = f"pool weights {weight.shape}"
        raise refused(f"{layer.path}/weight", reason, "(1, 1, rows, columns)")
    if source[1] % weight.shape[2] or source[2] % weight.shape[3]:
        reason = f"cells {weight.shape[2:]} on a grid {source[1:]}"
        raise refused(layer.path, reason, "cells that divide the grid")
    layer.reader.charge(layer.group, "weight", 8 * source[0] * weight.size)
    return np.repeat(weight, source[0], axis=0)


def _conv_grid(layer: Fields, weight: Array, groups: int, geometry: Geometry, source: Grid) -> Grid:
    """(C, H, W) behind a conv, which must be what the layer declares."""
    stride, padding, dilation = geometry
    if groups < 1 or weight.shape[1] * groups != source[0] or min(stride) < 1:
        reason = f"weights {weight.shape}, {groups} groups, stride {stride} behind {source}"
        raise refused(layer.path, reason, "(O, C/groups, rows, columns) and a positive stride")
    padded = (source[0], source[1] + 2 * padding[0], source[2] + 2 * padding[1])
    require_room(f"{layer.path}/padding", padded)
    height, width = (
        conv_output_size(source[1 + axis], weight.shape[2 + axis], stride[axis], padding[axis],
                         dilation[axis])
        for axis in (0, 1)
    )  # fmt: skip
    grid = require_room(layer.path, (weight.shape[0], height, width))
    shape = layer.shape()
    if min(grid) < 1 or (shape is not None and shape != grid):
        reason = f"the shape {shape} where its input and kernel give {grid}"
        raise refused(f"{layer.path}/shape", reason, "export the layer again")
    return grid
